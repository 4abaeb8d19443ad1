"""Build and start the application entity that receives.

References
----------
PS3.4 Annex A (Verification), Annex B (Storage); PS3.8 9.3.4 (A-ASSOCIATE-RJ)
"""

import gc
import logging
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydicom.uid import UID
from pynetdicom import AE, _config, evt
from pynetdicom.transport import ThreadedAssociationServer

from dicom_node.acceptor import Acceptor, name_of
from dicom_node.archive import Archive, StoredObject
from dicom_node.commitment_scp import CommitmentScp
from dicom_node.connections import Connections, shut
from dicom_node.contexts import accepted_contexts
from dicom_node.fast_pdata import find_differences, request_handler
from dicom_node.pace import LeastPace
from dicom_node.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dicom_node.received import Received
from dicom_node.tls import Credentials, server_context

LOGGER = logging.getLogger(__name__)

_ABORT_SECONDS = 2.0
_TELL_SECONDS = 5.0
_POLL_SECONDS = 0.1
_COLLECT_SECONDS = 30.0


@dataclass(frozen=True)
class ScpSettings:
    """How the SCP listens.

    Parameters
    ----------
    ae_title : str
        The called AE title it answers to; any other is rejected.
    bind : str
        The address to listen on.
    port : int
        The port to listen on; 0 for a free one.
    archive : Archive
        Where objects are kept.
    maximum_associations : int
        At the same time; more are rejected as transient. Connections that have not asked for an association
        do not count, and have a limit of their own.
    maximum_per_host : int, optional
        Of these, from one address; without it, all of them.
    maximum_pdu_bytes : int
        Announced to peers.
    object_bytes_limit : int
        Larger objects are refused (A700).
    request_timeout_seconds : float
        From the connection to the accepted association.
    idle_timeout_seconds : float
        Without a byte from the peer, before the association is aborted.
    least_pace : LeastPace
        What a peer must bring in the middle of a message, else its association is aborted.
    tls_port : int, optional
        A second port, where peers show a certificate; 0 for a free one.
    tls : Credentials, optional
        What the second port takes.
    shares_port : bool
        Whether several processes listen on this port (SO_REUSEPORT).
    fast : bool
        Whether to take the fast path where the installed pynetdicom allows it.
    """

    ae_title: str
    bind: str
    port: int
    archive: Archive
    maximum_associations: int = 64
    maximum_per_host: int | None = None
    maximum_pdu_bytes: int = 1024 * 1024
    object_bytes_limit: int = 4 * 1024**3
    request_timeout_seconds: float = 10.0
    idle_timeout_seconds: float = 120.0
    least_pace: LeastPace = field(default_factory=LeastPace)
    tls_port: int | None = None
    tls: Credentials | None = None
    shares_port: bool = False
    fast: bool = True


class RunningScp:
    """An SCP that accepts associations until it is stopped; made by `start`.

    Attributes
    ----------
    port : int
        Where it listens.
    tls_port : int or None
        Where it listens for TLS.
    is_fast : bool
        Whether it takes the fast path.
    """

    def __init__(
        self, servers: "tuple[_Server, ...]", connections: Connections, acceptor: Acceptor, is_fast: bool
    ) -> None:
        self.port = int(servers[0].server_address[1])
        self.tls_port = int(servers[1].server_address[1]) if len(servers) > 1 else None
        self.is_fast = is_fast
        self._servers = servers
        self._connections = connections
        self._acceptor = acceptor
        self._threads = [
            threading.Thread(target=one.serve_forever, args=(_POLL_SECONDS,), name="scp-accept", daemon=True)
            for one in servers
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, drain_seconds: float = 0.0) -> None:
        """Accept nothing more, let associations finish, then abort those that have not.

        Parameters
        ----------
        drain_seconds : float
            How long associations may take to finish.
        """
        self._acceptor.is_draining = True
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
        self._connections.wait_until_empty(drain_seconds)
        remaining = self._connections.associations()
        for association in remaining:
            LOGGER.warning("%s: aborted, the node stops", name_of(association))
            association.abort(block=False)
        for act in (None, shut):
            deadline = time.monotonic() + _ABORT_SECONDS
            for association in remaining:
                if act is not None and association.dul.is_alive():
                    act(association)
                association.join(max(0.0, deadline - time.monotonic()))
                association.dul.join(max(0.0, deadline - time.monotonic()))
        # the threads of ended associations die with the process: what they are about to write down would be lost
        self._connections.wait_until_told(_TELL_SECONDS)
        self._connections.stop()
        if not self.is_fast:
            _config.STORE_RECV_CHUNKED_DATASET = False


