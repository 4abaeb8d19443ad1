"""What every report of this node shares, whatever its template: images, maker, predecessor, times, file.

References
----------
DICOM PS3.3 C.17.2 (SR Document General), C.7.5.1 (General Equipment), C.12.1 (SOP Common); PS3.10 7.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from io import BytesIO

from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import ExplicitVRLittleEndian

from dicom_node.contexts import IMAGE_SOP_CLASSES
from dicom_node.errors import ReportError
from dicom_node.sr import codes, identity
from dicom_node.sr.content import Predecessor, ReportContent
from dicom_node.sr.headers import patient_key
from dicom_node.sr.identity import ReportKind

RESEARCH_USE_ONLY = "Research use only. Not for diagnosis."
UTF_8 = "ISO_IR 192"


def to_part10(report: Dataset) -> bytes:
    """Return a report as the bytes of a DICOM file (PS3.10)."""
    with BytesIO() as file:
        dcmwrite(file, report, enforce_file_format=True)
        return file.getvalue()


def match_headers(content: ReportContent, evidence: Sequence[Dataset]) -> dict[str, Dataset]:
    """Return the headers by SOP Instance UID, in reading order, when they are exactly the images of `content`."""
    given = {str(header.SOPInstanceUID): header for header in evidence}
    images = content.all_images
    for image in images:
        if image.sop_instance_uid not in given:
            raise ReportError(f"Image {image.sop_instance_uid} of the report is not among the images of the study.")
    headers = {image.sop_instance_uid: given.pop(image.sop_instance_uid) for image in images}
    for uid in given:
        raise ReportError(f"Image {uid} is neither analysed nor listed as not analysed.")
    patients = set()
    for uid, header in headers.items():
        if header.StudyInstanceUID != content.study_instance_uid:
            raise ReportError(f"Image {uid} does not belong to study {content.study_instance_uid}.")
        if header.SOPClassUID not in IMAGE_SOP_CLASSES:
            raise ReportError(f"Object {uid} is no image of a kind this node accepts.")
        patients.add(patient_key(header)[0])
    if len(patients - {""}) > 1:
        raise ReportError(f"The images of study {content.study_instance_uid} name more than one Patient ID.")
    return headers


def check_findings(content: ReportContent, headers: Mapping[str, Dataset]) -> None:
    """Raise ReportError if a finding lies outside its image, where the header states the image's size."""
    for finding in content.findings:
        header = headers[finding.sop_instance_uid]
        rows, columns = header.get("Rows"), header.get("Columns")
        if isinstance(rows, int) and isinstance(columns, int) and rows > 0 and columns > 0:
            finding.check_inside(rows, columns)


def checked_predecessor(content: ReportContent, kind: ReportKind) -> Predecessor | None:
    """Return the report that the one of this kind about `content` replaces; raise ReportError if it is itself."""
    predecessor = content.predecessor
    if predecessor is not None and predecessor.sop_instance_uid == identity.report_instance_uid(content, kind):
        raise ReportError(f"Report {predecessor.sop_instance_uid} cannot be its own predecessor.")
    return predecessor


def private_schemes(content: ReportContent) -> dict[str, str]:
    """Return designator and name of the private coding schemes in use (PS3.3 C.12.1.1.3)."""
    used = {image.reason.scheme for image in content.not_analysed if image.reason.scheme.startswith("99")}
    names = {scheme: scheme for scheme in used} | {codes.PRIVATE_SCHEME: codes.PRIVATE_SCHEME_NAME}
    return dict(sorted(names.items()))


def identify_maker(report: Dataset, content: ReportContent) -> None:
    """Write the model as the equipment that made the report, and complete the file meta information."""
    algorithm = content.algorithm
    report.Manufacturer = algorithm.manufacturer
    report.ManufacturerModelName = algorithm.name
    report.SoftwareVersions = algorithm.version
    report.DeviceSerialNumber = algorithm.sha256
    report.DeviceUID = identity.device_uid(algorithm)
    report.ContributingEquipmentSequence = DicomSequence(
        [identity.contributing_equipment(algorithm, content.created_at)]
    )
    report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report.file_meta.MediaStorageSOPClassUID = report.SOPClassUID
    report.file_meta.MediaStorageSOPInstanceUID = report.SOPInstanceUID
    report.file_meta.ImplementationClassUID = identity.IMPLEMENTATION_CLASS_UID
    report.file_meta.ImplementationVersionName = identity.IMPLEMENTATION_VERSION_NAME


def set_times(report: Dataset, created_at: datetime, offset: str | None) -> None:
    """Date the report in the images' time zone where they state one, else in that of `created_at`.

    Timezone Offset From UTC would also re-date the study's own date and time, which are copied from an image;
    so it is written only where the image has it.
    """
    if offset is not None:
        sign = -1 if offset.startswith("-") else 1
        zone = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5])))
        created_at = created_at.astimezone(zone)
        report.TimezoneOffsetFromUTC = offset
    report.ContentDate = report.InstanceCreationDate = created_at.strftime("%Y%m%d")
    report.ContentTime = report.InstanceCreationTime = created_at.strftime("%H%M%S.%f")


def read_created_at(report: Dataset) -> datetime:
    """Return the time that `identify_maker` wrote, with its own offset from UTC."""
    stated = str(report.ContributingEquipmentSequence[0].ContributionDateTime)
    return datetime.strptime(stated, "%Y%m%d%H%M%S.%f%z")


def read_predecessor(report: Dataset) -> Predecessor | None:
    """Return the report that this one says it replaces."""
    if "PredecessorDocumentsSequence" not in report:
        return None
    study = report.PredecessorDocumentsSequence[0]
    series = study.ReferencedSeriesSequence[0]
    document = series.ReferencedSOPSequence[0]
    return Predecessor(
        study_instance_uid=str(study.StudyInstanceUID),
        series_instance_uid=str(series.SeriesInstanceUID),
        sop_class_uid=str(document.ReferencedSOPClassUID),
        sop_instance_uid=str(document.ReferencedSOPInstanceUID),
    )
