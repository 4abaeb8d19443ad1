"""QIDO-RS as viewers ask it: keys, pages, warnings, fields, and nobody else's studies."""

from datetime import date
from typing import Any

import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from django.test import Client
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRLittleEndian
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_study, make_token, make_user
from webapp.accounts.models import Site
from webapp.accounts.roles import Role
from webapp.studies.models import Study

pytestmark = pytest.mark.django_db

NAMES = {"Doe^Jane": "P1", "DOE^JOHN": "P12", "Roe^Ann Mary": "Q1"}


@pytest.fixture
def study(archived: Study) -> Study:
    return archived


def _client(role: Role = Role.ADMINISTRATOR, *sites: Site) -> Client:
    client = Client()
    client.force_login(make_user(f"reader-{role}", role, sites=sites))
    return client


@pytest.fixture
def three(transactional_db: None) -> list[Study]:
    """Three studies of one day each, whose files are nowhere."""
    studies = []
    for number, (name, patient_id) in enumerate(NAMES.items(), start=1):
        study = make_study(views=(("R", "CC"), ("L", "CC")))
        study.patient_name, study.patient_id, study.accession_number = name, patient_id, f"A{number}"
        study.study_date, study.patient_birth_date = date(2026, number, 15), date(1960, 1, number)
        study.save()
        studies.append(study)
    return studies


def _search(client: Client, resource: str = "studies", **keys: Any) -> Any:
    return client.get(f"/dicom-web/{resource}", {name: str(value) for name, value in keys.items()})


def _names(answer: Any) -> set[str]:
    if answer.status_code == 204:
        return set()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/dicom+json"
    return {str(Dataset.from_json(one).PatientName) for one in answer.json()}


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"PatientName": "doe*"}, {"Doe^Jane", "DOE^JOHN"}),
        ({"PatientName": "*ann*"}, {"Roe^Ann Mary"}),
        ({"PatientName": "?oe^J*"}, {"Doe^Jane", "DOE^JOHN"}),
        ({"PatientName": "Doe^Jane"}, {"Doe^Jane"}),
        ({"PatientName": "D.e*"}, set()),
        ({"PatientName": "*"}, set(NAMES)),
        ({"PatientName": ""}, set(NAMES)),
        ({"00100020": "P1"}, {"Doe^Jane"}),
        ({"00100020": "P?*"}, {"Doe^Jane", "DOE^JOHN"}),
        ({"AccessionNumber": "*2"}, {"DOE^JOHN"}),
        ({"StudyDate": "20260215"}, {"DOE^JOHN"}),
        ({"StudyDate": "20260115-20260215"}, {"Doe^Jane", "DOE^JOHN"}),
        ({"StudyDate": "20260116-"}, {"DOE^JOHN", "Roe^Ann Mary"}),
        ({"StudyDate": "-20260115"}, {"Doe^Jane"}),
        ({"PatientBirthDate": "19600103"}, {"Roe^Ann Mary"}),
        ({"ModalitiesInStudy": "MG"}, set(NAMES)),
        ({"ModalitiesInStudy": "CT,MG"}, set(NAMES)),
        ({"ModalitiesInStudy": "CT"}, set()),
        ({"StudyDescription": ""}, set(NAMES)),
        ({"fuzzymatching": "false", "PatientID": "Q1"}, {"Roe^Ann Mary"}),
    ],
)
def test_studies_match(three: list[Study], keys: dict[str, str], found: set[str]) -> None:
    assert _names(_search(_client(), **keys)) == found


def test_lists_of_uids_match(three: list[Study]) -> None:
    client = _client()
    uids = [study.study_instance_uid for study in three]
    assert _names(_search(client, StudyInstanceUID=f"{uids[0]},{uids[2]}")) == {"Doe^Jane", "Roe^Ann Mary"}
    assert _names(_search(client, "series", StudyInstanceUID=f"{uids[0]}\\{uids[1]}")) == {"Doe^Jane", "DOE^JOHN"}


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"StudyDescription": "screening"}, "Search by AccessionNumber"),
        ({"00081030": "screening"}, "no search by 00081030"),
        ({"Nonsense": "x"}, "Nonsense is no attribute"),
        ({"00101002.00100020": "x"}, "is no attribute"),
        ({"includefield": "Nonsense"}, "Nonsense is no attribute"),
        ({"StudyDate": "2026-01-15"}, "YYYYMMDD"),
        ({"StudyDate": "20261315"}, "YYYYMMDD"),
        ({"limit": "many"}, "limit is a whole number"),
        ({"limit": "-1"}, "limit is a whole number"),
        ({"offset": "99999999999"}, "offset is a whole number"),
        ({"PatientID": "a\0"}, "NUL"),
        ({"PatientName": "*a*b*c*d*"}, "up to 3 wildcards"),
        ({"StudyInstanceUID": "1," * 200 + "1"}, "Up to 200 UIDs"),
    ],
)
def test_what_cannot_be_searched_by_is_said_in_words(keys: dict[str, str], sentence: str) -> None:
    answer = _search(_client(), **keys)
    assert answer.status_code == 400
    assert sentence in answer.json()["detail"]


