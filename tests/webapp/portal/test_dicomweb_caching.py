"""What a client of WADO-RS may keep, ask for in part, and be given: ETag, ranges, media types."""

from typing import Any

import cv2
import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from tests.factories import make_user
from tests.webapp.portal.conftest import COLUMNS, ROWS
from webapp.accounts.roles import Role
from webapp.studies.models import Instance, Study

DICOM = "application/dicom"
OCTETS = "application/octet-stream"


@pytest.fixture
def study(archived: Study) -> Study:
    return archived


@pytest.fixture
def bob(study: Study) -> Client:
    client = Client()
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    return client


@pytest.fixture
def plain(study: Study) -> Instance:
    return study.instances.filter(transfer_syntax_uid=ExplicitVRLittleEndian)[0]


@pytest.fixture
def compressed(study: Study) -> Instance:
    return study.instances.get(transfer_syntax_uid=RLELossless)


def _url(row: Instance, *words: str) -> str:
    parts = ("studies", row.study.study_instance_uid, "series", row.series_instance_uid)
    return "/".join(("/dicom-web", *parts, "instances", row.sop_instance_uid, *words))


def _get(client: Client, url: str, accept: str = "*/*", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(url, headers={"Accept": accept, **named})


def _content(answer: Any) -> bytes:
    return bytes(answer.getvalue()) if answer.streaming else bytes(answer.content)


@pytest.mark.parametrize(
    ("words", "accept"),
    [
        ((), DICOM),
        ((), "*/*"),
        (("metadata",), "*/*"),
        (("frames", "1"), "*/*"),
        (("bulkdata", "7FE00010"), OCTETS),
        (("rendered",), "image/png"),
    ],
)
def test_who_has_it_already_is_told_so(bob: Client, plain: Instance, words: tuple[str, ...], accept: str) -> None:
    first = _get(bob, _url(plain, *words), accept)
    assert first.status_code == 200
    assert first["Cache-Control"].startswith("private, ")
    assert "Accept" in first["Vary"]
    again = _get(bob, _url(plain, *words), accept, If_None_Match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == first["Cache-Control"]
    assert _get(bob, _url(plain, *words), accept, If_None_Match='"other"').status_code == 200


def test_tag_of_a_study_changes_when_an_image_comes(bob: Client, study: Study) -> None:
    url = f"/dicom-web/studies/{study.study_instance_uid}"
    for resource in (url, f"{url}/metadata"):
        before = _get(bob, resource)
        assert before["Cache-Control"] == "private, no-cache"
        kept = study.instances.order_by("pk").last()
        assert kept is not None
        kept.delete()
        after = _get(bob, resource, If_None_Match=before["ETag"])
        assert after.status_code == 200
        assert after["ETag"] != before["ETag"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=100-299", 100, 299), ("bytes=-10", -10, -1), ("bytes=7000-", 7000, -1)],
)
def test_range_of_a_file_and_of_bulk_data(bob: Client, plain: Instance, asked: str, first: int, last: int) -> None:
    for words, accept in (((), DICOM), (("bulkdata", "7FE00010"), OCTETS)):
        whole = _content(_get(bob, _url(plain, *words), accept))
        answer = _get(bob, _url(plain, *words), accept, Range=asked)
        begin, end = first % len(whole), last % len(whole)
        assert answer.status_code == 206
        assert answer["Content-Range"] == f"bytes {begin}-{end}/{len(whole)}"
        assert _content(answer) == whole[begin : end + 1]
        assert answer["Content-Length"] == str(end + 1 - begin)


def test_range_is_not_given_where_there_is_none(bob: Client, plain: Instance) -> None:
    url = _url(plain)
    whole = _get(bob, url, DICOM)
    size = len(_content(whole))
    assert (whole["Accept-Ranges"], whole["Content-Length"]) == ("bytes", str(size))
    for asked in (f"bytes={size}-", "bytes=-0"):
        answer = _get(bob, url, DICOM, Range=asked)
        assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{size}")
    for asked in ("bytes=0-1,5-6", "bytes=9-3", "lines=1-2", "bytes=-", "bytes=a-b"):
        assert len(_content(_get(bob, url, DICOM, Range=asked))) == size
    assert _get(bob, url, DICOM, Range="bytes=0-1", If_Range=whole["ETag"]).status_code == 206
    assert _get(bob, url, DICOM, Range="bytes=0-1", If_Range='"other"').status_code == 200


def test_head_tells_the_size_and_gives_no_byte(bob: Client, plain: Instance) -> None:
    answer = bob.head(_url(plain), headers={"Accept": DICOM})
    assert answer.status_code == 200
    assert answer["Content-Length"] == str((settings.NODE_ARCHIVE_DIR / plain.path).stat().st_size)
    assert answer["ETag"] == _get(bob, _url(plain), DICOM)["ETag"]
    assert _content(answer) == b""


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", 'multipart/related; type="application/dicom"'),
        (f'multipart/related; type="{DICOM}"', 'multipart/related; type="application/dicom"'),
        (f"multipart/related; type={DICOM}; transfer-syntax=*", 'multipart/related; type="application/dicom"'),
        (f"{DICOM}; transfer-syntax=*", DICOM),
        (f"text/html, {DICOM};q=0.9, */*;q=0.1", DICOM),
        (f"{DICOM}; transfer-syntax={JPEG2000Lossless}, multipart/*", 'multipart/related; type="application/dicom"'),
        (f"{DICOM}; transfer-syntax={JPEG2000Lossless}", None),
        ("application/json", None),
        (f"{DICOM};q=0", None),
    ],
)
def test_an_object_comes_as_the_client_takes_it(bob: Client, plain: Instance, accept: str, kind: str | None) -> None:
    answer = _get(bob, _url(plain), accept)
    assert answer.status_code == (406 if kind is None else 200)
    if kind is not None:
        assert answer["Content-Type"].partition("; boundary")[0] == kind
    else:
        assert "accept multipart/related" in answer.json()["detail"]


