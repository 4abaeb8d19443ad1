"""DICOMweb, asked by a client that others wrote."""

from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless
from pytest_django.live_server_helper import LiveServer

from dicom_node.convert import convert
from dicom_node.frames import read_frame
from tests import synthetic
from tests.factories import make_token, make_user
from tests.webapp.portal.conftest import COLUMNS, ROWS
from webapp.accounts.roles import Role
from webapp.studies.models import Study


@pytest.fixture
def study(archived: Study) -> Study:
    return archived


def _client(live_server: LiveServer, user: User) -> DICOMwebClient:
    session = requests.Session()
    session.headers["Authorization"] = f"Token {make_token(user)}"
    return DICOMwebClient(url=f"{live_server.url}/dicom-web", session=session)


@pytest.fixture
def viewer(live_server: LiveServer, study: Study) -> DICOMwebClient:
    """The client of Bob, who is staff."""
    return _client(live_server, make_user("bob", Role.ADMINISTRATOR, is_staff=True))


def _values(image: FileDataset) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint16]]":
    return np.frombuffer(image.PixelData, np.uint16).reshape(ROWS, COLUMNS)


def test_study_is_found_by_accession_and_by_patient(viewer: DICOMwebClient, study: Study) -> None:
    for wanted in ({"AccessionNumber": "ACC-1"}, {"PatientID": "PID-77"}, {"00100020": "PID-7*"}):
        found = [Dataset.from_json(one) for one in viewer.search_for_studies(search_filters=wanted)]
        assert [one.StudyInstanceUID for one in found] == [study.study_instance_uid]
        assert str(found[0].PatientName) == synthetic.PATIENT_NAME
        assert found[0].NumberOfStudyRelatedInstances == 4
    assert viewer.search_for_studies(search_filters={"PatientID": "PID-78"}) == []
    assert viewer.search_for_studies(search_filters={"ModalitiesInStudy": "CT"}) == []


def test_unknown_search_key_is_refused_in_words(viewer: DICOMwebClient, live_server: LiveServer) -> None:
    with pytest.raises(requests.HTTPError) as refused:
        viewer.search_for_studies(search_filters={"BodyPartExamined": "BREAST"})
    assert refused.value.response.status_code == 400
    assert "Search by AccessionNumber, PatientBirthDate, PatientID" in refused.value.response.json()["detail"]


def test_series_and_instances_of_a_study_are_listed(
    viewer: DICOMwebClient, study: Study, images: list[FileDataset]
) -> None:
    series = viewer.search_for_series(study.study_instance_uid)
    assert {one["0020000E"]["Value"][0] for one in series} == {str(image.SeriesInstanceUID) for image in images}
    found = {
        str(one.SOPInstanceUID): one
        for one in map(Dataset.from_json, viewer.search_for_instances(study.study_instance_uid))
    }
    assert set(found) == {str(image.SOPInstanceUID) for image in images}
    for image in images:
        assert found[str(image.SOPInstanceUID)].Rows == ROWS
        assert found[str(image.SOPInstanceUID)].ImageLaterality == image.ImageLaterality
    paged = viewer.search_for_instances(study.study_instance_uid, limit=1, offset=1)
    assert len(paged) == 1


def test_objects_come_back_byte_for_byte(viewer: DICOMwebClient, study: Study, images: list[FileDataset]) -> None:
    found = {str(one.SOPInstanceUID): one for one in viewer.iter_study(study.study_instance_uid)}
    for image in images:
        written = dcmread(settings.NODE_ARCHIVE_DIR / f"{image.SOPInstanceUID}.dcm")
        assert found[str(image.SOPInstanceUID)] == written


def test_metadata_names_the_pixels_and_does_not_carry_them(
    live_server: LiveServer, viewer: DICOMwebClient, study: Study, images: list[FileDataset]
) -> None:
    found = viewer.retrieve_study_metadata(study.study_instance_uid)
    assert len(found) == 4
    for one in found:
        uri = one["7FE00010"]["BulkDataURI"]
        image = next(image for image in images if str(image.SOPInstanceUID) in uri)
        assert one["00280010"]["Value"] == [ROWS]
        assert one["00100010"]["Value"] == [{"Alphabetic": synthetic.PATIENT_NAME}]
        # this client leaves the port out of its Host header, so the answer cannot know it
        pixels = viewer.retrieve_bulkdata(f"{live_server.url}{urlsplit(uri).path}")[0]
        if one["00083002"]["Value"] == [ExplicitVRLittleEndian]:
            assert np.array_equal(np.frombuffer(pixels, np.uint16).reshape(ROWS, COLUMNS), _values(image))


