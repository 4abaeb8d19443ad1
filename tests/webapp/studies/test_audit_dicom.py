"""What peers bring and are refused leaves events: real associations to the receiving process's own functions."""

import json
import logging
import queue
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]
from pytest_django.fixtures import Settings

from dicom_node import scp
from dicom_node.archive import Archive
from dicom_node.commitment import REQUEST_COMMITMENT
from dicom_node.commitment_scp import CommitmentScp
from dicom_node.tls import Credentials
from tests import factories
from tests.certificates import Authority
from tests.dicom_node.receiving import association, mammogram
from webapp.audit.models import AuditEvent, Event
from webapp.studies import audit_dicom, dispatch, events
from webapp.studies.management.commands import run_scp
from webapp.studies.models import Delivery, Destination, Instance

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # pynetdicom drops a socket that could not connect without closing it
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

MG = "1.2.840.10008.5.1.4.1.1.1.2"


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.NODE_DATA_DIR, settings.NODE_ARCHIVE_DIR = tmp_path, tmp_path / "archive"
    settings.NODE_LOOPBACK_OPEN = True
    monkeypatch.setattr(audit_dicom, "refusals", audit_dicom.Budget(20, 60.0, 1000))
    # what comes after receiving is no matter here
    monkeypatch.setattr(dispatch, "association_closed", lambda studies: None)


@dataclass
class Node:
    """This node's receiving side, and a word each time that an association's end, or a refusal, was written down."""

    running: scp.RunningScp
    written: "queue.SimpleQueue[str]"

    @property
    def port(self) -> int:
        return self.running.port

    def wait(self, count: int = 1) -> None:
        """Wait before reading rows: one thread at a time may use this database."""
        for _ in range(count):
            self.written.get(timeout=60)


@contextmanager
def node(folder: Path, tls: Credentials | None = None) -> Iterator[Node]:
    archive, written = Archive(folder / "archive", 0), queue.SimpleQueue[str]()

    def closed(studies: frozenset[str]) -> None:
        run_scp.close_association(studies)
        written.put("closed")

    def refused(ae_title: str, address: str, reason: str) -> None:
        run_scp.note_refused(ae_title, address, reason)
        written.put("refused")

    commitment = CommitmentScp(
        archive,
        "MAMMONODE",
        on_result=run_scp.note_commitment,
        find_peer=run_scp.find_peer,
        on_request=run_scp.note_request,
    )
    running = scp.start(
        scp.ScpSettings("MAMMONODE", "127.0.0.1", 0, archive, tls=tls, tls_port=None if tls is None else 0),
        on_stored=run_scp.record,
        on_association_closed=closed,
        is_allowed=run_scp.is_allowed,
        on_received=run_scp.note_received,
        on_refused=refused,
        commitment=commitment,
    )
    try:
        yield Node(running, written)
    finally:
        running.stop(5.0)
        commitment.stop()


def send(
    port: int, *seeds: int, calling: str = "MODALITY", called: str = "MAMMONODE", study: str = "1.2.3"
) -> list[int]:
    images = [mammogram(seed=seed) for seed in seeds]
    for image in images:
        image.StudyInstanceUID = study
    with association(port, *images, calling=calling, called=called) as opened:
        return [opened.send_c_store(image).Status for image in images] if opened.is_established else []


def told(kind: Event) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event=kind).order_by("id"))


def detail(row: AuditEvent) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row.detail)
    return found


def test_an_association_leaves_one_event_for_each_study(tmp_path: Path) -> None:
    with node(tmp_path) as here:
        assert send(here.port, 1, 2, 3) == [0, 0, 0]
        here.wait()
        assert send(here.port, 4, calling="OTHER", study="1.2.4") == [0]
        here.wait()
        first, second = sorted(told(Event.IMPORT), key=lambda row: row.object_id)
    assert (first.actor_kind, first.actor, first.address) == ("ae", "MODALITY", "127.0.0.1")
    assert (first.object_type, first.object_id, first.action, first.outcome) == ("study", "1.2.3", "C", "success")
    assert detail(first) == {"instances": 3, "sop_classes": {MG: 3}}
    assert (second.actor, second.object_id, detail(second)["instances"]) == ("OTHER", "1.2.4", 1)
    assert Instance.objects.count() == 4


def test_objects_that_were_refused_are_counted_in_one_event(tmp_path: Path) -> None:
    images = [mammogram(seed=seed) for seed in (1, 2, 3)]
    with node(tmp_path) as here:
        with association(here.port, *images, calling="MODALITY", called="MAMMONODE") as opened:
            assert opened.send_c_store(images[0]).Status == 0
            for image in images[1:]:
                image.StudyInstanceUID = ""
                assert opened.send_c_store(image).Status == 0xC000
        here.wait()
    kept, refused = told(Event.IMPORT)
    assert (kept.outcome, kept.object_id) == ("success", images[0].StudyInstanceUID)
    assert (refused.outcome, refused.object_type, refused.object_id) == ("failed", "association", "127.0.0.1")
    assert (refused.actor, detail(refused)) == ("MODALITY", {"instances": 2})


def test_a_process_leaves_events_of_its_start_and_its_end() -> None:
    events.tell_now(events.process_started, __name__, name="scp")
    events.tell_now(events.process_stopping, __name__, name="scp")
    rows = told(Event.APPLICATION)
    assert [(row.object_type, row.object_id, detail(row)["activity"]) for row in rows] == [
        ("process", "scp", "start"),
        ("process", "scp", "stop"),
    ]


def test_an_echo_and_an_association_that_stores_nothing_leave_none(tmp_path: Path) -> None:
    with node(tmp_path) as here, association(here.port, calling="MODALITY", called="MAMMONODE") as opened:
        assert opened.send_c_echo().Status == 0
    assert not AuditEvent.objects.exists()


