"""DICOM over TLS with DCMTK on the other side: who shows a certificate that is believed comes in, nobody else."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from pynetdicom import AE

from dicom_node.status import Status
from dicom_node.tls import Credentials
from tests import synthetic
from tests.certificates import Authority, Signed
from tests.dicom_node.receiving import AE_TITLE, Receiver, association, data_set_of, mammogram, receiver
from tests.dicom_node.wire import RawPeer, associate_request

pytestmark = pytest.mark.peer("storescu")


@dataclass(frozen=True)
class Parties:
    """The hospital's authority and who it signed for; a stranger with an authority of their own."""

    authority: Authority
    node: Signed
    modality: Signed
    stranger: Signed

    def of(self, signed: Signed) -> Credentials:
        return Credentials(signed.certificate, signed.key, self.authority.path)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    folder = tmp_path_factory.mktemp("certificates")
    ours, theirs = Authority.make(folder / "ours", "hospital"), Authority.make(folder / "theirs", "elsewhere")
    return Parties(ours, ours.sign("node"), ours.sign("modality"), theirs.sign("stranger"))


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def node(tmp_path: Path, parties: Parties, request: pytest.FixtureRequest) -> Iterator[Receiver]:
    with receiver(
        tmp_path / "archive",
        fast=bool(request.param),
        tls_port=0,
        tls=parties.of(parties.node),
        request_timeout_seconds=2,
    ) as running:
        yield running


def tls_port(node: Receiver) -> int:
    assert node.running is not None
    assert node.running.tls_port is not None
    return node.running.tls_port


def dcmtk(program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TCP_NODELAY": "1"}
    command = [program, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def _tls(parties: Parties, signed: Signed | None) -> list[str | Path]:
    believed: list[str | Path] = ["+cf", parties.authority.path]
    return [*(["+tla"] if signed is None else ["+tls", signed.key, signed.certificate]), *believed]


def test_echoscu_and_storescu_come_in_with_a_certificate(node: Receiver, parties: Parties, tmp_path: Path) -> None:
    here: list[str | Path] = ["-aec", AE_TITLE, "127.0.0.1", str(tls_port(node))]
    echoed = dcmtk("echoscu", *_tls(parties, parties.modality), *here)
    assert echoed.returncode == 0, echoed.stderr
    image = synthetic.write(synthetic.make_mg(seed=3, rows=1500, columns=1200), tmp_path / "image.dcm")
    sent = dcmtk("storescu", "-R", *_tls(parties, parties.modality), *here, image)
    assert sent.returncode == 0, sent.stderr
    assert data_set_of(node.stored[0].path) == data_set_of(image)


def test_who_shows_no_certificate_or_a_strangers_or_no_tls_stays_out(node: Receiver, parties: Parties) -> None:
    here: list[str | Path] = ["-aec", AE_TITLE, "-to", "5", "127.0.0.1", str(tls_port(node))]
    assert dcmtk("echoscu", *_tls(parties, None), *here).returncode != 0
    assert dcmtk("echoscu", *_tls(parties, parties.stranger), *here).returncode != 0
    with RawPeer(tls_port(node)) as plain:
        plain.send(associate_request())
        assert b"MAMMONODE" not in plain.socket.recv(4096)
    assert dcmtk("echoscu", *_tls(parties, parties.modality), *here).returncode == 0, "the node lives on"
    assert dcmtk("echoscu", "-aec", AE_TITLE, "127.0.0.1", str(node.port)).returncode == 0


def test_a_peer_that_never_shakes_hands_is_shut_out_and_holds_up_nobody(node: Receiver, parties: Parties) -> None:
    silent = [socket.create_connection(("127.0.0.1", tls_port(node)), timeout=20) for _ in range(4)]
    here: list[str | Path] = ["-aec", AE_TITLE, "127.0.0.1", str(tls_port(node))]
    assert dcmtk("echoscu", *_tls(parties, parties.modality), *here).returncode == 0
    for line in silent:
        assert line.recv(100) == b""
        line.close()


def test_the_called_ae_title_counts_under_tls_too(node: Receiver, parties: Parties) -> None:
    refused = dcmtk("echoscu", *_tls(parties, parties.modality), "-aec", "OTHER", "127.0.0.1", str(tls_port(node)))
    assert "Called AE Title Not Recognized" in refused.stderr


def test_files_that_are_no_certificates_keep_it_from_starting(parties: Parties, tmp_path: Path) -> None:
    wrong = Credentials(tmp_path / "none.pem", parties.node.key, parties.authority.path)
    with pytest.raises(OSError, match="No such file"), receiver(tmp_path / "archive", tls_port=0, tls=wrong):
        raise AssertionError("it started")


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
def test_an_object_beyond_the_limit_is_refused_and_leaves_no_file(tmp_path: Path, fast: bool) -> None:
    image = mammogram()
    with receiver(tmp_path / "archive", fast=fast, object_bytes_limit=1000) as node:
        with association(node.port, image) as opened:
            assert opened.send_c_store(image).Status == Status.OUT_OF_RESOURCES
            assert opened.send_c_echo().Status == Status.SUCCESS, "the association lives on"
        assert node.files() == []


def test_a_host_with_too_many_associations_does_not_keep_another_from_storing(tmp_path: Path) -> None:
    image = mammogram()
    with receiver(tmp_path / "archive", maximum_associations=4, maximum_per_host=2) as node, ExitStack() as many:
        greedy = [many.enter_context(association(node.port, image)) for _ in range(4)]
        assert [one.is_established for one in greedy] == [True, True, False, False]
        honest = AE("HONEST")
        honest.add_requested_context(image.SOPClassUID, image.file_meta.TransferSyntaxUID)
        opened = honest.associate("127.0.0.1", node.port, ae_title=AE_TITLE, bind_address=("127.0.0.2", 0))
        assert opened.send_c_store(image).Status == Status.SUCCESS
        opened.release()
    assert len(node.stored) == 1
