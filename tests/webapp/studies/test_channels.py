"""Deliveries by STOW-RS, FHIR and HL7: from a round's row to real listeners and back to the row."""

import json
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.factories import make_report, make_round, make_study
from tests.journey.mllp_peer import acknowledgement, frame, mllp_peer
from tests.journey.ports import LOOPBACK, free_port
from tests.journey.web_peer import Asked, Told, told, web_peer
from tests.webapp.studies.found_round import found_round
from tests.webapp.studies.report_file import write_report
from webapp.studies import claims, delivery, peers
from webapp.studies.models import Delivery, Destination, Round, StudyState
from webapp.studies.processes import node_processes

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(settings: Settings, tmp_path: Path) -> Round:
    """A round with results, its report and the report's file."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    settings.NODE_STOW_TOKEN, settings.NODE_FHIR_TOKEN = "st0w", "fh1r"
    found = found_round(tmp_path)
    write_report(found.reports.get(), tmp_path)
    return found


def _send(round_: Round) -> Delivery:
    """Queue for the one destination of the settings, claim, send."""
    peers.adopt_settings()
    (pk,) = delivery.queue_for(round_.reports.all())
    claimed = claims.take_delivery(pk)
    assert claimed is not None
    delivery.send(claimed)
    claimed.refresh_from_db()
    return claimed


@pytest.fixture
def kept_report(round_: Round) -> tuple[str, str]:
    """Class and instance UID, read where the database may be."""
    report = round_.reports.get()
    return report.sop_class_uid, report.sop_instance_uid


def test_stow_delivery_is_sent_and_read_back(round_: Round, kept_report: tuple[str, str], settings: Settings) -> None:
    sop_class_uid, sop_instance_uid = kept_report
    item = {
        "00081150": {"vr": "UI", "Value": [sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [sop_instance_uid]},
    }

    def answer(asked: Asked) -> Told:
        if asked.method == "POST":
            return told(200, {"00081199": {"vr": "SQ", "Value": [item]}})
        return told(200, [{"00080018": {"vr": "UI", "Value": [sop_instance_uid]}}])

    with web_peer(answer) as peer:
        settings.NODE_STOW_DESTINATIONS = (f"{peer.url}/dicom-web?read_back=yes",)
        row = _send(round_)
        assert [asked.headers["Authorization"] for asked in peer.asked] == ["Bearer st0w"] * 2
    assert (row.state, row.status, row.reason) == (Delivery.State.VERIFIED, "0000", "")
    assert [event.state for event in row.events.all()] == ["SENT", "VERIFIED"]
    round_.refresh_from_db()
    assert round_.state == StudyState.DELIVERED
    assert str(row.destination) == f"STOW {peer.url}/dicom-web"


@pytest.mark.parametrize(
    ("reason", "state", "study"),
    [
        (0xA700, Delivery.State.QUEUED, StudyState.ANALYSED),
        (0xC000, Delivery.State.FAILED, StudyState.FAILED),
    ],
)
def test_stow_failure_waits_or_ends_as_its_reason_says(
    reason: int,
    state: str,
    study: str,
    round_: Round,
    kept_report: tuple[str, str],
    settings: Settings,
) -> None:
    item = {
        "00081155": {"vr": "UI", "Value": [kept_report[1]]},
        "00081197": {"vr": "US", "Value": [reason]},
    }
    with web_peer(lambda asked: told(200, {"00081198": {"vr": "SQ", "Value": [item]}})) as peer:
        settings.NODE_STOW_DESTINATIONS = (peer.url,)
        row = _send(round_)
    assert (row.state, row.status) == (state, f"{reason:04X}")
    round_.refresh_from_db()
    assert round_.state == study


@pytest.mark.parametrize(
    ("answer", "state"),
    [(Told(204), Delivery.State.SENT), (Told(503), Delivery.State.SENT), (Told(501), Delivery.State.FAILED)],
)
def test_a_stored_object_that_is_not_found_is_not_verified(
    answer: Told, state: str, round_: Round, kept_report: tuple[str, str], settings: Settings
) -> None:
    item = {"00081155": {"vr": "UI", "Value": [kept_report[1]]}}
    stored = told(200, {"00081199": {"vr": "SQ", "Value": [item]}})
    with web_peer(lambda asked: stored if asked.method == "POST" else answer) as peer:
        settings.NODE_STOW_DESTINATIONS = (f"{peer.url}?read_back=yes",)
        row = _send(round_)
    assert row.state == state
    assert row.reason


def test_a_stored_object_is_sent_where_nobody_asked_for_a_proof(
    round_: Round, kept_report: tuple[str, str], settings: Settings
) -> None:
    item = {"00081155": {"vr": "UI", "Value": [kept_report[1]]}}
    with web_peer(lambda asked: told(200, {"00081199": {"vr": "SQ", "Value": [item]}})) as peer:
        settings.NODE_STOW_DESTINATIONS = (peer.url,)
        assert _send(round_).state == Delivery.State.SENT
        assert [asked.method for asked in peer.asked] == ["POST"]


def test_fhir_delivery_is_sent_when_every_entry_was_created(round_: Round, settings: Settings) -> None:
    def answer(asked: Asked) -> Told:
        entries = [{"response": {"status": "201 Created"}} for _ in json.loads(asked.body)["entry"]]
        return told(200, {"resourceType": "Bundle", "type": "transaction-response", "entry": entries})

    with web_peer(answer) as peer:
        settings.NODE_FHIR_DESTINATIONS = (f"{peer.url}/fhir",)
        row = _send(round_)
        assert peer.asked[0].headers["Authorization"] == "Bearer fh1r"
    assert (row.state, row.status) == (Delivery.State.SENT, "200")


def test_hl7_delivery_waits_for_its_acknowledgement(round_: Round, settings: Settings) -> None:
    codes = ["AR", "AA"]
    with mllp_peer(
        lambda message, connection: connection.sendall(frame(acknowledgement(message, codes.pop(0))))
    ) as peer:
        settings.NODE_HL7_DESTINATIONS = (f"RIS@{LOOPBACK}:{peer.port}",)
        row = _send(round_)
        assert (row.state, row.status) == (Delivery.State.QUEUED, "AR")
        Delivery.objects.update(next_attempt_at=timezone.now())
        row = _send(round_)
    assert (row.state, row.status) == (Delivery.State.SENT, "AA")
    assert peer.received[0] == peer.received[1]
    assert str(row.destination) == f"HL7 RIS@{LOOPBACK}:{peer.port}"


def test_a_listener_that_is_down_keeps_the_delivery_waiting(round_: Round, settings: Settings) -> None:
    settings.NODE_HL7_DESTINATIONS = (f"RIS@{LOOPBACK}:{free_port()}",)
    row = _send(round_)
    assert (row.state, row.claimed_by) == (Delivery.State.QUEUED, "")
    assert row.next_attempt_at > timezone.now()


def test_a_round_without_results_fails_for_good(settings: Settings) -> None:
    empty = make_round(make_study(), state=StudyState.ANALYSED)
    make_report(empty)
    settings.NODE_FHIR_DESTINATIONS = (f"http://{LOOPBACK}:{free_port()}/",)
    row = _send(empty)
    assert row.state == Delivery.State.FAILED
    assert "no result" in row.reason


def test_settings_that_go_take_their_destinations_out_of_service(settings: Settings) -> None:
    settings.NODE_FHIR_DESTINATIONS = ("https://ehr.example/fhir", "https://ehr.example/other")
    settings.NODE_STOW_DESTINATIONS = ("https://ehr.example/dicom-web",)
    settings.NODE_HL7_DESTINATIONS = ("RIS@ris.example:2575",)
    peers.adopt_settings()
    peers.adopt_settings()
    assert Destination.objects.filter(active=True).count() == 4
    settings.NODE_FHIR_DESTINATIONS = settings.NODE_STOW_DESTINATIONS = ()
    peers.adopt_settings()
    assert [str(row) for row in Destination.objects.filter(active=True)] == ["HL7 RIS@ris.example:2575"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NODE_STOW_DESTINATIONS", "pacs:8042"),
        ("NODE_FHIR_DESTINATIONS", "https://user:word@ehr.example/"),
        ("NODE_FHIR_DESTINATIONS", "https://ehr.example:notaport/"),
        ("NODE_STOW_DESTINATIONS", "https://pacs.example/?commit=yes"),
        ("NODE_FHIR_DESTINATIONS", "https://ehr.example/?objects=cad"),
        ("NODE_HL7_DESTINATIONS", "ris.example:2575"),
        ("NODE_HL7_DESTINATIONS", "RIS@ris.example:2575?read_back=yes"),
        ("NODE_PRIORS_FROM", "PACS"),
    ],
)
def test_a_setting_that_is_no_destination_stops_the_start(name: str, text: str, settings: Settings) -> None:
    setattr(settings, name, text if name == "NODE_PRIORS_FROM" else (text,))
    with pytest.raises(SystemCheckError, match=name):
        call_command("check")


def test_the_admin_refuses_a_web_destination_without_an_address() -> None:
    with pytest.raises(ValidationError, match="https://host/path"):
        Destination(protocol="FHIR", ae_title="https", host="h", port=443).clean()
    web = {"ae_title": "https", "host": "h", "port": 443, "url": "https://h/fhir"}
    Destination(protocol="FHIR", **web).clean()
    with pytest.raises(ValidationError, match="once a round"):
        Destination(protocol="FHIR", objects_wanted=["CAD"], **web).clean()
    with pytest.raises(ValidationError, match="once a round"):
        Destination(protocol="HL7", ae_title="RIS", host="h", port=2575, wants_read_back=True).clean()
    with pytest.raises(ValidationError, match="needs the protocol DIMSE"):
        Destination(protocol="STOW", wants_commitment=True, **web).clean()


def test_no_hl7_listener_is_taken_for_a_dicom_peer() -> None:
    Destination.objects.create(protocol="HL7", ae_title="RIS", host="h", port=2575)
    assert peers.find_peer("RIS") is None


def test_the_background_process_runs_only_where_a_setting_asks_for_it(settings: Settings) -> None:
    def names() -> set[str]:
        return {process.name for process in node_processes()}

    assert "background" not in names()
    settings.NODE_PRIORS_FROM = "PACS@pacs.example:104"
    assert "background" in names()
    settings.NODE_PRIORS_FROM, settings.NODE_WORKLIST_FROM = "", "https://ris.example/dicom-web"
    assert "background" in names()
    settings.NODE_WORKLIST_FROM, settings.NODE_AUDIT_RECEIVER = "", "audit.example:6514"
    assert "background" in names()
