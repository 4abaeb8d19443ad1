"""The web side of the running node: first sign-in, the single-image service, and who gets in."""

import socket
import stat
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from PIL import Image
from pydicom import dcmread

from tests import synthetic
from tests.journey import studies
from tests.journey.node import Node
from tests.journey.ports import LOOPBACK


def _picture(kind: str, *, rows: int = 700, columns: int = 500) -> bytes:
    grey = (synthetic.breast_phantom(rows=rows, columns=columns, bits=8)).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(grey).save(buffer, kind)
    return buffer.getvalue()


def _upload(node: Node, name: str, content: bytes, headers: dict[str, str] | None) -> requests.Response:
    return requests.post(f"{node.url}/api/diagnosis/", files={"image": (name, content)}, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    dicom = synthetic.write(studies.image("uploaded"), tmp_path_factory.mktemp("web") / "uploaded.dcm")
    return {
        "film.png": _picture("PNG"),
        "film.jpg": _picture("JPEG"),
        "image.dcm": dicom.read_bytes(),
    }


def test_the_first_start_leaves_its_credentials_to_the_owner_alone(node: Node) -> None:
    path = node.data / "first-run.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(node.first_run) >= {"username", "password", "api_token"}
    assert all(node.first_run[key] for key in ("username", "password", "api_token"))


def test_the_printed_credentials_open_the_administration(node: Node) -> None:
    browser = requests.Session()
    page = browser.get(f"{node.url}/admin/", timeout=30).url
    assert page.startswith(f"{node.url}/accounts/login/")
    form = {
        "login": node.first_run["username"],
        "password": node.first_run["password"],
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        "next": "/admin/",
    }
    answer = browser.post(page, data=form, headers={"Referer": page}, timeout=30)
    assert answer.status_code == 200
    assert answer.url == f"{node.url}/admin/"


@pytest.mark.parametrize("name", ["film.png", "film.jpg", "image.dcm"])
def test_an_uploaded_image_is_classified(node: Node, pictures: dict[str, bytes], name: str) -> None:
    answer = _upload(node, name, pictures[name], node.authorization)

    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    probability = found["malignancy_probability"]
    assert found["prediction"] in {"Malignant", "Benign"}
    assert 0 <= probability <= 1
    of_the_class = probability if found["prediction"] == "Malignant" else 1 - probability
    assert found["confidence"] == pytest.approx(of_the_class, abs=1e-4)


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {"Authorization": "Token 0123456789abcdef"},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Authorization": "Token"},
    ],
    ids=["no token", "a wrong token", "a password", "an empty token"],
)
@pytest.mark.parametrize("path", ["/api/diagnosis/", "/api/studies/", "/api/studies/1.2.3/"])
def test_nobody_gets_in_without_the_token(
    node: Node, pictures: dict[str, bytes], path: str, headers: dict[str, str] | None
) -> None:
    if path == "/api/diagnosis/":
        answer = _upload(node, "film.png", pictures["film.png"], headers)
    else:
        answer = requests.get(node.url + path, headers=headers, timeout=30)
    assert answer.status_code in {401, 403}, answer.text
    assert "Malignant" not in answer.text


def test_a_web_page_of_somebody_else_cannot_use_a_signed_in_session(node: Node, pictures: dict[str, bytes]) -> None:
    # a session cookie without the CSRF token is what a foreign page would bring along
    browser = requests.Session()
    page = browser.get(f"{node.url}/admin/", timeout=30).url
    assert page.startswith(f"{node.url}/accounts/login/")
    form = {
        "login": node.first_run["username"],
        "password": node.first_run["password"],
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
    }
    browser.post(page, data=form, headers={"Referer": page}, timeout=30)
    answer = browser.post(f"{node.url}/api/diagnosis/", files={"image": ("film.png", pictures["film.png"])}, timeout=30)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "content",
    [b"", b"not an image at all", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, b"\0" * 128 + b"DICM" + b"\xff" * 200],
    ids=["empty", "text", "a broken PNG", "a broken DICOM file"],
)
def test_what_is_no_image_is_refused_in_words(node: Node, content: bytes) -> None:
    answer = _upload(node, "upload.bin", content, node.authorization)
    assert answer.status_code in {400, 415, 422}, answer.text
    assert "Traceback" not in answer.text
    assert len(answer.json()) > 0


def test_a_broken_upload_leaves_the_service_working(node: Node, pictures: dict[str, bytes]) -> None:
    assert _upload(node, "film.png", pictures["film.png"][:300], node.authorization).status_code == 400
    assert _upload(node, "film.png", pictures["film.png"], node.authorization).status_code in {200, 201}


def test_health_tells_that_the_node_is_alive_and_ready(node: Node) -> None:
    for path in ("/health/live", "/health/ready"):
        assert requests.get(node.url + path, timeout=30).status_code == 200, path


def test_a_study_that_is_not_known_is_404(node: Node) -> None:
    assert node.get("/api/studies/1.2.3.4/").status_code == 404


def test_the_list_of_studies_pages(node: Node, tmp_path: Path) -> None:
    answer = node.get("/api/studies/?limit=1").json()
    assert set(answer) >= {"count", "results"}
    assert len(answer["results"]) <= 1


def test_a_study_goes_in_and_comes_out_by_dicomweb_in_chunks(node: Node, tmp_path: Path) -> None:
    study = studies.four_views(tmp_path, "stowed")
    sent = [dcmread(path) for path in study.paths]
    session = requests.Session()
    session.headers.update(node.authorization)
    # more than a megabyte: this client sends it in chunks, without a length
    outcome = DICOMwebClient(f"{node.url}/dicom-web", session=session).store_instances(sent)
    assert len(outcome.ReferencedSOPSequence) == 4
    assert "FailedSOPSequence" not in outcome
    got = DICOMwebClient(f"{node.url}/dicom-web", session=session).retrieve_study(study.uid)
    assert {str(one.SOPInstanceUID): one.PixelData for one in got} == {
        str(one.SOPInstanceUID): one.PixelData for one in sent
    }
    url = f"{outcome.ReferencedSOPSequence[0].RetrieveURL}?accept=application/dicom"
    size = int(session.head(url, timeout=30).headers["Content-Length"])
    part = session.get(url, headers={"Range": "bytes=-100"}, timeout=30)
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes {size - 100}-{size - 1}/{size}")
    assert part.content == sent[0].PixelData[-100:]
    assert session.get(url, headers={"If-None-Match": part.headers["ETag"]}, timeout=30).status_code == 304
    assert len(node.wait_for_study(study.uid)["images"]) == 4


def test_a_store_that_breaks_off_leaves_nothing(node: Node, tmp_path: Path) -> None:
    image = studies.image("broken off")
    content = synthetic.write(image, tmp_path / "image.dcm").read_bytes()
    head = (
        f"POST /dicom-web/studies HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: {node.authorization['Authorization']}"
        '\r\nContent-Type: multipart/related; type="application/dicom"; boundary=between'
        f"\r\nContent-Length: {len(content) + 500}\r\n\r\n--between\r\nContent-Type: application/dicom\r\n\r\n"
    )
    with socket.create_connection((LOOPBACK, node.http_port), timeout=30) as line:
        line.sendall(head.encode() + content[: len(content) // 2])
    assert node.get(f"/dicom-web/studies/{image.StudyInstanceUID}/instances").status_code == 404
    assert not list((node.data / "archive" / "incoming").iterdir())
    assert node.archived(str(image.SOPInstanceUID)) is None
