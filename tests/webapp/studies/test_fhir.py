"""FHIR R4 to a real HTTP listener that checks what comes with fhir.resources."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from pytest_django.fixtures import Settings

from dicom_node.dicomweb import Origin
from tests.journey.ports import LOOPBACK, free_port
from tests.journey.web_peer import Asked, Told, told, web_peer
from tests.webapp.studies.found_round import found_round
from webapp.studies import fhir
from webapp.studies.channel_outcome import ChannelOutcome
from webapp.studies.findings import RESEARCH_USE, Findings, gather

pytestmark = pytest.mark.django_db

ISSUER = "urn:oid:1.2.3"


@pytest.fixture
def findings(settings: Settings, tmp_path: Path) -> Findings:
    """What a round found: three images scored, one not."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    return gather(found_round(tmp_path))


def _entries(bundle: Bundle) -> list[Any]:
    """Return the entries, whatever kind of resource each holds."""
    return list(bundle.entry or [])


class Listener:
    """A FHIR server: takes what is valid, creates nothing twice."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.received: list[Bundle] = []

    def __call__(self, asked: Asked) -> Told:
        assert asked.headers["Content-Type"] == "application/fhir+json"
        bundle = Bundle.model_validate_json(asked.body)
        self.received.append(bundle)
        entries = []
        for entry in _entries(bundle):
            condition = str(entry.request.ifNoneExist)
            entries.append({"response": {"status": "200 OK" if condition in self.known else "201 Created"}})
            self.known.add(condition)
        return _response(entries)


def _response(entries: Sequence[object], kind: str = "transaction-response") -> Told:
    return told(200, {"resourceType": "Bundle", "type": kind, "entry": [*entries]}, fhir.FHIR_JSON)


def _send(findings: Findings, answer: Told) -> ChannelOutcome:
    with web_peer(lambda asked: answer) as peer:
        return fhir.send(findings, Origin(peer.url), ISSUER)


def test_a_round_becomes_a_study_its_observations_and_a_report(findings: Findings) -> None:
    listener = Listener()
    with web_peer(listener) as peer:
        outcome = fhir.send(findings, Origin(f"{peer.url}/fhir", bearer_token="t0ken"), ISSUER)
        assert (peer.asked[0].path, peer.asked[0].headers["Authorization"]) == ("/fhir", "Bearer t0ken")
    assert outcome == ChannelOutcome(True, False, "200", "")
    (bundle,) = listener.received
    resources = [entry.resource for entry in _entries(bundle)]
    kinds = [resource.get_resource_type() for resource in resources]
    assert kinds == ["ImagingStudy", *["Observation"] * 7, "DiagnosticReport"]
    study, whole, right, left, *images, report = resources
    assert [round(float(one.valueQuantity.value), 6) for one in (whole, right, left)] == [91.0, 91.0, 12.0]
    assert [one.bodySite.coding[0].code for one in (whole, right, left)] == ["76752008", "73056007", "80248007"]
    assert sorted(float(one.valueQuantity.value) for one in images if one.valueQuantity) == [12.0, 30.0, 91.0]
    (left_out,) = [one for one in images if one.valueQuantity is None]
    assert left_out.dataAbsentReason.text == "It is a spot view."
    links = {entry.fullUrl for entry in _entries(bundle)}
    assert {one.reference for one in report.result} | {report.imagingStudy[0].reference} == links - {
        _entries(bundle)[-1].fullUrl
    }
    assert study.identifier[0].value == f"urn:oid:{findings.study_instance_uid}"
    assert study.numberOfInstances == 4
    assert report.subject.identifier.value == findings.patient.patient_id
    assert report.basedOn[0].identifier.value == "ACC^1"


def test_nothing_is_ever_final_and_everything_says_research(findings: Findings) -> None:
    resources = [entry.resource for entry in _entries(fhir.bundle_of(findings, ISSUER))]
    observations, report = resources[1:-1], resources[-1]
    assert {one.status for one in (*observations, report)} == {"preliminary"}
    assert all(one.note[0].text == RESEARCH_USE for one in observations)
    assert report.conclusion.startswith(RESEARCH_USE)


def test_the_same_round_again_creates_nothing_twice(findings: Findings) -> None:
    listener = Listener()
    with web_peer(listener) as peer:
        fhir.send(findings, Origin(peer.url), ISSUER)
        again = fhir.send(findings, Origin(peer.url), ISSUER)
    assert listener.received[0] == listener.received[1]
    assert len(listener.known) == 9
    assert again == ChannelOutcome(True, False, "200", "9 of 9 resources were there already.")


def test_a_round_without_a_score_says_that_it_says_nothing(settings: Settings, tmp_path: Path) -> None:
    settings.NODE_ARCHIVE_DIR = tmp_path
    findings = gather(found_round(tmp_path, analysed=False))
    resources = [entry.resource for entry in _entries(fhir.bundle_of(findings, ""))]
    assert all(one.valueQuantity is None and one.dataAbsentReason is not None for one in resources[1:-1])
    assert "None of 4 images could be analysed. This says nothing about the breasts." in resources[-1].conclusion


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (401, True), (404, True), (422, True), (429, False), (500, False), (503, False)],
)
def test_a_refused_transaction_is_no_success(status: int, permanent: bool, findings: Findings) -> None:
    issue = {"severity": "error", "code": "invalid", "diagnostics": "Patient Jane Doe is unknown"}
    answer = told(status, {"resourceType": "OperationOutcome", "issue": [issue]}, fhir.FHIR_JSON)
    outcome = _send(findings, answer)
    assert (outcome.stored, outcome.permanent, outcome.status) == (False, permanent, str(status))
    assert "error invalid" in outcome.message
    assert "Jane" not in outcome.message


@pytest.mark.parametrize(
    ("bad", "permanent"), [("422 Unprocessable", True), ("503 Busy", False), ("", False), ("204 No Content", False)]
)
def test_one_entry_that_was_not_created_spoils_the_whole(bad: str, permanent: bool, findings: Findings) -> None:
    entries: list[object] = [{"response": {"status": "201 Created"}} for _ in range(8)]
    entries.append({"response": {"status": bad}} if bad else {})
    outcome = _send(findings, _response(entries))
    assert (outcome.stored, outcome.permanent) == (False, permanent)
    assert "did not create 1 of 9" in outcome.message


@pytest.mark.parametrize(
    "answer",
    [
        Told(200),
        Told(200, b"<html/>", "text/html"),
        _response([{"response": {"status": "201 Created"}}]),
        _response([{"response": {"status": "201 Created"}}] * 9, "batch-response"),
        Told(202),
    ],
)
def test_a_success_that_lists_no_entries_proves_nothing(answer: Told, findings: Findings) -> None:
    outcome = _send(findings, answer)
    assert (outcome.stored, outcome.permanent) == (False, False)


def test_a_server_that_is_down_is_worth_another_try(findings: Findings) -> None:
    outcome = fhir.send(findings, Origin(f"http://{LOOPBACK}:{free_port()}"), ISSUER)
    assert (outcome.stored, outcome.permanent) == (False, False)
    assert "cannot be reached" in outcome.message
