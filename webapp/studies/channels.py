"""The ways to send beside C-STORE: one delivery out, and the receiver's own word on it back."""

from collections.abc import Callable

from django.conf import settings

from dicom_node import qido, stow
from dicom_node.dicomweb import Origin
from dicom_node.errors import SendError
from webapp.studies import fhir, findings, hl7
from webapp.studies.channel_outcome import ChannelOutcome
from webapp.studies.errors import StageError
from webapp.studies.models import Delivery, Destination


def deliver(delivery: Delivery) -> ChannelOutcome:
    """Send one delivery by the protocol of its destination. A failure is an outcome, never an exception."""
    try:
        return _WAYS[delivery.destination.protocol](delivery)
    except SendError as error:
        return ChannelOutcome(False, error.permanent, "", str(error))
    except StageError as error:
        return ChannelOutcome(False, True, "", error.reason)


def read_back(delivery: Delivery) -> bool:
    """Ask a DICOMweb destination by QIDO-RS whether it holds the object of a delivery.

    Raises
    ------
    SendError
        If it cannot be asked.
    """
    report = delivery.report
    study_instance_uid = report.round.study.study_instance_uid
    held = qido.find_object(_origin(delivery.destination), study_instance_uid, report.sop_instance_uid)
    return held is not None and held.sop_class_uid in {"", report.sop_class_uid}


def _origin(destination: Destination) -> Origin:
    is_fhir = destination.protocol == Destination.Protocol.FHIR
    token = settings.NODE_FHIR_TOKEN if is_fhir else settings.NODE_STOW_TOKEN
    return Origin(destination.url, bearer_token=token, ca_file=settings.NODE_WEB_CA_FILE)


def _by_stow(delivery: Delivery) -> ChannelOutcome:
    path = settings.NODE_ARCHIVE_DIR / delivery.report.path
    (outcome,) = stow.store([path], _origin(delivery.destination))
    status = "" if outcome.status is None else f"{outcome.status:04X}"
    if not outcome.stored:
        return ChannelOutcome(False, outcome.permanent, status, outcome.message)
    try:
        seen = "Read back by QIDO-RS." if read_back(delivery) else "Not seen by QIDO-RS yet."
    except SendError as error:
        # the origin has answered for the object; that it cannot be searched takes nothing from it
        seen = f"Not read back: {error}"
    return ChannelOutcome(True, False, status, f"{outcome.message} {seen}".strip())


def _by_fhir(delivery: Delivery) -> ChannelOutcome:
    found = findings.gather(delivery.report.round)
    return fhir.send(found, _origin(delivery.destination), settings.NODE_IDENTIFIER_SYSTEM)


def _by_hl7(delivery: Delivery) -> ChannelOutcome:
    found = findings.gather(delivery.report.round)
    row = delivery.destination
    return hl7.send(found, hl7.Listener(row.ae_title, row.host, row.port), settings.NODE_AE_TITLE)


_WAYS: dict[str, Callable[[Delivery], ChannelOutcome]] = {
    Destination.Protocol.STOW: _by_stow,
    Destination.Protocol.FHIR: _by_fhir,
    Destination.Protocol.HL7: _by_hl7,
}
