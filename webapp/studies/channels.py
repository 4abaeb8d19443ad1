"""The ways to send beside C-STORE: one delivery out, and the receiver's own word on it back."""

from pathlib import Path

from django.conf import settings

from dicom_node import qido, stow
from dicom_node.dicomweb import Origin
from dicom_node.scu import StoreOutcome
from webapp.studies import fhir, findings, hl7
from webapp.studies.channel_outcome import ChannelOutcome
from webapp.studies.errors import StageError
from webapp.studies.models import Delivery, Destination


def send_by_stow(delivery: Delivery, path: Path) -> StoreOutcome:
    """Send one object by STOW-RS, as the bytes it has.

    Raises
    ------
    SendError
        If there is no answer that speaks of the object.
    """
    return stow.store([path], _origin(delivery.destination))[0]


def is_held(delivery: Delivery) -> bool:
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


def send_by_fhir(delivery: Delivery, path: Path) -> ChannelOutcome:
    """Send what the delivery's round found as a FHIR transaction; the object itself stays here."""
    try:
        found = findings.gather(delivery.report.round)
    except StageError as error:
        return ChannelOutcome(False, True, "", error.reason)
    return fhir.send(found, _origin(delivery.destination), settings.NODE_IDENTIFIER_SYSTEM)


def send_by_hl7(delivery: Delivery, path: Path) -> ChannelOutcome:
    """Send what the delivery's round found as an ORU^R01; the object itself stays here."""
    try:
        found = findings.gather(delivery.report.round)
    except StageError as error:
        return ChannelOutcome(False, True, "", error.reason)
    row = delivery.destination
    return hl7.send(found, hl7.Listener(row.ae_title, row.host, row.port), settings.NODE_AE_TITLE)


def _origin(destination: Destination) -> Origin:
    is_fhir = destination.protocol == Destination.Protocol.FHIR
    token = settings.NODE_FHIR_TOKEN if is_fhir else settings.NODE_STOW_TOKEN
    return Origin(destination.url, bearer_token=token, ca_file=settings.NODE_WEB_CA_FILE)