def test_frame_of_a_compressed_image_comes_as_stored_or_uncompressed(
    viewer: DICOMwebClient, study: Study, images: list[FileDataset]
) -> None:
    image = images[3]
    uids = (study.study_instance_uid, str(image.SeriesInstanceUID), str(image.SOPInstanceUID))
    stored = viewer.retrieve_instance_frames(*uids, [1])[0]
    assert len(stored) < ROWS * COLUMNS * 2
    media_type = (("application/octet-stream", str(ExplicitVRLittleEndian)),)
    plain = viewer.retrieve_instance_frames(*uids, [1], media_types=media_type)[0]
    assert np.array_equal(np.frombuffer(plain, np.uint16).reshape(ROWS, COLUMNS), _values(image))


def test_rendered_picture_is_the_reference_conversion(
    viewer: DICOMwebClient, study: Study, images: list[FileDataset]
) -> None:
    image = images[0]
    uids = (study.study_instance_uid, str(image.SeriesInstanceUID), str(image.SOPInstanceUID))
    png = viewer.retrieve_instance_rendered(*uids, media_types=("image/png",))
    shown = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    reference = convert(settings.NODE_ARCHIVE_DIR / f"{image.SOPInstanceUID}.dcm")
    assert shown is not None
    assert shown.shape == (ROWS, COLUMNS)
    assert np.abs(shown.astype(int) - np.rint(reference.pixels / 257.0).astype(int)).max() == 0


def test_charlie_finds_nothing_and_is_given_nothing(
    live_server: LiveServer, study: Study, images: list[FileDataset], client: Client
) -> None:
    charlie = _client(live_server, make_user("charlie", Role.CLINICIAN))
    assert charlie.search_for_studies() == []
    with pytest.raises(requests.HTTPError, match="404"):
        charlie.retrieve_study_metadata(study.study_instance_uid)
    assert client.get(f"/dicom-web/studies/{study.study_instance_uid}/metadata").status_code == 401


def test_file_that_is_gone_is_said_to_be_gone(
    viewer: DICOMwebClient, study: Study, images: list[FileDataset], client: Client
) -> None:
    row = study.instances.get(sop_instance_uid=str(images[0].SOPInstanceUID))
    row.path = "objects/absent.dcm"
    row.save()
    client.force_login(User.objects.get(username="bob"))
    base = f"/dicom-web/studies/{study.study_instance_uid}/series/{row.series_instance_uid}"
    answer = client.get(f"{base}/instances/{row.sop_instance_uid}/rendered")
    assert answer.status_code == 410
    assert "not in the archive" in answer.json()["detail"]


@pytest.mark.parametrize("viewport", ["0,100", "abc", "100"])
def test_viewport_that_is_none_is_refused(
    viewer: DICOMwebClient, study: Study, images: list[FileDataset], client: Client, viewport: str
) -> None:
    client.force_login(User.objects.get(username="bob"))
    row = study.instances.first()
    assert row is not None
    base = f"/dicom-web/studies/{study.study_instance_uid}/series/{row.series_instance_uid}"
    answer = client.get(f"{base}/instances/{row.sop_instance_uid}/rendered", {"viewport": viewport})
    assert answer.status_code == 400


def test_small_viewport_gives_a_small_picture(
    viewer: DICOMwebClient, study: Study, images: list[FileDataset], client: Client
) -> None:
    client.force_login(User.objects.get(username="bob"))
    row = study.instances.first()
    assert row is not None
    base = f"/dicom-web/studies/{study.study_instance_uid}/series/{row.series_instance_uid}"
    answer = client.get(f"{base}/instances/{row.sop_instance_uid}/rendered", {"viewport": "200,300"})
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert max(picture.shape) == 200


def test_compressed_frame_is_given_as_stored(tmp_path: Path) -> None:
    image = synthetic.make_mg(rows=ROWS, columns=COLUMNS)
    path = synthetic.write(image, tmp_path / "image.dcm", JPEG2000Lossless)
    assert read_frame(path).transfer_syntax_uid == JPEG2000Lossless
    assert read_frame(path).data[:4] == b"\xff\x4f\xff\x51"
    assert read_frame(path, uncompressed=True).data == image.PixelData