def start(
    settings: ScpSettings,
    *,
    on_stored: Callable[[StoredObject], None],
    on_association_closed: Callable[[frozenset[str]], None],
    is_allowed: Callable[[str, str], bool],
    on_counted: Callable[[str, str, int], None] | None = None,
    on_received: Callable[[Received], None] | None = None,
    on_refused: Callable[[str, str, str], None] | None = None,
    commitment: CommitmentScp | None = None,
) -> RunningScp:
    """Start to receive.

    Parameters
    ----------
    settings : ScpSettings
    on_stored : callable
        Called with each object when it is durable, before its status goes out, in the association's thread;
        for an object that was there before, too. It may raise `OutOfResources` (A700) or anything (C000).
    on_association_closed : callable
        Called with the Study Instance UIDs an association touched, released or aborted alike. Now and then
        twice, when an association ends while its last object is being stored.
    is_allowed : callable
        Asked with calling AE title and address; no association is accepted without its True.
    on_counted : callable, optional
        Told what happens, for counting: ``("association", "accepted" | "ended" | a reason of rejection, 0)`` and
        ``("store", status in hexadecimal, bytes of the file)``. Called in the associations' threads; must be
        quick and must not raise.
    on_received : callable, optional
        Called with what an association stored, and who it was, before `on_association_closed`.
    on_refused : callable, optional
        Called with AE title, address and reason of a peer that was turned away, after it was told so; without an
        AE title where the TLS handshake failed already.
    commitment : CommitmentScp, optional
        Serves storage commitment; without it, its presentation context is refused.

    Returns
    -------
    RunningScp

    Raises
    ------
    ArchiveError
        If the archive cannot store files.
    OSError
        If a port cannot be had, or a file for TLS cannot be read.
    """
    _prepare(settings.archive)
    is_fast = settings.fast and _may_be_fast()
    connections = Connections(
        settings.maximum_associations,
        settings.maximum_per_host or settings.maximum_associations,
        settings.request_timeout_seconds,
        on_association_closed,
        on_received,
    )
    acceptor = Acceptor(
        settings.archive,
        connections,
        on_stored=on_stored,
        is_allowed=is_allowed,
        on_counted=on_counted,
        on_refused=on_refused,
        is_fast=is_fast,
        idle_timeout_seconds=settings.idle_timeout_seconds,
        object_bytes_limit=settings.object_bytes_limit,
        least_pace=settings.least_pace,
    )
    _configure_pynetdicom(is_fast)
    try:
        servers = _make_servers(settings, connections, acceptor, is_fast, commitment)
    except OSError:
        connections.stop()
        raise
    _say_where(servers, settings, is_fast)
    return RunningScp(servers, connections, acceptor, is_fast)


def _prepare(archive: Archive) -> None:
    orphans = archive.prepare()
    if orphans:
        LOGGER.warning("%d transfers were broken off by the last stop; their parts are removed", orphans)


def _configure_pynetdicom(is_fast: bool) -> None:
    _config.LOG_HANDLER_LEVEL = "none"  # pynetdicom's own lines carry whole messages; ours carry UIDs
    if not is_fast:
        _config.STORE_RECV_CHUNKED_DATASET = True


def _say_where(servers: Sequence["_Server"], settings: ScpSettings, is_fast: bool) -> None:
    for server in servers:
        how = ("fast" if is_fast else "plain") + (" path" if server.tls is None else " path, TLS")
        LOGGER.info("%s listens on %s:%d (%s)", settings.ae_title, settings.bind, server.server_address[1], how)


def _may_be_fast() -> bool:
    """Tell whether pynetdicom is as the fast path knows it."""
    differences = find_differences()
    if differences:
        LOGGER.warning("taking the plain, slower path: %s", "; ".join(differences))
    return not differences