def test_a_peer_that_is_not_on_the_list_leaves_a_security_alert(settings: Settings, tmp_path: Path) -> None:
    settings.NODE_LOOPBACK_OPEN = False
    with node(tmp_path) as here:
        assert send(here.port, 1, calling="MALLORY") == []
        here.wait()
        (row,) = told(Event.SECURITY_ALERT)
    assert (row.actor_kind, row.actor, row.address, row.outcome) == ("ae", "MALLORY", "127.0.0.1", "refused")
    assert (row.object_type, detail(row)) == ("association", {"reason": "not on the allow-list"})
    assert not told(Event.IMPORT)


def test_a_peer_that_calls_another_title_leaves_a_security_alert(tmp_path: Path) -> None:
    with node(tmp_path) as here:
        assert send(here.port, 1, called="ELSEWHERE") == []
        here.wait()
        (row,) = told(Event.SECURITY_ALERT)
    assert detail(row) == {"reason": "wrong called AE title"}


def test_a_peer_without_tls_on_the_port_for_tls_leaves_a_security_alert(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path / "authority")
    own = authority.sign("node")
    with (
        node(tmp_path, Credentials(own.certificate, own.key, authority.path)) as here,
        socket.create_connection(("127.0.0.1", here.running.tls_port or 0), 10) as line,
    ):
        line.sendall(b"no TLS at all" * 100)
        here.wait()
        (row,) = told(Event.SECURITY_ALERT)
    assert (row.actor, row.address) == ("(none)", "127.0.0.1")
    assert detail(row)["reason"].startswith("no TLS")


def test_a_scan_does_not_fill_the_trail() -> None:
    for number in range(50):
        audit_dicom.note_refused(f"SCAN{number}", "10.0.0.66", "not on the allow-list")
    audit_dicom.note_refused("OTHER", "10.0.0.67", "not on the allow-list")
    audit_dicom.note_refused("LATE", "10.0.0.66", "the node stops")
    rows = told(Event.SECURITY_ALERT)
    assert [row.actor for row in rows] == [*(f"SCAN{number}" for number in range(20)), "OTHER"]


def test_what_was_left_out_is_counted_and_few_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    budget = audit_dicom.Budget(most=2, seconds=60.0, addresses=2)
    assert [budget.take("a") for _ in range(5)] == [0, 0, None, None, None]
    clock[0] = 60.0
    assert [budget.take("a"), budget.take("a")] == [3, 0]
    assert [budget.take(name) for name in ("b", "c", "d")] == [0, 0, 0]
    assert budget.take("a") == 0  # forgotten: it counts anew
    assert len(budget._known) == 2


@pytest.fixture
def full_trail() -> Iterator[None]:
    """The database takes no event."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_auditevent BEGIN SELECT RAISE(ABORT, 'no place'); END"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER full")


@pytest.mark.usefixtures("full_trail")
def test_an_event_that_cannot_be_written_costs_no_image(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), node(tmp_path) as here:
        assert send(here.port, 1) == [0]
        here.wait()
    assert Instance.objects.count() == 1
    assert len(list((tmp_path / "archive").rglob("*.dcm"))) == 1
    assert "an audit event could not be written: import of study 1.2.3" in caplog.text


def test_a_request_for_storage_commitment_leaves_an_event(tmp_path: Path) -> None:
    with node(tmp_path) as here:
        entity = AE("MODALITY")
        entity.add_requested_context(StorageCommitmentPushModel)
        asking = entity.associate("127.0.0.1", here.port, ae_title="MAMMONODE")
        status, _ = asking.send_n_action(
            _request("1.2.9"), REQUEST_COMMITMENT, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1"
        )
        asking.release()
        assert status.Status != 0  # nobody knows where it listens
    (row,) = told(Event.QUERY)
    assert (row.actor, row.object_type, row.object_id) == ("MODALITY", "storage-commitment", "1.2.9")
    assert (row.outcome, detail(row)) == ("refused", {"objects": 1})


def _request(transaction_uid: str) -> Dataset:
    item, asked = Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MG, "1.2.3.4"
    asked.TransactionUID, asked.ReferencedSOPSequence = transaction_uid, [item]
    return asked


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("sent", "success"),
        ("committed", "success"),
        ("verified", "success"),
        ("declined", "refused"),
        ("failed", "failed"),
        ("retry", None),
        ("waiting", None),
    ],
)
def test_a_report_on_its_way_names_where_it_went(outcome: str, expected: str | None) -> None:
    row = factories.make_delivery(factories.make_report(factories.make_round(factories.make_study())))
    events.tell(events.delivery_changed, __name__, delivery=row, outcome=outcome)
    if expected is None:
        assert not told(Event.TRANSFERRED)
        return
    (told_,) = told(Event.TRANSFERRED)
    assert (told_.outcome, told_.object_id) == (expected, row.report.round.study.study_instance_uid)
    said = detail(told_)
    assert (said["destination"], said["step"]) == (str(row.destination), outcome)
    assert said["sop_instance_uid"] == row.report.sop_instance_uid


def test_what_goes_as_another_thing_than_a_dicom_object_is_an_export() -> None:
    row = factories.make_delivery(factories.make_report(factories.make_round(factories.make_study())))
    Destination.objects.filter(pk=row.destination_id).update(protocol=Destination.Protocol.FHIR)
    row = Delivery.objects.get(pk=row.pk)
    events.tell(events.delivery_changed, __name__, delivery=row, outcome="sent")
    assert len(told(Event.EXPORT)) == 1
