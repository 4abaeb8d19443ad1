"""``POST /api/diagnosis/`` with the shipped model."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from pytest_django.fixtures import Settings

from tests import synthetic
from tests.factories import make_user
from tests.phantoms import breast_phantom
from webapp.accounts.roles import Role
from webapp.diagnosis.models import Diagnosis

pytestmark = pytest.mark.django_db
needs_model = pytest.mark.model


@pytest.fixture
def alice(client: Client) -> Client:
    """Alice reads mammograms."""
    client.force_login(make_user("alice", Role.CLINICIAN))
    return client


def _post(client: Client, data: bytes, name: str = "picture", field: str = "image") -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/diagnosis/", {field: SimpleUploadedFile(name, data)})
    return answer.status_code, answer.json()


def _phantom() -> NDArray[np.uint8]:
    pixels = synthetic.make_mg(seed=5).pixel_array.astype(np.float64)
    grey: NDArray[np.uint8] = (255 * (pixels - pixels.min()) / np.ptp(pixels)).astype(np.uint8)
    return grey


def _encoded(image_format: str, **options: object) -> bytes:
    with io.BytesIO() as stream:
        Image.fromarray(_phantom()).save(stream, image_format, **options)
        return stream.getvalue()


def _dicom(tmp_path: Path) -> bytes:
    path = tmp_path / "view.dcm"
    synthetic.make_mg(seed=5).save_as(path, enforce_file_format=True)
    return path.read_bytes()


@needs_model
@pytest.mark.parametrize("image_format", ["PNG", "JPEG"])
def test_picture_gets_a_prediction_with_its_two_promised_keys(alice: Client, image_format: str) -> None:
    status, body = _post(alice, _encoded(image_format), name="wrong.exe")
    assert status == 200
    assert body["prediction"] in {"Benign", "Malignant"}
    assert 0.5 <= body["confidence"] <= 1
    assert body["research_use_only"] is True
    row = Diagnosis.objects.get(pk=body["id"])
    assert row.image_format == image_format
    assert row.probability == pytest.approx(body["malignancy_probability"], abs=1e-4)


@needs_model
def test_dicom_file_gets_a_prediction(alice: Client, tmp_path: Path) -> None:
    status, body = _post(alice, _dicom(tmp_path))
    assert status == 200
    assert Diagnosis.objects.get(pk=body["id"]).image_format == "DICOM"


@needs_model
def test_same_picture_gets_the_same_score_as_png_and_as_16_bit_png(alice: Client) -> None:
    _, eight = _post(alice, _encoded("PNG"))
    with io.BytesIO() as stream:
        Image.fromarray(_phantom().astype(np.uint16) * 257).save(stream, "PNG")
        _, sixteen = _post(alice, stream.getvalue())
    assert eight["malignancy_probability"] == sixteen["malignancy_probability"]


@needs_model
def test_raw_detector_data_is_refused_with_the_reason(alice: Client, tmp_path: Path) -> None:
    path = tmp_path / "raw.dcm"
    synthetic.make_mg(seed=5, for_processing=True).save_as(path, enforce_file_format=True)
    status, body = _post(alice, path.read_bytes())
    assert status == 422
    assert "For Processing" in body["detail"]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    with io.BytesIO() as stream:
        Image.fromarray(pixels).save(stream, "PNG")
        return stream.getvalue()


def _photograph() -> bytes:
    return (Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg").read_bytes()


def _blank() -> bytes:
    return _png(np.full((900, 700), 40, np.uint8))


def _text_page() -> bytes:
    page = Image.new("L", (700, 900), 255)
    pen = ImageDraw.Draw(page)
    for line in range(40, 860, 22):
        pen.text((50, line), "Mammography both sides. Findings: no mass. " * 2, fill=0)
    return _png(np.asarray(page))


def _chest() -> NDArray[np.uint8]:
    film = Image.new("L", (900, 900), 150)
    pen = ImageDraw.Draw(film)
    for left in (180, 520):
        pen.ellipse((left, 130, left + 230, 720), fill=35)
    pen.ellipse((400, 430, 640, 720), fill=190)
    pen.rectangle((425, 0, 480, 900), fill=215)
    for top in range(120, 700, 70):
        pen.arc((130, top, 780, top + 190), 200, 340, fill=120, width=14)
    return np.asarray(film.filter(ImageFilter.GaussianBlur(6)))


@needs_model
@pytest.mark.parametrize(
    "make", [_photograph, _blank, _text_page, lambda: _png(_chest())], ids=["photo", "blank", "text page", "chest"]
)
def test_a_picture_that_is_no_mammogram_is_refused_with_the_reason(alice: Client, make: Callable[[], bytes]) -> None:
    status, body = _post(alice, make())
    assert status == 422
    assert body["detail"].startswith("The image was not analysed: The picture ")
    assert not Diagnosis.objects.exists()


@needs_model
def test_a_chest_under_a_mammograms_header_is_refused_too(alice: Client, tmp_path: Path) -> None:
    path = tmp_path / "chest.dcm"
    pixels = np.asarray(Image.fromarray(_chest()).resize((768, 1024)), np.uint16) * np.uint16(16)
    synthetic.make_mg(seed=5, pixels=pixels).save_as(path, enforce_file_format=True)
    status, body = _post(alice, path.read_bytes())
    assert status == 422
    assert "mammogram" in body["detail"]


@needs_model
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_mammogram_like_pictures_pass(alice: Client, seed: int, view: str) -> None:
    pixels = breast_phantom(laterality="R", view=view, bits=8, seed=seed).astype(np.uint8)
    assert _post(alice, _png(pixels))[0] == 200


def test_nobody_uploads_without_signing_in(client: Client) -> None:
    status, body = _post(client, _encoded("PNG"))
    assert status == 401
    assert body["title"] == "Unauthorized"


@pytest.mark.parametrize(
    ("make", "status", "words"),
    [
        (lambda: b"", 400, "empty"),
        (lambda: b"%PDF-1.7 nothing", 415, "PNG, JPEG or DICOM"),
        (lambda: _encoded("PNG")[:2000], 400, "damaged"),
        (lambda: _encoded("GIF"), 415, "PNG, JPEG or DICOM"),
    ],
    ids=["empty", "a PDF", "truncated", "GIF"],
)
def test_bad_upload_is_refused_with_what_to_do(
    alice: Client, make: Callable[[], bytes], status: int, words: str
) -> None:
    found, body = _post(alice, make())
    assert found == status
    assert words in body["detail"]
    assert not Diagnosis.objects.exists()


def test_wrong_field_is_refused_with_the_right_ones_name(alice: Client) -> None:
    status, body = _post(alice, _encoded("PNG"), field="file")
    assert status == 400
    assert "'image'" in body["detail"]


def test_body_over_the_limit_is_refused(alice: Client, settings: Settings) -> None:
    settings.NODE_UPLOAD_BYTES_LIMIT = 1024
    status, _ = _post(alice, b"\0" * 4096)
    assert status == 413


def test_thumbnail_is_refused(alice: Client) -> None:
    with io.BytesIO() as stream:
        Image.new("L", (32, 400)).save(stream, "PNG")
        status, body = _post(alice, stream.getvalue())
    assert status == 422
    assert "thumbnail" in body["detail"]
