"""Who is connected, since when, and which studies they touched.

A connection counts from its first byte on the wire, so that peers who connect and say nothing are seen, bounded
and closed. It ends exactly once, however it ends.
"""

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pynetdicom.association import Association

from dicom_node.received import Received

LOGGER = logging.getLogger(__name__)

Address = tuple[str, int]

_PENDING_PER_HOST = 32
_WATCH_SECONDS = 0.25


@dataclass
class _Connection:
    opened_at: float
    line: socket.socket | None = None
    association: Association | None = None
    is_admitted: bool = False
    # Study Instance UID -> SOP Class UID -> how many objects
    studies: dict[str, Counter[str]] = field(default_factory=dict)
    refused: int = 0


class Connections:
    """The connections of one SCP.

    Parameters
    ----------
    maximum_associations : int
        Admitted at the same time.
    maximum_per_host : int
        Of these, from one address.
    request_seconds : float
        How long a connection may take until it is admitted.
    on_association_closed : callable
        Told the Study Instance UIDs that an association touched, when it has ended, if there are any.
    on_received : callable, optional
        Told before that what the association brought, and who it was.
    """

    def __init__(
        self,
        maximum_associations: int,
        maximum_per_host: int,
        request_seconds: float,
        on_association_closed: Callable[[frozenset[str]], None],
        on_received: Callable[[Received], None] | None = None,
    ) -> None:
        self._on_received = on_received
        self._maximum_associations = maximum_associations
        self._maximum_per_host = maximum_per_host
        self._request_seconds = request_seconds
        self._on_association_closed = on_association_closed
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._connections: dict[Address, _Connection] = {}
        self._being_told = 0
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watch_connections, name="scp-connections", daemon=True)
        self._watch.start()

    def open(self, address: Address, line: socket.socket) -> bool:
        """Note a new connection; False where this host has too many that have not been admitted yet."""
        with self._lock:
            pending = sum(
                not connection.is_admitted and host == address[0] for (host, _), connection in self._connections.items()
            )
            if pending >= _PENDING_PER_HOST or len(self._connections) >= self.limit:
                return False
            self._connections[address] = _Connection(time.monotonic(), line)
            return True

    def forget(self, address: Address) -> None:
        """Forget a connection that cannot become an association."""
        with self._lock:
            self._connections.pop(address, None)
            self._changed.notify_all()

    @property
    def limit(self) -> int:
        """How many connections there may be, admitted or not."""
        return 2 * self._maximum_associations + _PENDING_PER_HOST

    def attach(self, address: Address, association: Association) -> None:
        """Note which association a connection became."""
        with self._lock:
            connection = self._connections.setdefault(address, _Connection(time.monotonic()))
            connection.association = association

    def admit(self, association: Association) -> bool:
        """Count an association whose peer is allowed; False where there are too many."""
        with self._lock:
            connection = self._of(association)
            if connection is None:
                return False
            hosts = [host for (host, _), other in self._connections.items() if other.is_admitted]
            own = next(host for (host, _), other in self._connections.items() if other is connection)
            if len(hosts) >= self._maximum_associations or hosts.count(own) >= self._maximum_per_host:
                return False
            connection.is_admitted = True
            return True

    def touch(self, association: Association, study_instance_uid: str, sop_class_uid: str) -> None:
        """Note that an association brought an object of a study."""
        with self._lock:
            connection = self._of(association)
            if connection is not None:
                connection.studies.setdefault(study_instance_uid, Counter())[sop_class_uid] += 1
                return
        # it was closed while its last object was being stored
        self._tell(association, {study_instance_uid: Counter({sop_class_uid: 1})}, 0)

    def note_refused(self, association: Association) -> None:
        """Note that an object was answered with a failure."""
        with self._lock:
            connection = self._of(association)
            if connection is not None:
                connection.refused += 1

    def close(self, association: Association) -> None:
        """Forget an association that has ended. Only the first call counts."""
        with self._lock:
            addresses = [a for a, c in self._connections.items() if c.association is association]
            ended = [self._connections.pop(address) for address in addresses]
            studies = {uid: counts for one in ended for uid, counts in one.studies.items()}
            refused = sum(one.refused for one in ended)
            self._being_told += 1
            self._changed.notify_all()
        try:
            self._tell(association, studies, refused)
        finally:
            with self._lock:
                self._being_told -= 1
                self._changed.notify_all()

    def close_unadmitted(self, association: Association) -> None:
        """Forget a connection that ended before it became an association."""
        with self._lock:
            connection = self._of(association)
            is_admitted = connection is not None and connection.is_admitted
        if not is_admitted:
            self.close(association)

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until every connection has ended; False where some have not after `seconds`."""
        with self._lock:
            return self._changed.wait_for(lambda: not self._connections, timeout=seconds)

    def wait_until_told(self, seconds: float) -> bool:
        """Wait until the application knows of every end; False where it takes longer than `seconds`."""
        with self._lock:
            return self._changed.wait_for(lambda: not self._being_told, timeout=seconds)

    def associations(self) -> list[Association]:
        """Return the associations that have not ended."""
        with self._lock:
            return [c.association for c in self._connections.values() if c.association is not None]

    def stop(self) -> None:
        """Watch no longer."""
        self._stopping.set()
        self._watch.join()

    def _of(self, association: Association) -> _Connection | None:
        for connection in self._connections.values():
            if connection.association is association:
                return connection
        return None

    def _tell(self, association: Association, studies: Mapping[str, Mapping[str, int]], refused: int) -> None:
        try:
            if self._on_received is not None and (studies or refused):
                requestor = association.requestor
                self._on_received(Received(str(requestor.ae_title).strip(), str(requestor.address), studies, refused))
        except Exception:
            LOGGER.exception("what an association brought could not be told to the application")
        try:
            if studies:
                self._on_association_closed(frozenset(studies))
        except Exception:
            LOGGER.exception("the end of an association could not be told to the application")

    def _watch_connections(self) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            for association in self._ended():
                self.close(association)
            for association in self._overdue():
                LOGGER.warning("%s: no association request in time", association.requestor.address)
                shut(association)

    def _ended(self) -> list[Association]:
        # pynetdicom announces the usual ends; the unusual ones leave a dead thread
        return [a for a in self.associations() if a.ident is not None and not a.is_alive()]

    def _overdue(self) -> list[Association]:
        deadline = time.monotonic() - self._request_seconds
        with self._lock:
            late = {a: c for a, c in self._connections.items() if not c.is_admitted and c.opened_at < deadline}
            for address, connection in late.items():
                if connection.association is None:
                    del self._connections[address]  # its association could not even be made
                    _shut(connection.line)
            return [c.association for c in late.values() if c.association is not None]


def shut(association: Association) -> None:
    """End an association's connection without another word."""
    wrapper = association.dul.socket
    if wrapper is not None:
        _shut(wrapper.socket)


def _shut(line: socket.socket | None) -> None:
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
