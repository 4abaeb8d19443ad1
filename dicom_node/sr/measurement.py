"""Content -> Comprehensive 3D SR holding a measurement report (TID 1500).

References
----------
DICOM PS3.3 A.35.13 (Comprehensive 3D SR IOD), C.17.1 to C.17.3; PS3.16 TID 1500 and the templates below it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from io import BytesIO

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import (
    CodeContentItem,
    Comprehensive3DSR,
    ContainerContentItem,
    ContentSequence,
    DeviceObserverIdentifyingAttributes,
    LanguageOfContentItemAndDescendants,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
    RelationshipTypeValues,
    TextContentItem,
)
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.codedict import codes as dicom_codes
from pydicom.uid import Comprehensive3DSRStorage, ExplicitVRLittleEndian

from dicom_node.contexts import IMAGE_SOP_CLASSES
from dicom_node.errors import ReportError
from dicom_node.sr import codes, identity
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import ReportContent
from dicom_node.sr.groups import measurement_groups
from dicom_node.sr.headers import patient_key, referenced_requests, study_attributes, timezone_offset
from dicom_node.sr.identity import ReportKind
from dicom_node.sr.library import LibraryImage, coded, image_library

RESEARCH_USE_ONLY = "Research use only. Not for diagnosis."
SERIES_DESCRIPTION = "AI measurements, research use only"
SERIES_NUMBER = 9901
_UTF_8 = "ISO_IR 192"
_KIND = ReportKind.MEASUREMENT


def build_measurement_report(content: ReportContent, evidence: Sequence[Dataset]) -> Dataset:
    """Build the measurement report of one round of a study.

    Parameters
    ----------
    content : ReportContent
        What the report says.
    evidence : sequence of Dataset
        The headers of all images of the study, in any order and any character set: those `content` has
        results for, and those it gives a reason for. Patient, study and request are repeated from them.

    Returns
    -------
    Dataset
        Comprehensive 3D SR with file meta information, explicit VR little endian, UTF-8. The same content
        and evidence give the same bytes.

    Raises
    ------
    ReportError
        If an image of `content` is not in `evidence` or the other way round, if the evidence belongs to
        another study or to several patients, or is no image.
    """
    headers = _match(content, evidence)
    root = _tree(content, headers)[0]
    children, root.ContentSequence = root.ContentSequence, ContentSequence()
    report = Comprehensive3DSR(
        evidence=[_reference(header) for header in headers.values()],
        content=root,
        series_instance_uid=identity.report_series_uid(content.study_instance_uid, content.algorithm, _KIND),
        series_number=SERIES_NUMBER,
        sop_instance_uid=identity.report_instance_uid(content, _KIND),
        instance_number=content.round_number,
        is_complete=True,
        manufacturer=content.algorithm.manufacturer,
        requested_procedures=referenced_requests(headers.values()) or None,
        previous_versions=_predecessors(content),
        coding_schemes=_coding_schemes(content),
        specific_character_set=_UTF_8,
        content_qualification="RESEARCH",
    )
    # added now, because highdicom copies a given tree three times, which takes longer than all the rest
    report.ContentSequence = children
    first = next(iter(headers.values()))
    report.update(study_attributes(first))
    _identify_maker(report, content)
    _set_times(report, content.created_at, timezone_offset(first))
    return report


def to_part10(report: Dataset) -> bytes:
    """Return a report as the bytes of a DICOM file (PS3.10)."""
    with BytesIO() as file:
        dcmwrite(file, report, enforce_file_format=True)
        return file.getvalue()


def _match(content: ReportContent, evidence: Sequence[Dataset]) -> dict[str, Dataset]:
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


def _reference(header: Dataset) -> Dataset:
    """Return what an image is named by, with an empty patient: the true one is set after highdicom is done.

    highdicom logs a name it finds odd, and stops at values that break their representation.
    """
    reference = Dataset()
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID"):
        setattr(reference, keyword, header[keyword].value)
    for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
        setattr(reference, keyword, "")
    reference.StudyDate = reference.StudyTime = reference.ReferringPhysicianName = ""
    return reference


def _tree(content: ReportContent, headers: dict[str, Dataset]) -> MeasurementReport:
    tree = MeasurementReport(
        observation_context=ObservationContext(_observer(content)),
        procedure_reported=coded(codes.IMAGING_PROCEDURE),
        imaging_measurements=measurement_groups(content, headers),
        title=coded(codes.IMAGING_MEASUREMENT_REPORT),
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(coded(codes.ENGLISH)),
    )
    children = tree[0].ContentSequence
    library = image_library(
        [LibraryImage(headers[image.sop_instance_uid], image.laterality, image.view) for image in content.all_images]
    )
    children.insert(len(children) - 1, library)  # TID 1500 row 5, before Imaging Measurements
    children.append(_evaluations(content))
    return tree


def _observer(content: ReportContent) -> ObserverContext:
    algorithm = content.algorithm
    return ObserverContext(
        observer_type=dicom_codes.DCM.Device,
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=identity.device_uid(algorithm),
            name=algorithm.name,
            manufacturer_name=algorithm.manufacturer,
            model_name=algorithm.name,
            serial_number=algorithm.sha256,
        ),
    )


def _evaluations(content: ReportContent) -> ContainerContentItem:
    """Say of the whole: for research, and how much of the study was analysed (TID 1500 rows 12 to 14)."""
    container = ContainerContentItem(
        coded(codes.QUALITATIVE_EVALUATIONS), relationship_type=RelationshipTypeValues.CONTAINS
    )
    contains = RelationshipTypeValues.CONTAINS
    container.ContentSequence = ContentSequence(
        [
            CodeContentItem(coded(codes.SUMMARY_OF_ANALYSES), coded(_status(content)), contains),
            TextContentItem(coded(codes.COMMENT), RESEARCH_USE_ONLY, contains),
        ]
    )
    missing, total = len(content.not_analysed), len(content.all_images)
    if missing:
        sentence = f"{missing} of {total} images were not analysed. That is no statement about them."
        container.ContentSequence.append(TextContentItem(coded(codes.COMMENT), sentence, contains))
    return container


def _status(content: ReportContent) -> Concept:
    if not content.not_analysed:
        return codes.SUCCEEDED
    if content.images:
        return codes.PARTIALLY_SUCCEEDED
    return codes.FAILED if any(image.attempted for image in content.not_analysed) else codes.NOT_ATTEMPTED


def _predecessors(content: ReportContent) -> list[Dataset] | None:
    predecessor = content.predecessor
    if predecessor is None:
        return None
    if predecessor.sop_instance_uid == identity.report_instance_uid(content, _KIND):
        raise ReportError(f"Report {predecessor.sop_instance_uid} cannot be its own predecessor.")
    reference = Dataset()
    reference.StudyInstanceUID = predecessor.study_instance_uid
    reference.SeriesInstanceUID = predecessor.series_instance_uid
    reference.SOPClassUID = predecessor.sop_class_uid
    reference.SOPInstanceUID = predecessor.sop_instance_uid
    return [reference]


def _coding_schemes(content: ReportContent) -> list[CodingSchemeIdentificationItem]:
    """Identify the private coding schemes in use (PS3.3 C.12.1.1.3)."""
    names = {codes.PRIVATE_SCHEME: codes.PRIVATE_SCHEME_NAME}
    used = {image.reason.scheme for image in content.not_analysed if image.reason.scheme.startswith("99")}
    return [
        CodingSchemeIdentificationItem(scheme, name=names.get(scheme, scheme))
        for scheme in sorted({codes.PRIVATE_SCHEME} | used)
    ]


def _identify_maker(report: Dataset, content: ReportContent) -> None:
    algorithm = content.algorithm
    report.ManufacturerModelName = algorithm.name
    report.SoftwareVersions = algorithm.version
    report.DeviceSerialNumber = algorithm.sha256
    report.DeviceUID = identity.device_uid(algorithm)
    report.SeriesDescription = SERIES_DESCRIPTION
    report.ContributingEquipmentSequence = DicomSequence(
        [identity.contributing_equipment(algorithm, content.created_at)]
    )
    report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report.file_meta.MediaStorageSOPClassUID = Comprehensive3DSRStorage
    report.file_meta.ImplementationClassUID = identity.IMPLEMENTATION_CLASS_UID
    report.file_meta.ImplementationVersionName = identity.IMPLEMENTATION_VERSION_NAME


def _set_times(report: Dataset, created_at: datetime, offset: str | None) -> None:
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
