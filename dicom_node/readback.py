"""Does the peer hold what was sent? Asked by C-FIND, at the level of single objects.

References
----------
DICOM PS3.4 Annex C (Query/Retrieve), C.6.2.1 (Study Root).
"""

from pydicom.dataset import Dataset
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind  # type: ignore[attr-defined]

from dicom_node.contexts import query_contexts
from dicom_node.errors import SendError
from dicom_node.requestor import Peer, Timeouts, associate

_PENDING = frozenset({0xFF00, 0xFF01})


def holds(
    peer: Peer,
    calling_ae_title: str,
    study_instance_uid: str,
    series_instance_uid: str,
    sop_instance_uid: str,
    timeouts: Timeouts | None = None,
) -> bool:
    """Ask a peer whether it holds an object.

    Parameters
    ----------
    peer : Peer
    calling_ae_title : str
        This node's, at most 16 characters.
    study_instance_uid, series_instance_uid, sop_instance_uid : str
        Of the object.
    timeouts : Timeouts, optional

    Returns
    -------
    bool
        True only where an answer names the object itself.

    Raises
    ------
    SendError
        If there is no association, or the query ends otherwise than with success.
    """
    query = Dataset()
    query.QueryRetrieveLevel = "IMAGE"
    query.StudyInstanceUID = study_instance_uid
    query.SeriesInstanceUID = series_instance_uid
    query.SOPInstanceUID = sop_instance_uid
    found = False
    status: int | None = None
    with associate(peer, calling_ae_title, query_contexts(), timeouts or Timeouts()) as association:
        try:
            for answer, identifier in association.send_c_find(query, StudyRootQueryRetrieveInformationModelFind):
                status = getattr(answer, "Status", None)
                if status in _PENDING and identifier is not None:
                    found = found or identifier.get("SOPInstanceUID") == sop_instance_uid
        except RuntimeError:  # pynetdicom's word for: the association is gone
            status = None
    if status != 0x0000:
        answered = "did not answer" if status is None else f"answered {status:04X}"
        raise SendError(f"{peer} {answered} to the query for {sop_instance_uid}.", permanent=False)
    return found
