"""One node and its peers for the journeys that can share them; the others start their own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.journey.node import Node
from tests.journey.orthanc import Orthanc, orthanc
from tests.journey.pacs import PlayingPacs
from tests.journey.ports import LOOPBACK, free_port
from tests.journey.programs import path_of
from tests.webapp.audit.receiver import SyslogReceiver, syslog_receiver

StartNode = Callable[..., Node]

# whoever the shared node lets in; everybody else is refused
PEERS = ("MODALITY", "ORTHANC", "STORESCU", "DCMSEND", "ECHOSCU")


_LEFT_OPEN = "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)
            # pynetdicom drops a socket that could not connect without closing it, and here peers are killed
            item.add_marker(pytest.mark.filterwarnings(_LEFT_OPEN))
            # the first test of a module also waits for its node, long on a busy machine
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def playing_pacs() -> Iterator[PlayingPacs]:
    with PlayingPacs() as pacs:
        yield pacs


@pytest.fixture(scope="session")
def orthanc_or_none(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc | None]:
    if shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin") is None:
        yield None
        return
    with orthanc(tmp_path_factory.mktemp("orthanc")) as peer:
        yield peer


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs the certificates of the shared node and of its peers."""
    return Authority.make(tmp_path_factory.mktemp("hospital"), "hospital")


@pytest.fixture(scope="session")
def audit_receiver(hospital: Authority) -> Iterator[SyslogReceiver]:
    """Takes the audit messages of the shared node."""
    with syslog_receiver(hospital.sign("receiver")) as receiver:
        yield receiver


@pytest.fixture(scope="session")
def node(
    tmp_path_factory: pytest.TempPathFactory,
    playing_pacs: PlayingPacs,
    orthanc_or_none: Orthanc | None,
    hospital: Authority,
    audit_receiver: SyslogReceiver,
) -> Iterator[Node]:
    """The shared node: TLS, an allow-list, a receiver of audit messages; reports go to the played PACS and Orthanc.

    Everything else is as by default.
    """
    destinations = [playing_pacs.destination]
    if orthanc_or_none is not None:
        destinations.append(orthanc_or_none.destination)
    certificate = hospital.sign("node")
    shared = Node(
        tmp_path_factory.mktemp("node"),
        NODE_DESTINATIONS=",".join(destinations),
        NODE_ALLOWED_PEERS=",".join(f"{name}@{LOOPBACK}" for name in PEERS),
        NODE_DICOM_TLS_PORT=str(free_port()),
        NODE_DICOM_TLS_CERTIFICATE=str(certificate.certificate),
        NODE_DICOM_TLS_KEY=str(certificate.key),
        NODE_DICOM_TLS_CA=str(hospital.path),
        NODE_AUDIT_RECEIVER=f"{LOOPBACK}:{audit_receiver.port}",
        NODE_AUDIT_RECEIVER_CA=str(hospital.path),
        NODE_AUDIT_SEND_SECONDS="1",
    )
    try:
        shared.start()
        if orthanc_or_none is not None:
            orthanc_or_none.know("MAMMONODE", shared.dicom_port)
        yield shared
        shared.stop()
    finally:
        shared.discard()


@pytest.fixture(scope="session")
def steady() -> Iterator[PlayingPacs]:
    """A destination that is always there."""
    with PlayingPacs("STEADY") as pacs:
        yield pacs


@pytest.fixture(scope="session")
def moody() -> Iterator[PlayingPacs]:
    """A destination that the tests stop, fill and turn hostile."""
    with PlayingPacs("MOODY") as pacs:
        yield pacs


@pytest.fixture(scope="session")
def hardy_node(tmp_path_factory: pytest.TempPathFactory, steady: PlayingPacs, moody: PlayingPacs) -> Iterator[Node]:
    """The node for rough treatment: its destinations fail, it is terminated, its processes are killed."""
    hardy = Node(tmp_path_factory.mktemp("hardy"), NODE_DESTINATIONS=f"{steady.destination},{moody.destination}")
    try:
        yield hardy.start()
        hardy.finish()
    finally:
        hardy.discard()


@pytest.fixture
def forwarding_orthanc(node: Node, orthanc_or_none: Orthanc | None) -> Orthanc:
    """Orthanc, which knows the shared node and forwards to it."""
    if orthanc_or_none is None:
        path_of("Orthanc")
    assert orthanc_or_none is not None
    return orthanc_or_none


@pytest.fixture(scope="module")
def start_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartNode]:
    """Start nodes with settings of their own; what still runs at the end of the module is stopped."""
    started: list[Node] = []

    def start(folder: Path | None = None, **settings: str) -> Node:
        one = Node(folder or tmp_path_factory.mktemp("node"), **settings)
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.discard()