class _Server(ThreadedAssociationServer):
    request_queue_size = 128

    def __init__(
        self,
        *args: Any,
        connections: Connections,
        shares_port: bool,
        tls: ssl.SSLContext | None,
        request_seconds: float,
        on_refused: Callable[[str, str, str], None],
        **kwargs: Any,
    ) -> None:
        self._on_refused = on_refused
        self._admission = connections
        self.tls = tls
        self._request_seconds = request_seconds
        self._shares_port = shares_port
        self._next_collection = time.monotonic() + _COLLECT_SECONDS
        super().__init__(*args, **kwargs)

    def server_bind(self) -> None:
        if self._shares_port and self.socket is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

    def get_request(self) -> Any:
        line, address = super().get_request()
        if self.tls is None:
            return line, address
        # no word is exchanged here: a peer that keeps silent would hold up all others
        return self.tls.wrap_socket(line, server_side=True, do_handshake_on_connect=False), address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        if self._shakes_hands(request, client_address):
            super().process_request_thread(request, client_address)

    def _shakes_hands(self, request: Any, client_address: Any) -> bool:
        if self.tls is None:
            return True
        try:
            request.settimeout(self._request_seconds)
            request.do_handshake()
        except (OSError, ValueError) as error:
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or type(error).__name__
            LOGGER.warning("%s: no TLS: %s", client_address[0], reason)
            self._admission.forget(client_address[:2])
            self.shutdown_request(request)
            self._on_refused("", client_address[0], f"no TLS: {reason}")
            return False
        return True

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if self._admission.open(client_address[:2], request):
            return True
        LOGGER.warning("%s: too many connections", client_address[0])
        return False

    def service_actions(self) -> None:
        # Ended associations are cycles of objects. pynetdicom collects them every 60 polls; here by the clock.
        if time.monotonic() >= self._next_collection:
            gc.collect()
            self._next_collection = time.monotonic() + _COLLECT_SECONDS

    def handle_error(self, request: Any, client_address: Any) -> None:
        # called by socketserver while it handles the exception
        LOGGER.exception("%s: the connection could not be served", client_address[0])  # noqa: LOG004

    def shutdown(self) -> None:
        socketserver.BaseServer.shutdown(self)
        self.server_close()


def _make_servers(
    settings: ScpSettings,
    connections: Connections,
    acceptor: Acceptor,
    is_fast: bool,
    commitment: CommitmentScp | None,
) -> tuple[_Server, ...]:
    plain = _make_server(settings, settings.port, None, connections, acceptor, is_fast, commitment)
    if settings.tls is None or settings.tls_port is None:
        return (plain,)
    try:
        context = server_context(settings.tls)
        return plain, _make_server(settings, settings.tls_port, context, connections, acceptor, is_fast, commitment)
    except OSError:
        plain.server_close()
        raise


def _make_server(
    settings: ScpSettings,
    port: int,
    tls: ssl.SSLContext | None,
    connections: Connections,
    acceptor: Acceptor,
    is_fast: bool,
    commitment: CommitmentScp | None,
) -> _Server:
    ae = AE(settings.ae_title)
    ae.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
    ae.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    ae.require_called_aet = True
    ae.maximum_pdu_size = settings.maximum_pdu_bytes
    ae.maximum_associations = connections.limit + 1  # so that `Connections` decides
    ae.acse_timeout = settings.request_timeout_seconds
    ae.dimse_timeout = settings.idle_timeout_seconds
    ae.network_timeout = settings.idle_timeout_seconds
    return _Server(
        ae,
        (settings.bind, port),
        settings.ae_title,
        accepted_contexts(commitment=commitment is not None),
        evt_handlers=_handlers(acceptor, commitment),
        request_handler=request_handler(acceptor.begin, settings.least_pace) if is_fast else None,
        connections=connections,
        tls=tls,
        request_seconds=settings.request_timeout_seconds,
        on_refused=acceptor.refused,
        shares_port=settings.shares_port,
    )


def _handlers(acceptor: Acceptor, commitment: CommitmentScp | None) -> list[evt.EventHandlerType]:
    return [
        (evt.EVT_CONN_OPEN, acceptor.opened),
        (evt.EVT_REQUESTED, acceptor.requested),
        (evt.EVT_REJECTED, acceptor.rejected),
        (evt.EVT_C_ECHO, acceptor.echo),
        (evt.EVT_C_STORE, acceptor.store),
        (evt.EVT_RELEASED, acceptor.ended),
        (evt.EVT_ABORTED, acceptor.ended),
        (evt.EVT_CONN_CLOSE, acceptor.disconnected),
        *([] if commitment is None else commitment.handlers()),
    ]
