"""What the objects beside a report share: derived UIDs, the model as equipment, times, file meta information.

Key images, presentation states and the report in PDF say in pictures or on paper what a Structured Report says in
codes. Their UIDs derive from what they are about, never from what was drawn: a repeated step makes the same object.

References
----------
DICOM PS3.3 C.7.5.1 (General Equipment), C.12.1 (SOP Common); PS3.10 7 (file meta information).
"""

from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicom_node.sr import identity
from dicom_node.sr.content import ReportContent
from dicom_node.sr.headers import study_attributes, timezone_offset

_NUMBERS_OF_A_ROUND: Final = 1000
_SERIES_NUMBERS: Final = 9101


class CompanionKind(Enum):
    """The kinds of object that stand beside a report."""

    KEY_IMAGE = "key-image"
    PRESENTATION_STATE = "presentation-state"
    PDF = "encapsulated-pdf"


def companion_instance_uid(content: ReportContent, kind: CompanionKind, source: str) -> UID:
    """Return the SOP Instance UID of one companion of a report.

    Parameters
    ----------
    content
        Study, round, model and operating point count, the scores do not.
    kind
        What it is.
    source
        What tells it from the others of its kind: the image it shows, or its language.
    """
    point = content.operating_point
    return identity.derive_uid(
        *("instance", kind.value, content.study_instance_uid, str(content.round_number), content.algorithm.sha256),
        *(point.name, repr(point.threshold), source),
    )


def identify(ds: Dataset, content: ReportContent, image: Dataset, kind: CompanionKind) -> None:
    """Write patient, study, series, equipment, times and file meta information of a companion.

    Parameters
    ----------
    ds
        With SOP Class and SOP Instance UID.
    image
        Header of an image of the study: patient, study and time zone are repeated from it.
    kind
        All of one kind by one model about one study, on one side (Laterality, where `ds` has it), share a series.
    """
    algorithm = content.algorithm
    scope = (content.study_instance_uid, algorithm.sha256, str(ds.get("Laterality", "")))
    ds.update(study_attributes(image))
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.StudyInstanceUID = content.study_instance_uid
    ds.SeriesInstanceUID = identity.derive_uid("series", kind.value, *scope)
    ds.SeriesNumber = _SERIES_NUMBERS + list(CompanionKind).index(kind)
    ds.Manufacturer, ds.ManufacturerModelName = algorithm.manufacturer, algorithm.name
    ds.SoftwareVersions, ds.DeviceSerialNumber = algorithm.version, algorithm.sha256
    ds.DeviceUID = identity.device_uid(algorithm)
    _set_times(ds, content, image)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = identity.IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = identity.IMPLEMENTATION_VERSION_NAME
    ds.file_meta = meta


def instance_number(content: ReportContent, position: int) -> int:
    """Return a number that differs between the objects of one series: `position` from 1 on, and the round."""
    return (content.round_number - 1) * _NUMBERS_OF_A_ROUND + position


def local_time(content: ReportContent, image: Dataset) -> datetime:
    """Return when the content was made: in the image's time zone where it states one, else in that of the content."""
    offset = timezone_offset(image)
    if offset is None:
        return content.created_at
    sign = -1 if offset.startswith("-") else 1
    return content.created_at.astimezone(timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))))


def _set_times(ds: Dataset, content: ReportContent, image: Dataset) -> None:
    created, offset = local_time(content, image), timezone_offset(image)
    if offset is not None:
        ds.TimezoneOffsetFromUTC = offset
    for prefix in ("Content", "InstanceCreation"):
        setattr(ds, f"{prefix}Date", created.strftime("%Y%m%d"))
        setattr(ds, f"{prefix}Time", created.strftime("%H%M%S"))
    equipment = identity.contributing_equipment(content.algorithm, created)
    # DCMTK's dcmpschk refuses a date and time with fraction and offset
    equipment.ContributionDateTime = created.strftime("%Y%m%d%H%M%S")
    ds.ContributingEquipmentSequence = DicomSequence([equipment])
