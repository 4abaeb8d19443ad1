"""Speaking to peers over TLS, with DCMTK's storescp on the other side: encrypted both ways known, or not at all."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread

from dicom_node.commitment import Reference, request
from dicom_node.errors import SendError
from dicom_node.requestor import Peer, Timeouts
from dicom_node.scu import echo, store
from dicom_node.tls import Credentials, Outward
from tests import synthetic
from tests.certificates import Authority, Signed
from tests.dicom_node.receiving import AE_TITLE, receiver
from tests.journey.dcmtk import StoreScp, storescp
from tests.journey.ports import LOOPBACK

pytestmark = pytest.mark.peer("storescp")

CALLING = "MAMMONODE"
IMPATIENT = Timeouts(connect_seconds=2, association_seconds=2, response_seconds=2)


@dataclass(frozen=True)
class Parties:
    """The hospital's authority, this node and a PACS; a stranger whom another authority signed."""

    ours: Authority
    theirs: Authority
    node: Signed
    pacs: Signed
    stranger: Signed

    def tls(self, signed: Signed | None = None, authority: Authority | None = None, *, name: bool = True) -> Outward:
        shown, believed = signed or self.node, authority or self.ours
        return Outward(Credentials(shown.certificate, shown.key, believed.path), checks_name=name)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    folder = tmp_path_factory.mktemp("certificates")
    ours, theirs = Authority.make(folder / "ours", "hospital"), Authority.make(folder / "theirs", "elsewhere")
    return Parties(ours, theirs, ours.sign("node"), ours.sign("pacs"), theirs.sign("stranger"))


@pytest.fixture(scope="module")
def secured(parties: Parties, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreScp]:
    """DCMTK's receiver, which takes TLS alone, from those whom our authority signed."""
    options: list[str | Path] = ["+tls", parties.pacs.key, parties.pacs.certificate, "+cf", parties.ours.path]
    with storescp(tmp_path_factory.mktemp("secured"), options=options) as peer:
        yield peer


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreScp]:
    with storescp(tmp_path_factory.mktemp("plain")) as peer:
        yield peer


def place(peer: StoreScp, tls: Outward | None, host: str = LOOPBACK) -> Peer:
    return Peer(peer.ae_title, host, peer.port, tls)


def why_not(peer: Peer) -> str:
    """Return why a peer cannot be spoken to now; it may be later."""
    with pytest.raises(SendError) as caught:
        echo(peer, CALLING, IMPATIENT)
    assert not caught.value.permanent
    return str(caught.value)


@pytest.mark.parametrize("host", [LOOPBACK, "localhost"])
def test_an_object_goes_to_storescp_encrypted(secured: StoreScp, parties: Parties, tmp_path: Path, host: str) -> None:
    image = synthetic.write(synthetic.make_mg(seed=5, rows=1200, columns=900), tmp_path / "image.dcm")
    peer = place(secured, parties.tls(), host)
    echo(peer, CALLING)
    (outcome,) = store([image], peer, CALLING)
    assert outcome.stored, outcome.message
    uid = dcmread(image, stop_before_pixels=True).SOPInstanceUID
    assert [path for path in secured.files() if dcmread(path, stop_before_pixels=True).SOPInstanceUID == uid]


def test_a_peer_of_another_authority_is_not_believed(secured: StoreScp, parties: Parties) -> None:
    assert "certificate that is not believed" in why_not(place(secured, parties.tls(authority=parties.theirs)))


def test_a_peer_that_does_not_believe_us_says_so(secured: StoreScp, parties: Parties) -> None:
    assert "refuses TLS, or this node's certificate" in why_not(place(secured, parties.tls(parties.stranger)))


def test_a_peer_whose_certificate_names_another_host_is_not_believed_unless_any_name_does(
    secured: StoreScp, parties: Parties
) -> None:
    other = "127.0.0.2"  # the same machine: the certificate names 127.0.0.1
    assert "not valid for '127.0.0.2'" in why_not(place(secured, parties.tls(), other))
    echo(place(secured, parties.tls(name=False), other), CALLING)
    assert "not believed" in why_not(place(secured, parties.tls(authority=parties.theirs, name=False), other))


def test_a_peer_without_tls_gets_nothing_in_clear(plain: StoreScp, parties: Parties) -> None:
    echo(place(plain, None), CALLING)
    assert "does not speak TLS 1.2 or later" in why_not(place(plain, parties.tls()))


def test_a_peer_that_wants_tls_is_not_reached_without(secured: StoreScp) -> None:
    assert "did not answer the association request" in why_not(place(secured, None))


def test_what_a_peer_without_tls_is_shown_is_a_handshake_alone(parties: Parties) -> None:
    shown: list[bytes] = []
    with socket.create_server((LOOPBACK, 0)) as server:

        def listen() -> None:
            line, _ = server.accept()
            with line:
                while part := line.recv(65536):
                    shown.append(part)

        listener = threading.Thread(target=listen)
        listener.start()
        sentence = why_not(Peer("SILENT", LOOPBACK, server.getsockname()[1], parties.tls()))
        listener.join(10)
    assert "broke off the handshake" in sentence
    assert b"".join(shown)[:1] == b"\x16"
    assert CALLING.encode() not in b"".join(shown)


def test_old_tls_is_not_spoken(parties: Parties, tmp_path: Path) -> None:
    options: list[str | Path] = ["+tls", parties.pacs.key, parties.pacs.certificate, "+cf", parties.ours.path, "+pa"]
    options += ["+cs", "TLS_RSA_WITH_AES_128_CBC_SHA"]
    with storescp(tmp_path, options=options) as old:
        assert "TLS" in why_not(place(old, parties.tls()))


def test_files_that_cannot_be_read_keep_a_report_waiting(secured: StoreScp, parties: Parties, tmp_path: Path) -> None:
    gone = Outward(Credentials(tmp_path / "none.pem", parties.node.key, parties.ours.path))
    assert "cannot be used" in why_not(place(secured, gone))


def test_a_renewed_certificate_counts_at_once(secured: StoreScp, parties: Parties, tmp_path: Path) -> None:
    shown = Signed(tmp_path / "node.pem", tmp_path / "node-key.pem")

    def put(signed: Signed) -> None:
        shown.certificate.write_bytes(signed.certificate.read_bytes())
        shown.key.write_bytes(signed.key.read_bytes())

    peer = place(secured, parties.tls(shown))
    put(parties.stranger)
    why_not(peer)
    put(parties.node)
    echo(peer, CALLING)


def test_two_nodes_speak_tls(parties: Parties, tmp_path: Path) -> None:
    credentials = Credentials(parties.pacs.certificate, parties.pacs.key, parties.ours.path)
    with receiver(tmp_path / "archive", tls_port=0, tls=credentials) as node:
        assert node.running is not None
        assert node.running.tls_port is not None
        peer = Peer(AE_TITLE, LOOPBACK, node.running.tls_port, parties.tls())
        image = synthetic.write(synthetic.make_mg(seed=6, rows=64, columns=48), tmp_path / "image.dcm")
        assert store([image], peer, CALLING)[0].stored
        assert len(node.stored) == 1
        with pytest.raises(SendError, match="none of the presentation contexts"):
            request(peer, CALLING, "2.25.1", [Reference("1.2", "1.3")], timeouts=IMPATIENT)
