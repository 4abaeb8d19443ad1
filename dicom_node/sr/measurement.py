"""Content -> Comprehensive 3D SR holding a measurement report (TID 1500).

References
----------
DICOM PS3.3 A.35.13 (Comprehensive 3D SR IOD), C.17.1 to C.17.3; PS3.16 TID 1500 and the templates below it.
"""

from collections.abc import Sequence

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
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as dicom_codes

from dicom_node.sr import codes, identity
from dicom_node.sr.content import ReportContent
from dicom_node.sr.document import (
    RESEARCH_USE_ONLY,
    UTF_8,
    check_findings,
    checked_predecessor,
    identify_maker,
    match_headers,
    private_schemes,
    set_times,
    to_part10,
)
from dicom_node.sr.groups import measurement_groups
from dicom_node.sr.headers import referenced_requests, study_attributes, timezone_offset
from dicom_node.sr.identity import ReportKind
from dicom_node.sr.library import LibraryImage, coded, image_library
from dicom_node.sr.outcome import result_status
from dicom_node.sr.regions import LONE_PLACE, LOOKED_FOR_PLACES, has_lone_place, region_groups

__all__ = ["RESEARCH_USE_ONLY", "SERIES_DESCRIPTION", "SERIES_NUMBER", "build_measurement_report", "to_part10"]

SERIES_DESCRIPTION = "AI measurements, research use only"
SERIES_NUMBER = 9901
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
    headers = match_headers(content, evidence)
    check_findings(content, headers)
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
        previous_versions=_previous(content),
        coding_schemes=_coding_schemes(content),
        specific_character_set=UTF_8,
        content_qualification="RESEARCH",
    )
    # added now, because highdicom copies a given tree three times, which takes longer than all the rest
    report.ContentSequence = children
    first = next(iter(headers.values()))
    report.update(study_attributes(first))
    report.SeriesDescription = SERIES_DESCRIPTION
    identify_maker(report, content)
    set_times(report, content.created_at, timezone_offset(first))
    return report


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
        imaging_measurements=[*measurement_groups(content, headers), *region_groups(content, headers)],
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
            CodeContentItem(coded(codes.SUMMARY_OF_ANALYSES), coded(result_status(content)), contains),
            TextContentItem(coded(codes.COMMENT), RESEARCH_USE_ONLY, contains),
        ]
    )
    sentences = []
    missing, total = len(content.not_analysed), len(content.all_images)
    if missing:
        sentences.append(f"{missing} of {total} images were not analysed. That is no statement about them.")
    if content.detects:
        sentences.append(LOOKED_FOR_PLACES)
    if has_lone_place(content):
        sentences.append(LONE_PLACE)
    for sentence in sentences:
        container.ContentSequence.append(TextContentItem(coded(codes.COMMENT), sentence, contains))
    return container


def _previous(content: ReportContent) -> list[Dataset] | None:
    predecessor = checked_predecessor(content, _KIND)
    if predecessor is None:
        return None
    reference = Dataset()
    reference.StudyInstanceUID = predecessor.study_instance_uid
    reference.SeriesInstanceUID = predecessor.series_instance_uid
    reference.SOPClassUID = predecessor.sop_class_uid
    reference.SOPInstanceUID = predecessor.sop_instance_uid
    return [reference]


def _coding_schemes(content: ReportContent) -> list[CodingSchemeIdentificationItem]:
    return [CodingSchemeIdentificationItem(scheme, name=name) for scheme, name in private_schemes(content).items()]
