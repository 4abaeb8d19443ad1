"""``manage.py run_scp``: the receiving process."""

import logging
import signal
import threading
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connections

from dicom_node import scp
from dicom_node.archive import Archive, StoredObject
from dicom_node.commitment import CommitmentResult
from dicom_node.commitment_scp import CommitmentRequest, CommitmentScp
from dicom_node.errors import OutOfResources
from dicom_node.pace import LeastPace
from dicom_node.received import Received
from dicom_node.requestor import Peer
from webapp.studies import audit_dicom, commissioning_models, delivery, dicom_tls, dispatch, events, intake, peers

_log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Receive until SIGTERM, then let associations end."""

    help = "Receive mammograms by C-STORE until SIGTERM or Ctrl-C."

    def handle(self, *args: object, **options: object) -> None:
        """Start the application entity and wait for the signal."""
        stop = threading.Event()

        def request_stop(signum: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, request_stop)
        signal.signal(signal.SIGINT, request_stop)
        archive = Archive(settings.NODE_ARCHIVE_DIR, settings.NODE_DISK_RESERVE_BYTES)
        commitment = CommitmentScp(
            archive, settings.NODE_AE_TITLE, on_result=note_commitment, find_peer=find_peer, on_request=note_request
        )
        running = scp.start(
            _settings(archive),
            on_stored=record,
            on_association_closed=close_association,
            is_allowed=is_allowed,
            on_counted=count,
            on_received=note_received,
            on_refused=note_refused,
            commitment=commitment,
        )
        events.tell_now(events.process_started, __name__, name="scp")
        stop.wait()
        _log.info("draining: no new association, the open ones have %d s", settings.NODE_DRAIN_SECONDS)
        running.stop(settings.NODE_DRAIN_SECONDS)
        commitment.stop()
        events.tell_now(events.process_stopping, __name__, name="scp")
        _log.info("stopped")


def _settings(archive: Archive) -> scp.ScpSettings:
    return scp.ScpSettings(
        ae_title=settings.NODE_AE_TITLE,
        bind=settings.NODE_BIND,
        port=settings.NODE_DICOM_PORT,
        archive=archive,
        maximum_associations=settings.NODE_MAXIMUM_ASSOCIATIONS,
        maximum_per_host=settings.NODE_MAXIMUM_ASSOCIATIONS_PER_HOST or None,
        object_bytes_limit=settings.NODE_DICOM_OBJECT_BYTES_LIMIT,
        tls_port=settings.NODE_DICOM_TLS_PORT or None,
        tls=dicom_tls.credentials(),
        least_pace=LeastPace(settings.NODE_DICOM_LEAST_BYTES_PER_SECOND, settings.NODE_DICOM_LEAST_PACE_SECONDS),
    )


def record(stored: StoredObject) -> None:
    """Write the rows; a database that is down is told to the sender as a lack of resources (try later)."""
    try:
        intake.record(stored)
    except DatabaseError as error:
        _log.exception("rows of %s cannot be written", stored.sop_instance_uid)
        raise OutOfResources("The database does not answer; please send again later.") from error


def note_commitment(result: CommitmentResult) -> None:
    """Write down what a peer says of our reports; where that fails, it is told so and may repeat it."""
    try:
        if not commissioning_models.note_answer(result):
            delivery.note_commitment(result)
    finally:
        connections.close_all()


def find_peer(ae_title: str) -> Peer | None:
    """Return where an AE title listens; None while that cannot be read."""
    try:
        return peers.find_peer(ae_title)
    except DatabaseError:
        _log.exception("the address of a peer that asks for storage commitment cannot be read")
        return None
    finally:
        connections.close_all()


def note_request(request: CommitmentRequest) -> None:
    """Leave an event of a peer that asks for storage commitment."""
    try:
        audit_dicom.note_commitment_request(request)
    finally:
        connections.close_all()


def note_received(received: Received) -> None:
    """Leave events of what an association brought; its thread goes on with `close_association`."""
    audit_dicom.note_received(received)


def note_refused(ae_title: str, address: str, reason: str) -> None:
    """Leave an event of a peer that was turned away; its thread ends here."""
    try:
        audit_dicom.note_refused(ae_title, address, reason)
    finally:
        connections.close_all()


def close_association(study_instance_uids: frozenset[str]) -> None:
    """Complete what is complete; this thread ends, and so does its database connection."""
    try:
        dispatch.association_closed(study_instance_uids)
    except DatabaseError:
        _log.exception("completion waits for the clock: the database does not answer")
    finally:
        connections.close_all()


def count(kind: str, value: str, size_bytes: int) -> None:
    """Pass on what the associations count."""
    events.tell_now(events.counted, __name__, kind=kind, value=value, size_bytes=size_bytes)


def is_allowed(ae_title: str, address: str) -> bool:
    """Ask the list; nobody is let in while it cannot be read."""
    try:
        return peers.is_allowed(ae_title, address)
    except DatabaseError:
        _log.exception("refused an association: the list of allowed peers cannot be read")
        return False
    finally:
        connections.close_all()  # a refused association ends here