def test_pages_say_how_much_is_left(three: list[Study]) -> None:
    client = _client()
    seen: list[str] = []
    for offset, left in ((0, 2), (1, 1), (2, 0)):
        answer = _search(client, limit=1, offset=offset)
        seen += _names(answer)
        if left:
            assert answer["Warning"] == f'299 MAMMONODE: "There are {left} additional results that can be requested."'
        else:
            assert "Warning" not in answer
    assert sorted(seen) == sorted(NAMES)
    assert _search(client, offset=3).status_code == 204
    assert _search(client, limit=0).status_code == 204
    assert "There are 5 additional" in _search(client, "instances", limit=1)["Warning"]
    assert "There are 2 additional" in _search(client, "series", limit=1)["Warning"]


def test_a_client_that_others_wrote_gets_all_pages(live_server: LiveServer, three: list[Study]) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Token {make_token(make_user('viewer', Role.ADMINISTRATOR))}"
    client = DICOMwebClient(f"{live_server.url}/dicom-web", session=session)
    assert len(client.search_for_studies(limit=1, get_remaining=True)) == 3
    assert len(client.search_for_instances(limit=4, get_remaining=True)) == 6
    assert len(client.search_for_series(search_filters={"PatientID": "P1"}, fuzzymatching=False)) == 1
    assert client.search_for_studies(search_filters={"PatientID": "nobody"}) == []


def test_fuzzy_matching_is_not_there_and_said_so(three: list[Study]) -> None:
    answer = _search(_client(), fuzzymatching="true", PatientID="P1")
    assert _names(answer) == {"Doe^Jane"}
    assert "Only literal matching has been performed" in answer["Warning"]
    assert "Warning" not in _search(_client(Role.RADIOLOGIST), fuzzymatching="false")


def test_searches_over_all_studies_keep_to_what_the_user_may_see(three: list[Study]) -> None:
    north = Site.objects.create(name="North")
    three[0].site = north
    three[0].save()
    client = _client(Role.RADIOLOGIST, north)
    for resource, count in (("studies", 1), ("series", 1), ("instances", 2)):
        answer = _search(client, resource)
        assert _names(answer) == {"Doe^Jane"}
        assert len(answer.json()) == count
    stranger = _client(Role.SERVICE)
    assert [_search(stranger, resource).status_code for resource in ("studies", "series", "instances")] == [204] * 3


def test_series_and_instances_are_found_over_all_studies(three: list[Study]) -> None:
    client = _client()
    series = _search(client, "series", PatientID="P12", Modality="MG").json()
    assert [one["00201209"]["Value"] for one in series] == [[2]]
    found = [Dataset.from_json(one) for one in _search(client, "instances", PatientID="P12").json()]
    assert {one.StudyInstanceUID for one in found} == {three[1].study_instance_uid}
    assert len(_search(client, "instances", ImageLaterality="L").json()) == 3
    one = three[0].instances.all()[0]
    url = Dataset.from_json(_search(client, "instances", SOPInstanceUID=one.sop_instance_uid).json()[0]).RetrieveURL
    assert url.endswith(f"/series/{one.series_instance_uid}/instances/{one.sop_instance_uid}")


def test_what_a_viewer_lists_comes_from_rows_and_headers(study: Study, images: list[FileDataset]) -> None:
    client = _client()
    image = images[0]
    found = Dataset.from_json(_search(client, "studies").json()[0])
    assert (found.NumberOfStudyRelatedInstances, found.NumberOfStudyRelatedSeries) == (4, 1)
    assert (found.PatientSex, found.StudyTime, found.StudyID) == (image.PatientSex, image.StudyTime, image.StudyID)
    assert found.StudyDate == image.StudyDate
    assert found.InstanceAvailability == "ONLINE"
    assert "StudyDescription" not in found
    series = Dataset.from_json(_search(client, f"studies/{study.study_instance_uid}/series").json()[0])
    assert series.SeriesNumber is not None
    assert "PatientName" not in series


def test_fields_come_as_they_are_asked_for(study: Study, images: list[FileDataset]) -> None:
    client = _client()
    within = f"studies/{study.study_instance_uid}/instances"
    plain = _search(client, within).json()[0]
    assert "00181110" not in plain
    asked = _search(client, within, includefield="00280101,PatientSex").json()[0]
    assert set(asked) - set(plain) == {"00280101", "00100040"}
    twice = client.get(f"/dicom-web/{within}?includefield=00280101&includefield=PatientSex").json()[0]
    assert twice == asked
    everything = _search(client, within, includefield="all").json()[0]
    assert len(everything) > 2 * len(plain)
    assert "7FE00010" not in everything
    assert "BulkDataURI" not in str(everything)
    row = study.instances.get(sop_instance_uid=everything["00080018"]["Value"][0])
    assert row.transfer_syntax_uid == ExplicitVRLittleEndian
    image = next(image for image in images if image.SOPInstanceUID == row.sop_instance_uid)
    assert everything["00280101"]["Value"] == [image.BitsStored]
