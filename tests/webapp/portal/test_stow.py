"""STOW-RS: objects over HTTP enter by the door of C-STORE, stored by a client that others wrote."""

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from django.conf import settings as node
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRBigEndian, JPEG2000Lossless, RLELossless
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from dicom_node.part10 import same_data_set
from tests import synthetic
from tests.factories import make_report, make_round, make_study, make_token, make_user
from webapp.accounts.models import Site
from webapp.accounts.roles import Role
from webapp.accounts.tokens import Scope
from webapp.audit.models import AuditEvent, Event
from webapp.portal import dicomweb_storing
from webapp.studies.models import ConflictingCopy, Instance, Report, Study, StudyState, StudyUpload

URL = "/dicom-web/studies"
KIND = 'multipart/related; type="application/dicom"; boundary=between'


@pytest.fixture(autouse=True)
def archive(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An archive of the test's own; whatever it does, nothing half-way is left there."""
    settings.NODE_ARCHIVE_DIR = tmp_path / "archive"
    settings.NODE_RUN_DIR = tmp_path / "run"
    yield tmp_path
    for folder in ("archive/incoming", "run"):
        assert list((tmp_path / folder).glob("*")) == []


def _views(rows: int, columns: int) -> list[FileDataset]:
    views = synthetic.make_study(rows=rows, columns=columns)
    views[2], views[3] = synthetic.encode(views[2], RLELossless), synthetic.encode(views[3], JPEG2000Lossless)
    return [dcmread(io.BytesIO(_bytes(view))) for view in views]


@pytest.fixture
def images() -> list[FileDataset]:
    """Four views, too small to be analysed; one compressed as RLE, one as JPEG 2000."""
    return _views(64, 48)


@pytest.fixture
def service(transactional_db: None) -> User:
    return make_user("modality", Role.SERVICE, sites=(Site.objects.create(name="North"),))


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _bytes(image: Dataset) -> bytes:
    with io.BytesIO() as stream:
        dcmwrite(stream, image, enforce_file_format=True)
        return stream.getvalue()


def _body(*contents: bytes, kind: str = "application/dicom") -> bytes:
    head = f"--between\r\nContent-Type: {kind}\r\n\r\n".encode()
    return b"".join(head + content + b"\r\n" for content in contents) + b"--between--\r\n"


def _post(client: Client, body: bytes, url: str = URL, kind: str = KIND, accept: str = "*/*") -> Any:
    return client.post(url, body, content_type=kind, headers={"Accept": accept})


def _outcome(answer: Any) -> Dataset:
    assert answer["Content-Type"] == "application/dicom+json"
    return Dataset.from_json(answer.json())


def _web_client(live_server: LiveServer, user: User, *scopes: Scope) -> DICOMwebClient:
    session = requests.Session()
    session.headers["Authorization"] = f"Token {make_token(user, *scopes)}"
    # the test's server does not take bodies in chunks, which this client sends of larger ones
    return DICOMwebClient(url=f"{live_server.url}/dicom-web", session=session, chunk_size=10**8)


def test_stored_study_is_there_as_by_c_store(live_server: LiveServer, service: User, tmp_path: Path) -> None:
    images = _views(832, 512)
    client = _web_client(live_server, service)
    outcome = client.store_instances(images)
    assert "FailedSOPSequence" not in outcome
    assert [item.ReferencedSOPInstanceUID for item in outcome.ReferencedSOPSequence] == [
        image.SOPInstanceUID for image in images
    ]
    study = Study.objects.get()
    assert (study.study_instance_uid, study.site.name) == (images[0].StudyInstanceUID, "North")
    assert study.patient_name == synthetic.PATIENT_NAME
    assert StudyUpload.objects.get(study=study).user == service
    # the four views are there: the analysis is waiting, as at the end of an association
    assert study.state == StudyState.COMPLETE
    assert study.rounds.get().new_instances.count() == 4
    for image in images:
        row = Instance.objects.get(sop_instance_uid=str(image.SOPInstanceUID))
        assert (row.received_from, row.laterality) == ("HTTP-STOW", image.ImageLaterality)
        assert row.transfer_syntax_uid == image.file_meta.TransferSyntaxUID
        sent = tmp_path / "sent.dcm"
        sent.write_bytes(_bytes(image))
        assert same_data_set(node.NODE_ARCHIVE_DIR / row.path, sent)
        got = client.retrieve_instance(*(image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID))
        assert got.PixelData == image.PixelData


def test_the_trail_names_every_study_that_was_stored(service: User, images: list[FileDataset]) -> None:
    other = synthetic.make_mg(rows=64, columns=48, seed=9)
    assert _post(_signed_in(service), _body(*map(_bytes, (images[0], images[1], other)), b"none")).status_code == 202
    rows = AuditEvent.objects.filter(event=Event.IMPORT, object_type="study").exclude(object_id="").order_by("pk")
    assert {row.object_id: json.loads(row.detail)["instances"] for row in rows} == {
        images[0].StudyInstanceUID: 2,
        other.StudyInstanceUID: 1,
    }
    assert {(row.actor, row.address, row.outcome) for row in rows} == {("modality", "127.0.0.1", "success")}
    assert synthetic.PATIENT_NAME not in "".join(row.detail for row in rows)


def test_the_address_of_a_sender_is_the_proxy_s_word(
    service: User, images: list[FileDataset], settings: Settings
) -> None:
    settings.NODE_TRUSTED_PROXIES = ("127.0.0.1",)
    headers = {"X-Forwarded-For": "192.0.2.7"}
    client = _signed_in(service)
    assert client.post(URL, _body(_bytes(images[0])), content_type=KIND, headers=headers).status_code == 200
    assert Instance.objects.get().received_address == "192.0.2.7"


def test_one_refused_object_does_not_keep_the_others_out(
    live_server: LiveServer, service: User, images: list[FileDataset]
) -> None:
    tomography = dcmread(io.BytesIO(_bytes(images[1])))
    tomography.SOPClassUID = CTImageStorage
    tomography.file_meta.MediaStorageSOPClassUID = CTImageStorage
    outcome = _web_client(live_server, service).store_instances([images[0], tomography, images[2]])
    assert len(outcome.ReferencedSOPSequence) == 2
    assert [item.FailureReason for item in outcome.FailedSOPSequence] == [0x0122]
    assert outcome.FailedSOPSequence[0].ReferencedSOPInstanceUID == tomography.SOPInstanceUID
    assert outcome.RetrieveURL.endswith(f"/dicom-web/studies/{images[0].StudyInstanceUID}")
    assert Instance.objects.count() == 2


def test_failure_reasons_say_what_is_wrong(service: User, images: list[FileDataset]) -> None:
    client = _signed_in(service)
    good = _bytes(images[0])
    other_uid = dcmread(io.BytesIO(good))
    other_uid.file_meta.MediaStorageSOPInstanceUID = UID("2.25.1")
    with io.BytesIO() as stream:
        other_uid.save_as(stream, enforce_file_format=False)
        mismatch = stream.getvalue()
    big_endian = good.replace(b"1.2.840.10008.1.2.1\0", f"{ExplicitVRBigEndian}\0".encode())
    for content, reason in ((mismatch, 0xA900), (big_endian, 0xC122), (good[: len(good) // 2], 0xC000)):
        answer = _post(client, _body(content))
        assert answer.status_code == 409
        assert [item.FailureReason for item in _outcome(answer).FailedSOPSequence] == [reason]
    for body in (_body(b"no DICOM"), _body(good, kind="text/plain"), _body(b"")):
        answer = _post(client, body)
        assert answer.status_code == 409
        assert [item.FailureReason for item in _outcome(answer).OtherFailuresSequence] == [0xC000]
    assert not Study.objects.exists()


def test_objects_of_another_study_than_the_address_names_are_refused(service: User, images: list[FileDataset]) -> None:
    client = _signed_in(service)
    other = synthetic.make_mg(rows=64, columns=48, seed=9)
    url = f"{URL}/{images[0].StudyInstanceUID}"
    answer = _post(client, _body(_bytes(images[0]), _bytes(other)), url)
    assert answer.status_code == 202
    assert [item.FailureReason for item in _outcome(answer).FailedSOPSequence] == [0xA901]
    assert _post(client, _body(_bytes(other)), url).status_code == 409
    assert Study.objects.get().study_instance_uid == images[0].StudyInstanceUID


def test_same_object_again_changes_nothing_and_other_bytes_are_kept_aside(
    service: User, images: list[FileDataset]
) -> None:
    client = _signed_in(service)
    assert [_post(client, _body(_bytes(images[0]))).status_code for _ in range(2)] == [200, 200]
    assert Instance.objects.count() == 1
    images[0].PixelData = bytes(len(images[0].PixelData))
    answer = _post(client, _body(_bytes(images[0])))
    assert answer.status_code == 202
    assert _outcome(answer).ReferencedSOPSequence[0].WarningReason == 0xB000
    assert ConflictingCopy.objects.count() == 1


def test_an_object_that_this_node_wrote_comes_back_and_is_no_image(service: User, images: list[FileDataset]) -> None:
    # as where an archive forwards all that it is sent, our own picture with the AI's marks too
    study = make_study(views=())
    Study.objects.filter(pk=study.pk).update(
        study_instance_uid=str(images[0].StudyInstanceUID), site=service.sites.get(), state=StudyState.SENT
    )
    Report.objects.filter(pk=make_report(make_round(study, state=StudyState.SENT)).pk).update(
        sop_instance_uid=str(images[0].SOPInstanceUID)
    )
    answer = _post(_signed_in(service), _body(_bytes(images[0])))
    assert answer.status_code == 200
    assert _outcome(answer).ReferencedSOPSequence[0].ReferencedSOPInstanceUID == images[0].SOPInstanceUID
    assert not Instance.objects.exists()
    study.refresh_from_db()
    assert (study.state, study.rounds.count()) == (StudyState.SENT, 1)


def test_nothing_is_added_to_a_study_that_is_hidden_from_the_sender(service: User, images: list[FileDataset]) -> None:
    assert _post(_signed_in(service), _body(_bytes(images[0]))).status_code == 200
    stranger = _signed_in(make_user("stranger", Role.SERVICE, sites=(Site.objects.create(name="South"),)))
    known = dcmread(io.BytesIO(_bytes(images[0])))
    known.StudyInstanceUID = "2.25.77"
    for image in (images[1], images[0], known):
        answer = _post(stranger, _body(_bytes(image)))
        assert answer.status_code == 409
        assert [item.FailureReason for item in _outcome(answer).FailedSOPSequence] == [0x0124]
    assert Instance.objects.get().study.site.name == "North"
    assert not ConflictingCopy.objects.exists()


def test_broken_upload_leaves_nothing(service: User, images: list[FileDataset]) -> None:
    body = _body(*map(_bytes, images))
    answer = _post(_signed_in(service), body[:-20])
    assert answer.status_code == 400
    assert "ends before its last delimiter" in answer.json()["detail"]
    assert not Study.objects.exists()


@pytest.mark.parametrize(
    ("kind", "accept", "status"),
    [
        ("application/dicom", "*/*", 415),
        ("multipart/form-data; boundary=between", "*/*", 415),
        (KIND.replace("application/dicom", "application/dicom+json"), "*/*", 415),
        (KIND.partition("; boundary")[0], "*/*", 400),
        (KIND.replace("between", "é"), "*/*", 400),
        (KIND, "application/dicom+xml", 406),
        (KIND, "application/dicom+xml, application/json;q=0.5", 200),
    ],
)
def test_media_types(service: User, images: list[FileDataset], kind: str, accept: str, status: int) -> None:
    answer = _post(_signed_in(service), _body(_bytes(images[0])), kind=kind, accept=accept)
    assert answer.status_code == status
    assert Study.objects.exists() is (status == 200)


def test_too_large_a_body_is_refused(service: User, images: list[FileDataset], settings: Settings) -> None:
    settings.NODE_STOW_BYTES_LIMIT = 4096
    answer = _post(_signed_in(service), _body(_bytes(images[0])))
    assert answer.status_code == 413
    assert "please send fewer" in answer.json()["detail"]
    settings.NODE_STOW_BYTES_LIMIT = 1024**2
    settings.NODE_DICOM_OBJECT_BYTES_LIMIT = 4096
    answer = _post(_signed_in(service), _body(_bytes(images[0])))
    assert [item.FailureReason for item in _outcome(answer).FailedSOPSequence] == [0xA700]


def test_full_disk_is_told_as_such(service: User, images: list[FileDataset], settings: Settings) -> None:
    settings.NODE_DISK_RESERVE_BYTES = 2**62
    answer = _post(_signed_in(service), _body(_bytes(images[0])))
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_rows_that_cannot_be_written_are_told_as_a_lack_of_resources(service: User, images: list[FileDataset]) -> None:
    client, body = _signed_in(service), _body(_bytes(images[0]))
    refusal = "BEGIN SELECT RAISE(ABORT, 'no more rows'); END"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TRIGGER full_table BEFORE INSERT ON studies_instance {refusal}")
    try:
        answer = _post(client, body)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full_table")
    assert answer.status_code == 409
    assert [item.FailureReason for item in _outcome(answer).FailedSOPSequence] == [0xA700]
    # sent again, the object is found where it was kept, and gets its rows
    assert _post(client, body).status_code == 200
    assert Instance.objects.count() == 1


def test_a_page_of_somebody_else_cannot_store_in_a_session(service: User, images: list[FileDataset]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(service)
    assert _post(client, _body(_bytes(images[0]))).status_code == 403
    assert not Study.objects.exists()


def test_stores_beyond_the_bound_are_sent_away(service: User, images: list[FileDataset]) -> None:
    client, body = _signed_in(service), _body(_bytes(images[0]))
    # as many as there may be are under way
    under_way = [dicomweb_storing.places.acquire(blocking=False) for _ in range(dicomweb_storing.MOST_AT_ONCE)]
    assert all(under_way)
    answer = _post(client, body)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    for _ in under_way:
        dicomweb_storing.places.release()
    assert [_post(client, content).status_code for content in (body[:-9], body)] == [400, 200]


def test_token_needs_the_scope(live_server: LiveServer, service: User, images: list[FileDataset]) -> None:
    with pytest.raises(requests.HTTPError, match="403"):
        _web_client(live_server, service, Scope.READ, Scope.UPLOAD).store_instances(images[:1])
    assert not Study.objects.exists()
    _web_client(live_server, service, Scope.STOW).store_instances(images[:1])
    assert Study.objects.exists()


def test_mutated_bodies_are_answered_and_leave_nothing_half_way(service: User, images: list[FileDataset]) -> None:
    client = _signed_in(service)
    chance = random.Random(20261127)
    sound = _body(*map(_bytes, images[:2]))
    marks = [at for at in range(len(sound)) if sound.startswith((b"--between", b"DICM", b"\r\n\r\n"), at)]
    statuses = set()
    for _ in range(150):
        body = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            at = min(len(body) - 1, chance.choice(marks) + chance.randint(-4, 300))
            body[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        statuses.add(_post(client, bytes(body[: chance.choice([None, chance.randrange(len(body))])])).status_code)
    assert statuses <= {200, 202, 400, 409}
    assert {202, 400} <= statuses
    kept = {str(path.relative_to(node.NODE_ARCHIVE_DIR)) for path in node.NODE_ARCHIVE_DIR.glob("objects/*/*/*.dcm")}
    assert kept == set(Instance.objects.values_list("path", flat=True))
