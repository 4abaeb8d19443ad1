"""A commissioning says what a peer does, against Orthanc and against peers that refuse, spoil, lie and fall silent."""

import logging
import queue
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from pydicom.dataset import Dataset
from pytest_django.fixtures import Settings

from dicom_node import scp
from dicom_node.archive import Archive
from dicom_node.commitment import CommitmentResult, Reference
from dicom_node.commitment_scp import CommitmentScp
from dicom_node.requestor import Peer
from dicom_node.sr.trial import PATIENT_ID
from tests.journey.orthanc import orthanc
from tests.journey.ports import LOOPBACK, free_port
from tests.webapp.studies.talking_pacs import TalkingPacs
from webapp.studies import commissioning, commissioning_report
from webapp.studies.commissioning import Commissioning, commission
from webapp.studies.commissioning_models import TrialCommitment, note_answer
from webapp.studies.commissioning_network import judge_letters
from webapp.studies.commissioning_outcome import Status
from webapp.studies.management.commands import run_scp
from webapp.studies.models import AllowedPeer, Destination, Instance, Study
from webapp.studies.peer_text import ProfileText

pytestmark = [
    pytest.mark.django_db,
    # pynetdicom drops a socket that could not connect without closing it
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

ECHO, KINDS, STORE, FIND = "C-ECHO to the peer", "kinds of result", "storing a test object", "reading it back (C-FIND)"
LETTERS, COMMIT, BACK, TLS = "character set", "storage commitment", "the peer's way to us", "TLS to the peer"


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> None:
    """A node whose receiving process does not run."""
    settings.NODE_DATA_DIR, settings.NODE_ARCHIVE_DIR = tmp_path, tmp_path / "archive"
    settings.NODE_DICOM_PORT = free_port()
    settings.NODE_COMMITMENT_WAIT_SECONDS = 20.0


@pytest.fixture
def pacs() -> Iterator[TalkingPacs]:
    with TalkingPacs() as playing:
        yield playing


def _peer(pacs: TalkingPacs) -> Peer:
    return Peer(pacs.ae_title, LOOPBACK, pacs.port)


def _try(pacs: TalkingPacs) -> dict[str, tuple[Status, str]]:
    return _seen(commission(_peer(pacs), answer_seconds=0.0, wait=_never))


def _never(seconds: float) -> None:
    """Wait for nothing: no answer comes in these tests."""


def _seen(done: Commissioning) -> dict[str, tuple[Status, str]]:
    return {check.name: (check.status, check.sentence) for check in done.checks}


def test_peer_that_keeps_everything_passes_and_the_rest_is_not_proven(pacs: TalkingPacs) -> None:
    done = commission(_peer(pacs), answer_seconds=0.0, wait=_never)
    seen = {name: status for name, (status, _) in _seen(done).items()}
    assert {seen[name] for name in (ECHO, KINDS, STORE, FIND, LETTERS, COMMIT)} == {Status.PASSED}
    assert {seen[name] for name in (BACK, TLS)} == {Status.NOT_PROVEN}
    assert done.is_free_of_failures
    assert commissioning_report.suggested_destination(done) == f"{pacs.destination}?commit=yes&read_back=yes"
    (arrival,) = pacs.arrivals(done.study_instance_uid)
    assert (arrival.dataset.PatientID, str(arrival.dataset.PatientName)) == (PATIENT_ID, commissioning.UNICODE_NAME)
    assert (Study.objects.count(), Instance.objects.count()) == (0, 0)


def test_peer_that_is_not_there_fails_and_nothing_else_is_claimed() -> None:
    seen = _seen(commission(Peer("PACS", LOOPBACK, free_port()), answer_seconds=0.0, wait=_never))
    assert seen[ECHO][0] is Status.FAILED
    assert "firewall" in seen[ECHO][1]
    assert {STORE, FIND, COMMIT}.isdisjoint(seen)


def test_peer_that_refuses_the_object_fails_and_is_not_asked_for_it(pacs: TalkingPacs) -> None:
    pacs.answer = lambda _: 0xC000
    seen = _try(pacs)
    assert seen[STORE][0] is Status.FAILED
    assert "C000" in seen[STORE][1]
    assert {FIND, LETTERS, COMMIT}.isdisjoint(seen)


def test_peer_that_takes_no_reports_fails_with_the_class_to_enable(pacs: TalkingPacs) -> None:
    pacs.stop()
    pacs.report_classes = ()
    pacs.start()
    seen = _try(pacs)
    assert [seen[name][0] for name in (KINDS, STORE)] == [Status.FAILED, Status.FAILED]
    assert "1.2.840.10008.5.1.4.1.1.88.34" in seen[KINDS][1]


def test_peer_that_hides_what_it_took_fails(pacs: TalkingPacs) -> None:
    pacs.hides = True
    assert _try(pacs)[FIND][0] is Status.FAILED


def test_peer_that_accepts_and_then_does_not_commit_fails(pacs: TalkingPacs) -> None:
    pacs.judge = lambda reference: 0x0112
    seen = _try(pacs)
    assert seen[COMMIT][0] is Status.FAILED
    assert "0112" in seen[COMMIT][1]


def test_peer_without_commitment_and_queries_is_not_proven_unless_its_profile_asks(
    settings: Settings, pacs: TalkingPacs
) -> None:
    pacs.stop()
    pacs.offers_commitment = pacs.answers_queries = False
    pacs.start()
    seen = _try(pacs)
    assert [seen[name][0] for name in (STORE, FIND, LETTERS, COMMIT)] == [Status.PASSED] + [Status.NOT_PROVEN] * 3
    settings.NODE_DESTINATIONS = (f"{pacs.destination}?commit=yes",)
    assert _try(pacs)[COMMIT][0] is Status.FAILED


def test_answer_that_goes_to_our_scp_is_not_proven_while_it_does_not_run(settings: Settings, pacs: TalkingPacs) -> None:
    settings.NODE_COMMITMENT_WAIT_SECONDS = 0.0
    pacs.is_silent = True
    status, sentence = _try(pacs)[COMMIT]
    assert status is Status.NOT_PROVEN
    assert "start the node" in sentence


@pytest.fixture
def told(settings: Settings, tmp_path: Path) -> "Iterator[queue.SimpleQueue[CommitmentResult]]":
    """This node's SCP runs; what peers say of commitment comes into the queue."""
    settings.NODE_COMMITMENT_WAIT_SECONDS = 0.0
    archive, words = Archive(tmp_path / "kept", 0), queue.SimpleQueue[CommitmentResult]()
    service = CommitmentScp(archive, settings.NODE_AE_TITLE, on_result=words.put, find_peer=lambda title: None)
    running = scp.start(
        scp.ScpSettings(settings.NODE_AE_TITLE, LOOPBACK, settings.NODE_DICOM_PORT, archive),
        on_stored=lambda stored: None,
        on_association_closed=lambda studies: None,
        is_allowed=lambda title, address: True,
        commitment=service,
    )
    yield words
    service.stop()
    running.stop(0.0)


def _receiving(words: "queue.SimpleQueue[CommitmentResult]") -> Callable[[float], None]:
    """Return a wait in which the receiving process writes down what the peer says."""

    def wait(seconds: float) -> None:
        assert note_answer(words.get(timeout=120))

    return wait


def test_word_on_an_association_of_the_peer_proves_its_way_to_us(
    settings: Settings, pacs: TalkingPacs, told: "queue.SimpleQueue[CommitmentResult]"
) -> None:
    pacs.answers_to = Peer(settings.NODE_AE_TITLE, LOOPBACK, settings.NODE_DICOM_PORT)
    seen = _seen(commission(_peer(pacs), answer_seconds=30.0, wait=_receiving(told)))
    assert [seen[name][0] for name in (COMMIT, BACK)] == [Status.PASSED, Status.PASSED]
    assert TrialCommitment.objects.get().committed


def test_refusal_on_an_association_of_the_peer_fails_and_still_proves_its_way(
    settings: Settings, pacs: TalkingPacs, told: "queue.SimpleQueue[CommitmentResult]"
) -> None:
    pacs.answers_to = Peer(settings.NODE_AE_TITLE, LOOPBACK, settings.NODE_DICOM_PORT)
    pacs.judge = lambda reference: 0x0213
    seen = _seen(commission(_peer(pacs), answer_seconds=30.0, wait=_receiving(told)))
    assert [seen[name][0] for name in (COMMIT, BACK)] == [Status.FAILED, Status.PASSED]


def test_silent_peer_is_not_proven_when_the_time_is_up(
    pacs: TalkingPacs, told: "queue.SimpleQueue[CommitmentResult]"
) -> None:
    pacs.is_silent = True
    waits: list[float] = []
    seen = _seen(commission(_peer(pacs), answer_seconds=2.0, wait=waits.append))
    assert seen[COMMIT][0] is Status.NOT_PROVEN
    assert "--answer-seconds" in seen[COMMIT][1]
    assert 0 < sum(waits) <= 3.0


def test_answer_to_another_transaction_is_no_commissioning() -> None:
    assert not note_answer(CommitmentResult("1.2.3", (), ()))


@pytest.mark.django_db(transaction=True)
def test_receiving_process_writes_the_word_on_a_test_object_down() -> None:
    row = TrialCommitment.objects.create(transaction_uid="1.2.3", sop_instance_uid="1.2.4")
    # an association's thread, whose connection ends with it
    word = CommitmentResult("1.2.3", (Reference("1.2.5", "1.2.4"),), ())
    association = Thread(target=run_scp.note_commitment, args=[word])
    association.start()
    association.join()
    row.refresh_from_db()
    assert row.committed
    assert row.answered_at is not None


def test_peer_that_is_on_no_list_is_told_to_be_added(settings: Settings, pacs: TalkingPacs) -> None:
    settings.NODE_LOOPBACK_OPEN = False
    seen = _try(pacs)
    assert seen[BACK][0] is Status.FAILED
    assert "NODE_ALLOWED_PEERS" in seen[BACK][1]
    AllowedPeer.objects.create(ae_title="PACS", address="10.9.9.9")
    assert _try(pacs)[BACK][0] is Status.NOT_PROVEN


def test_profile_of_the_peer_decides_the_form_of_the_test_object(pacs: TalkingPacs) -> None:
    Destination.objects.create(ae_title="PACS", host=LOOPBACK, port=pacs.port, character_set="ISO_IR 100")
    pacs.character_set = "ISO_IR 100"
    done = commission(_peer(pacs), answer_seconds=0.0, wait=_never)
    assert done.profile == ProfileText(character_set="ISO_IR 100")
    assert _seen(done)[LETTERS][0] is Status.PASSED
    (arrival,) = pacs.arrivals(done.study_instance_uid)
    assert arrival.dataset.SpecificCharacterSet == "ISO_IR 100"
    assert str(arrival.dataset.PatientName) == commissioning.LATIN_NAME


def test_peer_that_spoils_letters_fails(pacs: TalkingPacs) -> None:
    pacs.replaced = {"ü": "u"}
    assert _try(pacs)[LETTERS][0] is Status.FAILED


@pytest.mark.parametrize(
    ("character_set", "name", "status"),
    [
        ("ISO_IR 192", commissioning.UNICODE_NAME, Status.PASSED),
        ("ISO_IR 192", commissioning.UNICODE_NAME + "^^", Status.PASSED),
        ("ISO_IR 192", "Prüfung-????^Zoé", Status.FAILED),
        ("ISO_IR 100", "Prüfung-?ó??^Zoé", Status.NOT_PROVEN),
        ("ISO_IR 100", "Prüfung-ó^Zoé", Status.NOT_PROVEN),
        ("ISO_IR 100", "Pr?fung-?ó??^Zoé", Status.FAILED),
        ("ISO_IR 100", "PrÃ¼fung-Å»Ã³ÅÄ^ZoÃ©", Status.FAILED),
        ("", "Prfung-^Zo", Status.NOT_PROVEN),
        ("ISO_IR 192", "", Status.FAILED),
    ],
)
def test_name_in_an_answer_is_judged_as_far_as_its_character_set_reaches(
    character_set: str, name: str, status: Status
) -> None:
    answer = Dataset()
    answer.SpecificCharacterSet = character_set
    answer.PatientName = name
    assert judge_letters(commissioning.UNICODE_NAME, answer).status is status


def test_command_prints_the_table_writes_the_report_and_logs_no_name(
    settings: Settings, pacs: TalkingPacs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = StringIO()
    with caplog.at_level(logging.DEBUG):
        call_command("commission", LOOPBACK, str(pacs.port), "PACS", stdout=out)
    (report,) = (tmp_path / "commissioning").glob("*-PACS.md")
    text = report.read_text(encoding="utf-8")
    for said in (out.getvalue(), text):
        assert f"`{settings.NODE_AE_TITLE}`" in said
        assert "1.2.840.10008.5.1.4.1.1.1.2" in said
    assert "not for diagnosis" in text.lower()
    assert "| storage commitment | **passed** |" in text
    assert "Prüfung" not in caplog.text


def test_command_ends_with_an_error_when_a_check_failed(pacs: TalkingPacs, tmp_path: Path) -> None:
    pacs.hides = True
    with pytest.raises(CommandError, match="failed"):
        call_command("commission", LOOPBACK, str(pacs.port), "PACS", stdout=StringIO())
    assert list((tmp_path / "commissioning").iterdir())


def test_command_refuses_what_is_no_peer() -> None:
    with pytest.raises(CommandError, match="AE@host:port"):
        call_command("commission", LOOPBACK, "0", "PACS", stdout=StringIO())


@pytest.mark.peer("Orthanc")
def test_orthanc_keeps_finds_and_commits_the_test_object_once_it_knows_us(
    settings: Settings, tmp_path: Path, told: "queue.SimpleQueue[CommitmentResult]"
) -> None:
    folder = tmp_path / "orthanc"
    folder.mkdir()
    with orthanc(folder) as peer:
        place = Peer(peer.ae_title, LOOPBACK, peer.dicom_port)
        stranger = _seen(commission(place, answer_seconds=0.0, wait=_never))
        peer.know(settings.NODE_AE_TITLE, settings.NODE_DICOM_PORT)
        done = commission(place, answer_seconds=60.0, wait=_receiving(told))
        (row,) = peer.instances_of(done.study_instance_uid)
    # it stores for everybody, and serves those alone whom it knows
    assert [stranger[name][0] for name in (STORE, FIND, COMMIT)] == [Status.PASSED, Status.FAILED, Status.FAILED]
    assert "remote nodes" in stranger[FIND][1]
    seen = {name: status for name, (status, _) in _seen(done).items()}
    assert {seen[name] for name in (ECHO, KINDS, STORE, FIND, COMMIT, BACK)} == {Status.PASSED}
    # by default it answers queries in Latin 1, whatever it stores
    assert seen[LETTERS] is Status.NOT_PROVEN
    assert row["Type"] == "Instance"
