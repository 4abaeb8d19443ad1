"""Reports over TLS: delivered, proved and commissioned encrypted, or kept waiting; never sent in clear."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from dicom_node.tls import Credentials, server_context
from tests.certificates import Authority, Signed
from tests.factories import make_delivery, make_report, make_round, make_study
from tests.journey.dcmtk import StoreScp, storescp
from tests.journey.ports import LOOPBACK
from tests.webapp.studies.keeping_pacs import KeepingPacs
from tests.webapp.studies.report_file import write_report
from tests.webapp.studies.talking_pacs import TalkingPacs
from webapp.studies import claims, delivery, peers
from webapp.studies.commissioning import commission
from webapp.studies.commissioning_node import profile_of
from webapp.studies.commissioning_outcome import Status
from webapp.studies.commissioning_report import suggested_destination
from webapp.studies.dicom_tls import dicom_tls_is_sound
from webapp.studies.models import Delivery, Destination, StudyState

pytestmark = [
    pytest.mark.django_db,
    # pynetdicom drops a socket that could not connect without closing it
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

MakeDelivery = Callable[..., Delivery]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ours"), "hospital")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("theirs"), "elsewhere")


@pytest.fixture(scope="module")
def pacs_certificate(authority: Authority) -> Signed:
    return authority.sign("pacs")


@pytest.fixture(autouse=True)
def node(settings: Settings, tmp_path: Path, authority: Authority) -> None:
    """A node with a certificate, whose own TLS port is closed."""
    signed = authority.sign("node")
    settings.NODE_DICOM_TLS_CERTIFICATE = str(signed.certificate)
    settings.NODE_DICOM_TLS_KEY = str(signed.key)
    settings.NODE_DICOM_TLS_CA = str(authority.path)
    settings.NODE_DATA_DIR, settings.NODE_ARCHIVE_DIR = tmp_path, tmp_path / "archive"
    settings.NODE_COMMITMENT_WAIT_SECONDS = 20.0


@contextmanager
def secured(folder: Path, signed: Signed, authority: Authority) -> Iterator[StoreScp]:
    """DCMTK's receiver, which speaks TLS alone."""
    folder.mkdir()
    options: list[str | Path] = ["+tls", signed.key, signed.certificate, "+cf", authority.path]
    with storescp(folder, ae_title="PACS", options=options) as peer:
        yield peer


@pytest.fixture
def queued(settings: Settings) -> MakeDelivery:
    """Return a maker of deliveries of a real report file, claimed by this process."""

    def make(port: int, *, proved: bool = False, tls: str = "NAMED") -> Delivery:
        report = make_report(make_round(make_study(), state=StudyState.ANALYSED))
        write_report(report, settings.NODE_ARCHIVE_DIR)
        row = make_delivery(report, port=port)
        Destination.objects.update(tls=tls)
        Delivery.objects.filter(pk=row.pk).update(wants_commitment=proved, wants_read_back=proved)
        return claim(row)

    return make


def claim(row: Delivery) -> Delivery:
    Delivery.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
    claimed = claims.take_delivery(row.pk)
    assert claimed is not None
    return claimed


def sent(row: Delivery) -> Delivery:
    delivery.send(row)
    row.refresh_from_db()
    return row


@pytest.mark.peer("storescp")
def test_a_report_reaches_a_peer_encrypted(
    queued: MakeDelivery, tmp_path: Path, pacs_certificate: Signed, authority: Authority
) -> None:
    with secured(tmp_path / "pacs", pacs_certificate, authority) as pacs:
        row = sent(queued(pacs.port))
        assert (row.state, row.status) == (Delivery.State.SENT, "0000"), row.reason
        assert len(pacs.files()) == 1


@pytest.mark.peer("storescp")
def test_a_report_waits_for_a_peer_that_is_not_believed_and_goes_when_it_is(
    queued: MakeDelivery, tmp_path: Path, settings: Settings, elsewhere: Authority, authority: Authority
) -> None:
    with secured(tmp_path / "pacs", elsewhere.sign("pacs"), authority) as pacs:
        row = sent(queued(pacs.port))
        assert row.state == Delivery.State.QUEUED
        assert row.next_attempt_at > timezone.now()
        assert "certificate that is not believed" in row.reason
        assert pacs.files() == []
        settings.NODE_DICOM_TLS_CA = str(elsewhere.path)
        row = sent(claim(row))
        assert row.state == Delivery.State.SENT, row.reason


@pytest.mark.peer("storescp")
def test_a_report_is_never_sent_in_clear_to_a_peer_that_speaks_no_tls(queued: MakeDelivery, tmp_path: Path) -> None:
    with storescp(tmp_path, ae_title="PACS") as pacs:
        row = sent(queued(pacs.port))
        assert row.state == Delivery.State.QUEUED
        assert "does not speak TLS" in row.reason
        assert pacs.files() == []


def test_a_report_waits_while_this_node_has_no_certificate(settings: Settings, queued: MakeDelivery) -> None:
    with KeepingPacs() as pacs:
        settings.NODE_DICOM_TLS_KEY = ""
        row = sent(queued(pacs.port))
        assert row.state == Delivery.State.QUEUED
        assert "cannot be used" in row.reason
        assert pacs.arrivals(row.report.round.study.study_instance_uid) == []


