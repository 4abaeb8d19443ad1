"""Bad input: each is a problem in JSON that says what to do, and nothing of it is kept."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from tests.factories import make_user
from tests.webapp.diagnosis import uploads
from tests.webapp.diagnosis.uploads import encoded, phantom, post
from webapp.accounts.roles import Role
from webapp.diagnosis import api
from webapp.diagnosis.models import Diagnosis

pytestmark = pytest.mark.django_db

Make = Callable[[Path], bytes]


@pytest.fixture
def alice(client: Client) -> Client:
    client.force_login(make_user("alice", Role.CLINICIAN))
    return client


def _without_pixels(folder: Path) -> bytes:
    content = uploads.dicom(folder)
    return content[: content.rindex(b"\xe0\x7f\x10\x00")]


def _lying_length(folder: Path) -> bytes:
    content = bytearray(uploads.dicom(folder))
    at = content.rindex(b"\xe0\x7f\x10\x00") + 8
    content[at : at + 4] = (0x7FFFFFF0).to_bytes(4, "little")
    return bytes(content)


def _deep_float(folder: Path) -> bytes:
    return encoded("TIFF", phantom().astype("float32"))


BAD: dict[str, tuple[Make, int, str]] = {
    "empty": (lambda _: b"", 400, "empty"),
    "truncated PNG": (lambda _: encoded("PNG")[:9000], 400, "damaged"),
    "truncated JPEG": (lambda _: encoded("JPEG")[:4000], 400, "damaged"),
    "truncated TIFF": (lambda _: encoded("TIFF")[:9000], 400, "damaged"),
    "truncated DICOM": (lambda folder: uploads.dicom(folder)[:9000], 422, "not analysed"),
    "zip": (lambda _: uploads.archive(), 415, "PNG, JPEG or DICOM"),
    "zip bomb in a PNG": (lambda _: uploads.png_bomb(), 400, "damaged"),
    "50,000 x 50,000 header": (lambda _: uploads.huge_header(), 413, "100,000,000 pixels"),
    "PNG and zip": (lambda _: encoded("PNG") + uploads.archive(), 422, "something else"),
    "JPEG and script": (lambda _: encoded("JPEG") + b"<script>alert(1)</script>", 422, "something else"),
    "TIFF and zip": (lambda _: encoded("TIFF") + uploads.archive(), 422, "something else"),
    "JPEG and PDF": (lambda _: encoded("JPEG", comment=b"%PDF-1.7"), 422, "something else"),
    "program and DICOM": (
        lambda folder: uploads.with_signed_header(b"MZ\x90\0", uploads.dicom(folder)), 422, "something else",
    ),
    "animated PNG": (lambda _: uploads.animated(), 422, "several pictures"),
    "TIFF of two pages": (lambda _: uploads.several_pages(), 422, "several pictures"),
    "animated GIF": (lambda _: encoded("GIF"), 415, "PNG, JPEG or DICOM"),
    "CMYK": (lambda _: uploads.cmyk(), 422, "CMYK"),
    "floating point TIFF": (_deep_float, 422, "8 or 16 bit"),
    "DICOM without pixels": (_without_pixels, 422, "not analysed"),
    "DICOM with a lying length": (_lying_length, 422, "not analysed"),
}  # fmt: skip


def _traces(settings: Settings) -> list[Path]:
    folders = (settings.NODE_RUN_DIR, settings.NODE_DERIVED_DIR, settings.NODE_ARCHIVE_DIR)
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(("make", "status", "words"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_a_problem_that_says_what_to_do_and_nothing_is_kept(
    alice: Client, tmp_path: Path, settings: Settings, make: Make, status: int, words: str
) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path / "archive"
    settings.NODE_DERIVED_DIR = tmp_path / "derived"
    answer = post(alice, make(tmp_path), store="true")
    body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), body
    assert body.keys() == {"type", "title", "status", "detail"}
    assert body["status"] == status
    assert words in body["detail"]
    assert _traces(settings) == []
    assert not Diagnosis.objects.exists()


def test_a_path_in_the_file_name_leads_nowhere(alice: Client, settings: Settings) -> None:
    before = set(_traces(settings))
    file = SimpleUploadedFile("x", b"nothing")
    file.name = "../../../../etc/cron.d/evil.png"
    assert alice.post("/api/diagnosis/", {"image": file}).status_code == 415
    assert set(_traces(settings)) == before


@pytest.mark.parametrize("name", ["file", "Image", "image[]"])
def test_a_wrong_field_is_told_the_right_ones_name(alice: Client, name: str) -> None:
    answer = alice.post("/api/diagnosis/", {name: SimpleUploadedFile("x.png", encoded("PNG"))})
    assert answer.status_code == 400
    assert "'image'" in answer.json()["detail"]


def test_two_files_are_refused(alice: Client) -> None:
    both = [SimpleUploadedFile("x", encoded("PNG")), SimpleUploadedFile("y", encoded("PNG"))]
    answer = alice.post("/api/diagnosis/", {"image": both})
    assert answer.status_code == 400
    assert "one image" in answer.json()["detail"]


def test_a_body_that_is_no_form_is_refused(alice: Client) -> None:
    answer = alice.post("/api/diagnosis/", encoded("PNG"), content_type="image/png")
    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/problem+json"


def test_a_form_without_its_boundary_is_refused(alice: Client) -> None:
    answer = alice.post("/api/diagnosis/", b"image", content_type="multipart/form-data")
    assert answer.status_code == 400


def test_too_many_fields_are_a_problem_too(alice: Client) -> None:
    answer = alice.post("/api/diagnosis/", {f"field{number}": "x" for number in range(2000)})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


class _Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("the body was read")


def test_200_mb_are_refused_before_anything_of_them_is_read(client: Client) -> None:
    announced: dict[str, Any] = {
        "wsgi.input": _Unread(),
        "CONTENT_LENGTH": str(200 * 10**6),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    answer = client.generic("POST", "/api/diagnosis/", **announced)
    assert answer.status_code == 413
    assert "128 MiB" in answer.json()["detail"]


def test_an_upload_of_unknown_length_is_asked_for_it(client: Client) -> None:
    answer = client.generic("POST", "/api/diagnosis/", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 411


def test_a_full_disk_is_told_as_such_and_the_next_upload_works(alice: Client, settings: Settings) -> None:
    settings.NODE_DISK_RESERVE_BYTES = 2**62
    answer = post(alice, encoded("PNG"))
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    settings.NODE_DISK_RESERVE_BYTES = 0
    assert post(alice, b"nothing").status_code == 415


@pytest.mark.parametrize("field", [{"laterality": "B"}, {"view": "ML"}, {"store": "perhaps"}, {"assessment": "x" * 65}])
def test_a_field_with_a_strange_value_is_named(alice: Client, field: dict[str, str]) -> None:
    answer = post(alice, encoded("PNG"), **field)
    assert answer.status_code == 400
    assert next(iter(field)) in answer.json()["detail"]


def test_a_key_that_is_too_long_is_refused(alice: Client) -> None:
    answer = post(alice, encoded("PNG"), HTTP_IDEMPOTENCY_KEY="k" * (api.LONGEST_KEY + 1))
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]
