"""A small storage SCP on one address that takes Structured Reports and remembers their UIDs: the canary's PACS.

References
----------
PS3.4 Annex B (Storage)
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from pynetdicom import AE, evt

# Enhanced SR, Comprehensive SR, Mammography CAD SR, Comprehensive 3D SR, Secondary Capture, presentation states
_TAKEN = (
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.88.50",
    "1.2.840.10008.5.1.4.1.1.88.34",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.11.1",
)


class ReportReceiver:
    """What came so far; made by `receive_reports`.

    Attributes
    ----------
    port : int
        Where it listens.
    """

    def __init__(self) -> None:
        self.port = 0
        self._uids: set[str] = set()
        self._lock = threading.Lock()

    def has(self, sop_instance_uid: str) -> bool:
        """Tell whether this object came.

        Parameters
        ----------
        sop_instance_uid : str

        Returns
        -------
        bool
        """
        with self._lock:
            return sop_instance_uid in self._uids

    def _store(self, event: Any) -> int:
        with self._lock:
            self._uids.add(str(event.request.AffectedSOPInstanceUID))
        return 0x0000


@contextlib.contextmanager
def receive_reports(ae_title: str, host: str, port: int = 0) -> Iterator[ReportReceiver]:
    """Listen while the body runs. Objects are acknowledged and forgotten, their UIDs remembered.

    Parameters
    ----------
    ae_title : str
        Called AE title it answers to.
    host : str
        Address to listen on.
    port : int
        0 for a free one.

    Raises
    ------
    OSError
        If the port cannot be had.
    """
    receiver = ReportReceiver()
    entity = AE(ae_title=ae_title)
    entity.require_called_aet = True
    for sop_class_uid in _TAKEN:
        entity.add_supported_context(sop_class_uid)
    server: Any = entity.start_server((host, port), block=False, evt_handlers=[(evt.EVT_C_STORE, receiver._store)])
    receiver.port = int(server.server_address[1])
    try:
        yield receiver
    finally:
        server.shutdown()
