"""The performer against this node's own manager, over real HTTP; and an origin that misbehaves."""

from pathlib import Path

import pytest
from django.utils import timezone
from knox.models import AuthToken
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from dicom_node.dicomweb import Origin
from dicom_node.ups import claim
from tests.factories import make_report, make_round, make_study, make_user, uid
from tests.journey.ports import LOOPBACK, free_port
from tests.journey.web_peer import Asked, Told, web_peer
from tests.webapp.studies.report_file import write_report
from webapp.accounts.roles import Role
from webapp.studies.models import Round, Study, StudyState
from webapp.workitems import performer
from webapp.workitems.models import Performance, Workitem

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.webapp.workitems.urls")]


@pytest.fixture
def origin(live_server: LiveServer, settings: Settings, tmp_path: Path) -> str:
    """This node's own worklist as the origin."""
    settings.REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer"}
    settings.NODE_ARCHIVE_DIR = tmp_path
    settings.NODE_WORKLIST_FROM = f"{live_server.url}/dicom-web"
    settings.NODE_WORKLIST_TOKEN = AuthToken.objects.create(make_user("bob", Role.ADMINISTRATOR, is_staff=True))[1]
    return str(settings.NODE_WORKLIST_FROM)


def _schedule(study_instance_uid: str, station: str = "MAMMONODE") -> Workitem:
    return Workitem.objects.create(
        uid=uid(),
        attributes={
            "00404025": {"vr": "SQ", "Value": [{"00080100": {"vr": "SH", "Value": [station]}}]},
            "00404021": {"vr": "SQ", "Value": [{"0020000D": {"vr": "UI", "Value": [study_instance_uid]}}]},
        },
    )


def _analyse(study: Study, archive: Path, state: StudyState = StudyState.ANALYSED) -> Round:
    round_ = study.rounds.get()
    write_report(make_report(round_), archive)
    Round.objects.filter(pk=round_.pk).update(state=state, analysed_at=timezone.now())
    return round_


def test_a_work_item_starts_the_analysis_and_ends_with_its_report(origin: str, tmp_path: Path) -> None:
    study = make_study()
    item = _schedule(study.study_instance_uid)
    performer.perform()
    item.refresh_from_db()
    study.refresh_from_db()
    assert (item.state, study.state) == ("IN PROGRESS", StudyState.COMPLETE)
    assert study.rounds.get().trigger == Round.Trigger.STAFF
    progress = item.attributes["00741002"]["Value"][0]
    assert progress["00741006"]["Value"] == ["the analysis is queued"]
    performer.perform()
    item.refresh_from_db()
    assert item.state == "IN PROGRESS"
    round_ = _analyse(study, tmp_path)
    performer.perform()
    item.refresh_from_db()
    assert item.state == "COMPLETED"
    output = item.attributes["00741216"]["Value"][0]["00404033"]["Value"][0]
    report = round_.reports.get()
    assert output["0020000D"]["Value"] == [study.study_instance_uid]
    assert output["00081199"]["Value"][0]["00081155"]["Value"] == [report.sop_instance_uid]
    assert Performance.objects.get().state == Performance.State.COMPLETED


def test_a_study_that_is_not_here_is_left_to_others(origin: str) -> None:
    item = _schedule("1.2.3.4")
    performer.perform()
    item.refresh_from_db()
    assert (item.state, Performance.objects.count()) == ("SCHEDULED", 0)


def test_work_for_another_station_is_left_alone(origin: str) -> None:
    item = _schedule(make_study().study_instance_uid, "ELSEWHERE")
    performer.perform()
    item.refresh_from_db()
    assert (item.state, Performance.objects.count()) == ("SCHEDULED", 0)


def test_an_analysis_that_is_there_already_is_not_made_again(origin: str, tmp_path: Path) -> None:
    study = make_study()
    make_round(study)
    _analyse(study, tmp_path)
    item = _schedule(study.study_instance_uid)
    performer.perform()
    item.refresh_from_db()
    assert (item.state, study.rounds.count()) == ("COMPLETED", 1)


def test_a_failed_analysis_cancels_its_work_item_with_the_reason(origin: str) -> None:
    study = make_study()
    make_round(study, state=StudyState.FAILED)
    Round.objects.update(failure_stage="convert")
    item = _schedule(study.study_instance_uid)
    performer.perform()
    item.refresh_from_db()
    assert item.state == "CANCELED"
    progress = item.attributes["00741002"]["Value"][0]
    assert progress["00741238"]["Value"] == ["The analysis failed at stage convert."]


def test_a_claim_whose_answer_was_lost_is_found_to_be_ours(origin: str, settings: Settings) -> None:
    study = make_study()
    item = _schedule(study.study_instance_uid)
    row = Performance.objects.create(origin=origin, uid=item.uid, transaction_uid="1.9.1", study=study)
    assert claim(Origin(origin, bearer_token=settings.NODE_WORKLIST_TOKEN), item.uid, "1.9.1")
    performer.perform()
    row.refresh_from_db()
    assert row.state == Performance.State.IN_PROGRESS


def test_a_work_item_that_somebody_else_claimed_is_lost(origin: str) -> None:
    study = make_study()
    item = _schedule(study.study_instance_uid)
    Performance.objects.create(origin=origin, uid=item.uid, transaction_uid="1.9.1", study=study)
    Workitem.objects.update(state="IN PROGRESS", transaction_uid="1.9.2")
    performer.perform()
    study.refresh_from_db()
    assert Performance.objects.get().state == Performance.State.LOST
    assert study.state == StudyState.RECEIVING


def _unreadable(asked: Asked) -> Told:
    return Told(200, b"<html/>", "text/html")


def test_an_origin_that_is_down_or_unreadable_costs_a_turn(settings: Settings) -> None:
    make_study()
    settings.NODE_WORKLIST_FROM = f"http://{LOOPBACK}:{free_port()}"
    performer.perform()
    with web_peer(_unreadable) as peer:
        settings.NODE_WORKLIST_FROM = peer.url
        performer.perform()
        assert len(peer.asked) == 1
    assert not Performance.objects.exists()


def test_nothing_is_asked_unless_the_setting_says_where() -> None:
    with web_peer(_unreadable) as peer:
        performer.perform()
        assert peer.asked == []
