"""A peer on a free loopback port that answers as it is told."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from pydicom.uid import Comprehensive3DSRStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt

from dicom_node.contexts import VERIFICATION_SOP_CLASS
from dicom_node.requestor import Peer
from tests.journey.ports import LOOPBACK

AE_TITLE = "PEER"


@contextlib.contextmanager
def listening(
    answer: Callable[[evt.Event], int] = lambda event: 0x0000,
    *,
    sop_classes: Sequence[str] = (Comprehensive3DSRStorage, VERIFICATION_SOP_CLASS),
    transfer_syntaxes: Sequence[str] = (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
    require_calling: str | None = None,
    on_request: Callable[[evt.Event], None] | None = None,
) -> Iterator[Peer]:
    """Run a peer that answers each C-STORE and C-ECHO with the status `answer` returns.

    It rejects other called AE titles than its own and, where `require_calling` is given, other callers.
    `on_request` may meddle with an association before it is answered.
    """
    entity = AE(ae_title=AE_TITLE)
    entity.require_called_aet = True
    entity.require_calling_aet = [require_calling] if require_calling else []
    for sop_class in sop_classes:
        entity.add_supported_context(sop_class, list(transfer_syntaxes))
    handlers: list[evt.EventHandlerType] = [(evt.EVT_C_STORE, answer), (evt.EVT_C_ECHO, answer)]
    if on_request is not None:
        handlers.append((evt.EVT_REQUESTED, on_request))
    server = entity.start_server((LOOPBACK, 0), block=False, evt_handlers=handlers)
    assert server is not None
    try:
        yield Peer(AE_TITLE, LOOPBACK, server.server_address[1])
    finally:
        server.shutdown()