def test_a_study_comes_in_parts_only(bob: Client, study: Study) -> None:
    assert _get(bob, f"/dicom-web/studies/{study.study_instance_uid}", DICOM).status_code == 406


@pytest.mark.parametrize(
    ("accept", "kind", "is_plain"),
    [
        ('multipart/related; type="application/octet-stream"; transfer-syntax=*', "multipart/related", False),
        (f"multipart/related; type={OCTETS}; transfer-syntax={ExplicitVRLittleEndian}", "multipart/related", True),
        ('multipart/related; type="image/dicom-rle"', "multipart/related", False),
        (f"image/jls, {OCTETS}; transfer-syntax={ExplicitVRLittleEndian};q=0.5", OCTETS, True),
        ("image/dicom-rle", "image/dicom-rle", False),
        ('multipart/related; type="image/jls"', None, False),
        (f"{OCTETS}; transfer-syntax={JPEG2000Lossless}", None, False),
    ],
)
def test_a_frame_comes_as_the_client_takes_it(
    bob: Client, compressed: Instance, accept: str, kind: str | None, is_plain: bool
) -> None:
    answer = _get(bob, _url(compressed, "frames", "1"), accept)
    if kind is None:
        assert answer.status_code == 406
        assert RLELossless in answer.json()["detail"]
        return
    content = _content(answer)
    syntax = ExplicitVRLittleEndian if is_plain else RLELossless
    assert answer["Content-Type"].startswith(kind)
    assert f"transfer-syntax={syntax}".encode() in content[:200] + answer["Content-Type"].encode()
    assert (len(content) >= ROWS * COLUMNS * 2) is is_plain


def test_query_says_what_the_header_cannot(bob: Client, plain: Instance) -> None:
    assert _get(bob, f"{_url(plain)}?accept={DICOM}")["Content-Type"] == DICOM


def test_picture_comes_as_jpeg_to_who_wants_that(bob: Client, plain: Instance) -> None:
    answer = _get(bob, _url(plain, "rendered"), "image/jpeg")
    assert answer["Content-Type"] == "image/jpeg"
    shown = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    exact = _get(bob, _url(plain, "rendered"), "image/png, image/jpeg")
    reference = cv2.imdecode(np.frombuffer(exact.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    assert reference is not None
    assert np.abs(shown.astype(int) - reference.astype(int)).mean() < 2
    assert answer["ETag"] != exact["ETag"]
    assert _get(bob, _url(plain, "rendered"), "image/gif").status_code == 406


def test_long_values_of_the_header_are_given_by_tag(
    bob: Client,
    study: Study,
    images: list[FileDataset],
) -> None:
    row = study.instances.get(sop_instance_uid=str(images[0].SOPInstanceUID))
    long = bytes(range(256)) * 1000
    images[0].add_new(0x00091010, "OB", long)
    images[0].add_new(0x00090010, "LO", "PRIVATE")
    images[0].save_as(settings.NODE_ARCHIVE_DIR / row.path, enforce_file_format=True)
    found = _get(bob, _url(row, "metadata")).json()[0]
    uri = found["00091010"]["BulkDataURI"]
    assert _content(_get(bob, uri, OCTETS)) == long
    assert _get(bob, uri, "text/plain").status_code == 406
    for tag in ("00091011", "00280010", "zzzzzzzz", "1"):
        assert _get(bob, _url(row, "bulkdata", tag)).status_code == 404


def test_a_picture_much_too_large_is_refused_and_not_counted(bob: Client, plain: Instance) -> None:
    for side in (5000 * "9", 5000 * "0"):
        assert _get(bob, _url(plain, f"rendered?viewport={side},9")).status_code == 400