@pytest.mark.parametrize("tls", ["NAMED", "ANY-NAME"])
def test_commitment_and_query_go_encrypted_too(
    queued: MakeDelivery, pacs_certificate: Signed, authority: Authority, tls: str
) -> None:
    pacs = KeepingPacs()
    pacs.tls = server_context(Credentials(pacs_certificate.certificate, pacs_certificate.key, authority.path))
    with pacs:
        row = sent(queued(pacs.port, proved=True, tls=tls))
    assert row.state == Delivery.State.VERIFIED, row.reason


def test_the_settings_say_which_destinations_are_spoken_to_with_tls(settings: Settings) -> None:
    settings.NODE_DESTINATIONS = ("A@host:1?tls=yes", "B@host:2?tls=any-name", "C@host:3")
    peers.adopt_settings()
    kinds = dict(Destination.objects.values_list("ae_title", "tls"))
    assert kinds == {"A": "NAMED", "B": "ANY-NAME", "C": ""}
    named, other, plain = (peers.find_peer(title) for title in "ABC")
    assert named is not None
    assert named.tls is not None
    assert named.tls.checks_name
    assert other is not None
    assert other.tls is not None
    assert not other.tls.checks_name
    assert plain is not None
    assert plain.tls is None


@pytest.mark.parametrize("name", ["NODE_DESTINATIONS", "NODE_PRIORS_FROM"])
def test_tls_without_the_files_is_told_before_the_node_starts(settings: Settings, name: str) -> None:
    text = "PACS@host:104?tls=yes"
    setattr(settings, name, (text,) if name == "NODE_DESTINATIONS" else text)
    assert dicom_tls_is_sound() == []
    settings.NODE_DICOM_TLS_CERTIFICATE = ""
    (found,) = dicom_tls_is_sound()
    assert found.msg == "A destination or archive is to be spoken to with TLS and NODE_DICOM_TLS_CERTIFICATE not set."


def test_the_admin_refuses_tls_that_cannot_be(settings: Settings) -> None:
    Destination(ae_title="PACS", host="h", port=104, tls="NAMED").full_clean()
    with pytest.raises(ValidationError, match="is for DICOM"):
        Destination(ae_title="EHR", host="h", port=104, protocol="HL7", tls="NAMED").full_clean()
    settings.NODE_DICOM_TLS_CA = ""
    with pytest.raises(ValidationError, match="TLS needs NODE_DICOM_TLS_CA"):
        Destination(ae_title="PACS", host="h", port=104, tls="NAMED").full_clean()


@pytest.fixture
def talking(pacs_certificate: Signed, authority: Authority) -> Iterator[TalkingPacs]:
    pacs = TalkingPacs()
    pacs.tls = server_context(Credentials(pacs_certificate.certificate, pacs_certificate.key, authority.path))
    with pacs:
        yield pacs


def test_commissioning_proves_tls_where_it_was_seen(settings: Settings, talking: TalkingPacs, tmp_path: Path) -> None:
    call_command("commission", LOOPBACK, str(talking.port), "PACS", "--tls", "yes", stdout=StringIO())
    (report,) = (tmp_path / "commissioning").glob("*-PACS.md")
    text = report.read_text(encoding="utf-8")
    assert "| TLS to the peer | **passed** |" in text
    assert "| storage commitment | **passed** |" in text
    assert "| reading it back (C-FIND) | **passed** |" in text
    assert f"NODE_DESTINATIONS={talking.destination}?commit=yes&read_back=yes&tls=yes" in text


def test_commissioning_follows_the_destination_and_fails_where_tls_does(
    settings: Settings, talking: TalkingPacs, elsewhere: Authority
) -> None:
    settings.NODE_DESTINATIONS = (f"{talking.destination}?tls=any-name",)
    out = StringIO()
    call_command("commission", LOOPBACK, str(talking.port), "PACS", stdout=out)
    assert "whom it names was not asked" in out.getvalue()
    settings.NODE_DICOM_TLS_CA = str(elsewhere.path)
    out = StringIO()
    with pytest.raises(CommandError, match="failed"):
        call_command("commission", LOOPBACK, str(talking.port), "PACS", stdout=out)
    assert "FAILED      TLS to the peer" in out.getvalue()
    settings.NODE_DICOM_TLS_CA = ""
    with pytest.raises(CommandError, match="TLS needs NODE_DICOM_TLS_CA"):
        call_command("commission", LOOPBACK, str(talking.port), "PACS", stdout=StringIO())


def test_a_row_of_the_admin_counts_for_commissioning(talking: TalkingPacs) -> None:
    row = Destination.objects.create(ae_title="PACS", host=LOOPBACK, port=talking.port, tls="NAMED")
    peer = peers.peer_of(row)
    profile = profile_of(peer)
    assert profile is not None
    assert profile.tls == "NAMED"
    done = commission(peer, answer_seconds=0.0, wait=lambda seconds: None)
    assert {check.name: check.status for check in done.checks}["TLS to the peer"] is Status.PASSED
    assert suggested_destination(done).endswith("tls=yes")
