"""What the portal reads is as the schema says, from which its types are made: whole answers, with all that is in them."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from dicom_node.sr.measurement import build_measurement_report, to_part10
from tests.described import departures
from tests.dicom_node.sr.cases import content_of, four_views
from tests.factories import make_report, make_user
from tests.webapp.portal.reading_room import TRIANGLE, Reader, finding_in, marked_study
from webapp.accounts.roles import Role
from webapp.studies.models import Report, Round, Study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(settings: Settings, tmp_path: Path) -> Study:
    """An analysed study of one image with one mark of the AI, and its report."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    found = marked_study(tmp_path)
    images = four_views()
    content = build_measurement_report(content_of(images, probabilities=(0.875, 0.03125, 0.90625, 0.015625)), images)
    (tmp_path / "report.dcm").write_bytes(to_part10(content))
    Report.objects.filter(pk=make_report(Round.objects.get()).pk).update(path="report.dcm")
    return found


@pytest.fixture
def alice(study: Study) -> Reader:
    return Reader("alice", study)


def _get(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_study_its_row_and_its_report(alice: Reader) -> None:
    body = alice.detail()
    assert body["images"][0]["marks"]
    assert departures(body, "StudyDetail") == []
    assert departures(_get(alice.client, "/api/v1/studies/"), "Worklist") == []
    report = _get(alice.client, body["reports"][0]["html_url"])
    assert any(line["children"] for line in report["items"])
    assert departures(report, "ReportContent") == []


def test_reviews_and_outcomes(alice: Reader, study: Study) -> None:
    breasts = [{"laterality": "R", "birads": "4A", "density": "b"}, {"laterality": "L", "birads": "1"}]
    findings = [
        finding_in(study, mark_index=0, agreement="agree"),
        finding_in(study, polygon=TRIANGLE, text="Here as well."),
    ]
    assert alice.says(breasts=breasts, findings=findings).status_code == 201
    assert alice.enters("recall").status_code == 201
    reviews = _get(alice.client, f"{alice.address}reviews/")
    assert {len(reviews["results"][0][key]) for key in ("breasts", "findings")} == {2}
    assert departures(reviews, "ReviewList") == []
    assert departures(_get(alice.client, f"{alice.address}outcomes/"), "OutcomeList") == []


def test_an_account_and_its_tokens(client: Client) -> None:
    client.force_login(make_user("rita", Role.RADIOLOGIST))
    assert departures(_get(client, "/api/v1/accounts/me/"), "Me") == []
    wanted = {"name": "nightly", "scopes": ["read"], "lasting": True, "days": 9}
    made = client.post("/api/v1/accounts/tokens/", wanted, content_type="application/json")
    assert departures(made.json(), "MadeToken") == []
    assert departures(_get(client, "/api/v1/accounts/tokens/"), "TokenPage") == []


def test_a_conversation_with_its_assessment(client: Client) -> None:
    cache.clear()
    opened = client.post("/api/v1/chat/", {"language": "en"}, content_type="application/json").json()
    assert departures(opened, "OpenedConversation") == []
    address, headers = f"/api/v1/chat/{opened['id']}/", {"X-Chat-Token": opened["token"]}
    for text in ("I have a lump in my left breast", "I am a 45 year old woman", "no"):
        said = client.post(f"{address}messages/", {"text": text}, content_type="application/json", headers=headers)
        turn = said.json()
        assert departures(turn, "Turn") == []
    assert turn["assessment"]["rules"]
    assert turn["assessment"]["facts"]
    transcript = client.get(address, headers=headers).json()
    assert transcript["assessment"] == turn["assessment"]
    assert departures(transcript, "Transcript") == []
