"""Who a report is and who made it: UIDs derived from content, and the model as a device.

A repeated step must produce the same object, not a second one, so nothing here is random: the same study,
round, model, operating point and kind of report give the same UIDs on every machine, and a new round, a new
model or a new operating point gives new ones.

References
----------
DICOM PS3.5 B.2 (UUID derived UID, root 2.25); RFC 9562 5.8 (UUID version 8); PS3.3 C.12.1 (Contributing
Equipment Sequence), C.7.5.1 (General Equipment).
"""

import hashlib
import json
import uuid
from datetime import datetime
from enum import Enum

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from dicom_node.sr import codes
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import Algorithm, ReportContent

_NAMESPACE = "mammonode.report.v1"


class ReportKind(Enum):
    """The kinds of report one round can leave behind."""

    MEASUREMENT = "measurement"
    MAMMOGRAPHY_CAD = "mammography-cad"


def derive_uid(*parts: str) -> UID:
    """Derive a UID from text parts: same parts in the same order, same UID.

    Parameters
    ----------
    *parts : str
        Whatever identifies the thing. ``("ab", "c")`` and ``("a", "bc")`` differ.

    Returns
    -------
    UID
        Below root 2.25, at most 44 characters: the SHA-256 of the parts, cut to a version 8 UUID.
    """
    digest = hashlib.sha256(json.dumps([_NAMESPACE, *parts]).encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76  # version 8
    number = number & ~(0x3 << 62) | 0x2 << 62  # variant of RFC 9562
    return UID(f"2.25.{uuid.UUID(int=number).int}")


IMPLEMENTATION_CLASS_UID = derive_uid("implementation")
IMPLEMENTATION_VERSION_NAME = "MAMMONODE_SR_1"


def report_instance_uid(content: ReportContent, kind: ReportKind) -> UID:
    """Return the SOP Instance UID of the report of one kind about `content`.

    It depends on study, round, model and operating point, not on the scores: should a repeated analysis
    differ in its last digits, it is still the same report, and the one stored first stays in force.
    """
    point = content.operating_point
    return derive_uid(
        "instance",
        kind.value,
        content.study_instance_uid,
        str(content.round_number),
        content.algorithm.sha256,
        point.name,
        repr(point.threshold),
    )


def report_series_uid(study_instance_uid: str, algorithm: Algorithm, kind: ReportKind) -> UID:
    """Return the Series Instance UID of all reports of one kind by one model about one study.

    The rounds of one model share a series. Another model is other equipment, hence another series (PS3.3 A.1.2.3).
    """
    return derive_uid("series", kind.value, study_instance_uid, algorithm.sha256)


def device_uid(algorithm: Algorithm) -> UID:
    """Return the UID of the model as a device: one model file, one device."""
    return derive_uid("device", algorithm.sha256)


def tracking_uid(study_instance_uid: str, *scope: str) -> UID:
    """Return the Tracking Unique Identifier of what a group of results is about.

    It does not depend on round or model, so the same image, breast or study can be followed through all
    reports about it.

    Parameters
    ----------
    study_instance_uid : str
    *scope : str
        ``("image", sop_instance_uid)``, ``("breast", "L")``, ``("study",)``, ``("finding", identifier)`` or
        ``("composite", name)``.
    """
    return derive_uid("tracking", study_instance_uid, *scope)


def contributing_equipment(algorithm: Algorithm, created_at: datetime) -> Dataset:
    """Describe the model as an item of the Contributing Equipment Sequence (0018,A001).

    Parameters
    ----------
    algorithm : Algorithm
    created_at : datetime
        Aware; becomes Contribution DateTime with its offset from UTC.
    """
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = Sequence([code_item(codes.PROCESSING_EQUIPMENT)])
    item.Manufacturer = algorithm.manufacturer
    item.ManufacturerModelName = algorithm.name
    item.DeviceSerialNumber = algorithm.sha256
    item.SoftwareVersions = algorithm.version
    item.ContributionDateTime = created_at.strftime("%Y%m%d%H%M%S.%f%z")
    if algorithm.udi is not None:
        udi = Dataset()
        udi.UniqueDeviceIdentifier = algorithm.udi
        item.UDISequence = Sequence([udi])
    item.ContributionDescription = "Computed this report. The serial number is the model file's SHA-256."
    return item


def stated_udi(report: Dataset) -> str | None:
    """Return the model's Unique Device Identifier where `contributing_equipment` wrote one."""
    stated = report.ContributingEquipmentSequence[0].get("UDISequence") or []
    return str(stated[0].UniqueDeviceIdentifier) if stated else None


def code_item(concept: Concept) -> Dataset:
    """Return a concept as an item of a code sequence."""
    item = Dataset()
    item.CodeValue = concept.value
    item.CodingSchemeDesignator = concept.scheme
    item.CodeMeaning = concept.meaning
    return item
