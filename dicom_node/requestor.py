"""Associations outward: open one quickly, or say why there is none and whether to try again.

pynetdicom negotiates. Two socket options make it quick: a C-STORE on a new association took 112 ms against
DCMTK's storescp and takes 22 with them, because without them each side waits 40 ms for the other's delayed
acknowledgement (Nagle's algorithm, RFC 896, against RFC 1122 4.2.3.2).

References
----------
DICOM PS3.8 7.1 (A-ASSOCIATE), 9.3.4 (A-ASSOCIATE-RJ); PS3.15 B.12 (TLS).
"""

import contextlib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import PresentationContext

from dicom_node.errors import Declined, SendError
from dicom_node.tls import ClientContext, Outward, client_context

_MAXIMUM_PDU_BYTES = 1 << 17

# PS3.8 Table 9-21: a result, and for a source the reasons that pass whatever the result says
_REJECTED_TRANSIENT = 0x02
_SERVICE_PROVIDER_PRESENTATION = 0x03
_CONGESTION = frozenset({0x01, 0x02})


@dataclass(frozen=True)
class Peer:
    """An application entity that listens; `tls` where it is spoken to with TLS alone."""

    ae_title: str
    host: str
    port: int
    tls: Outward | None = None

    def __str__(self) -> str:
        return f"{self.ae_title}@{self.host}:{self.port}"


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for a peer, in seconds: to connect, to negotiate or release, and for each response."""

    connect_seconds: float = 10.0
    association_seconds: float = 30.0
    response_seconds: float = 60.0


@contextlib.contextmanager
def associate(
    peer: Peer,
    calling_ae_title: str,
    contexts: list[PresentationContext],
    timeouts: Timeouts,
    *,
    roles: Sequence[SCP_SCU_RoleSelectionNegotiation] = (),
    handlers: Sequence[evt.EventHandlerType] = (),
) -> Iterator[Association]:
    """Hold an association with a peer: released at the end, aborted where the body fails.

    Parameters
    ----------
    peer : Peer
    calling_ae_title : str
        This node's, at most 16 characters.
    contexts : list of PresentationContext
        What to propose.
    timeouts : Timeouts
    roles : sequence of SCP_SCU_RoleSelectionNegotiation, optional
        Where this node, which asks, is to be the SCP of a context (PS3.7 D.3.3.4).
    handlers : sequence, optional
        pynetdicom's, for what the peer asks on this association.

    Raises
    ------
    SendError
        If no association comes about: the peer is not reached, does not answer or refuses (`permanent` as
        PS3.8 Table 9-21 says), speaks no TLS or shows a certificate that is not believed, or accepts no
        presentation context (`Declined`).
    """
    entity = _entity(peer, calling_ae_title, timeouts)
    context = _context(peer)
    opened: list[socket.socket] = []
    try:
        association = entity.associate(
            peer.host,
            peer.port,
            contexts,
            peer.ae_title,
            _MAXIMUM_PDU_BYTES,
            ext_neg=list(roles),
            evt_handlers=[*_on_the_line(opened, timeouts), *handlers],
            tls_args=None if context is None else (context, peer.host),
        )
    except OSError as error:
        raise SendError(f"The host name of {peer} cannot be resolved.", permanent=False) from error
    try:
        if not association.is_established:
            raise _why_not(association, peer, bool(opened), context)
        _keep_responses(association)
        try:
            yield association
        except BaseException:
            association.abort()
            raise
        if association.is_established:
            association.release()
    finally:
        _close(opened)


def _context(peer: Peer) -> ClientContext | None:
    if peer.tls is None:
        return None
    try:
        return client_context(peer.tls)
    except OSError as error:
        sentence = f"{peer} is to be sent to with TLS, and this node's certificate, key or authorities cannot be used"
        raise SendError(f"{sentence}: {error}.", permanent=False) from error


def _on_the_line(opened: list[socket.socket], timeouts: Timeouts) -> list[evt.EventHandlerType]:
    def opens(event: Any) -> None:
        _set_option(event, socket.TCP_NODELAY)
        line = event.assoc.dul.socket.socket
        opened.append(line)
        if isinstance(line, ssl.SSLSocket):
            # what TLS says for itself looks like an answer that has come: the wait for the rest must end
            line.settimeout(max(timeouts.association_seconds, timeouts.response_seconds))

    return [(evt.EVT_CONN_OPEN, opens), (evt.EVT_PDU_SENT, _acknowledge_at_once)]


def _close(opened: Sequence[socket.socket]) -> None:
    """Close what pynetdicom drops open: a socket whose shutdown failed, because the peer was gone."""
    for line in opened:
        line.close()


def _entity(peer: Peer, calling_ae_title: str, timeouts: Timeouts) -> AE:
    for title in (calling_ae_title, peer.ae_title):
        if not title.strip() or len(title) > 16 or not title.isascii() or not title.isprintable() or "\\" in title:
            raise SendError(f"{title!r} is no AE title: 1 to 16 ASCII characters, no backslash.", permanent=True)
    entity = AE(ae_title=calling_ae_title)
    entity.connection_timeout = timeouts.connect_seconds
    entity.acse_timeout = timeouts.association_seconds
    entity.dimse_timeout = timeouts.response_seconds
    entity.network_timeout = max(timeouts.response_seconds, timeouts.association_seconds) * 2
    return entity


def _keep_responses(association: Association) -> None:
    """Keep the association's own thread from taking a response away from the request that waits for it.

    pynetdicom pauses that thread during a request, but believes it paused an instant too early: on a busy machine
    it then took a response and dropped it as "unexpected", a row of a C-FIND for example.
    """
    take = association.dimse.get_msg

    def take_unless_paused(block: bool = False) -> tuple[Any, Any]:
        if not block and not association._reactor_checkpoint.is_set():
            return None, None
        return take(block)

    association.dimse.get_msg = take_unless_paused  # type: ignore[method-assign]


def _why_not(association: Association, peer: Peer, connected: bool, context: ClientContext | None) -> SendError:
    answer = association.acceptor.primitive
    reason = None if context is None else context.why_not()
    if answer is None and reason is not None:
        return SendError(f"{peer} {reason}", permanent=False)
    if not connected:
        return SendError(f"{peer} cannot be reached.", permanent=False)
    if answer is None:
        return SendError(f"{peer} did not answer the association request, or aborted.", permanent=False)
    if association.is_rejected:
        congested = answer.result_source == _SERVICE_PROVIDER_PRESENTATION and answer.diagnostic in _CONGESTION
        permanent = answer.result != _REJECTED_TRANSIENT and not congested
        return SendError(f"{peer} rejects the association: {answer.reason_str}.", permanent=permanent)
    return Declined(f"{peer} accepts none of the presentation contexts.")


def _acknowledge_at_once(event: evt.Event) -> None:
    # Linux leaves this mode by itself, so it is asked for after each PDU, before the answer comes
    if hasattr(socket, "TCP_QUICKACK"):
        _set_option(event, socket.TCP_QUICKACK)


def _set_option(event: evt.Event, option: int) -> None:
    transport = event.assoc.dul.socket
    if transport is not None and transport.socket is not None:
        with contextlib.suppress(OSError):
            transport.socket.setsockopt(socket.IPPROTO_TCP, option, 1)
