"""Content -> Mammography CAD SR (TID 4000).

The tree is built by this project's own code on pydicom; `cad_library`, `cad_impression`, `cad_findings` and
`cad_summaries` hold its four parts, `cad_reading` the way back.

References
----------
DICOM PS3.3 A.35.5 (Mammography CAD SR IOD), C.17.1 to C.17.3; PS3.16 TID 4000 and the templates below it;
PS3.17 Annex E.
"""

from collections.abc import Mapping, Sequence

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import MammographyCADSRStorage

from dicom_node.sr import codes, identity, items
from dicom_node.sr.cad_findings import individual_impressions
from dicom_node.sr.cad_impression import impression_body
from dicom_node.sr.cad_library import cad_image_library
from dicom_node.sr.cad_summaries import summaries
from dicom_node.sr.content import Predecessor, ReportContent
from dicom_node.sr.document import (
    UTF_8,
    check_findings,
    checked_predecessor,
    identify_maker,
    match_headers,
    private_schemes,
    set_times,
)
from dicom_node.sr.headers import referenced_requests, study_attributes, timezone_offset
from dicom_node.sr.identity import ReportKind
from dicom_node.sr.items import CONTAINS, HAS_CONCEPT_MOD
from dicom_node.sr.outcome import summarise

SERIES_DESCRIPTION = "AI CAD, research use only"
SERIES_NUMBER = 9902
_KIND = ReportKind.MAMMOGRAPHY_CAD


def build_cad_report(content: ReportContent, headers: Sequence[Dataset]) -> Dataset:
    """Build the Mammography CAD SR of one round of a study.

    Parameters
    ----------
    content : ReportContent
        What the report says.
    headers : sequence of Dataset
        The headers of all images of the study, in any order and any character set: those `content` has
        results for, and those it gives a reason for. Patient, study and request are repeated from them.

    Returns
    -------
    Dataset
        Mammography CAD SR with file meta information, explicit VR little endian, UTF-8. The same content and
        headers give the same bytes.

    Raises
    ------
    ReportError
        If an image of `content` is not in `headers` or the other way round, if the headers belong to another
        study or to several patients, if one is no image, or if a finding lies outside its image.
    """
    matched = match_headers(content, headers)
    check_findings(content, matched)
    first = next(iter(matched.values()))
    report = Dataset()
    report.file_meta = FileMetaDataset()
    report.update(study_attributes(first))
    _describe_document(report, content, matched)
    report.update(_root(content, matched, report))
    identify_maker(report, content)
    set_times(report, content.created_at, timezone_offset(first))
    return report


def judgement(content: ReportContent) -> list[Dataset]:
    """Return what follows the image library: findings summary, summaries of detections and analyses.

    `content` alone decides it, so a reader can write it again and compare.
    """
    overall = items.code(
        CONTAINS,
        codes.FINDINGS_SUMMARY,
        summarise(content).overall,
        [*impression_body(content), *individual_impressions(content)],
    )
    return [overall, *summaries(content)]


def _root(content: ReportContent, headers: Mapping[str, Dataset], study: Dataset) -> Dataset:
    country = items.code(HAS_CONCEPT_MOD, codes.COUNTRY_OF_LANGUAGE, codes.UNITED_STATES)
    language = items.code(HAS_CONCEPT_MOD, codes.LANGUAGE_OF_CONTENT, codes.ENGLISH, [country])
    # the library stays second: `cad_library.LIBRARY_PLACE` and every reference into it rest on that
    children = [language, cad_image_library(content, headers, study), *judgement(content)]
    root = items.container(None, codes.MAMMOGRAPHY_CAD_REPORT, children)
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "4000"
    root.ContentTemplateSequence = DicomSequence([template])
    return root


def _describe_document(report: Dataset, content: ReportContent, headers: Mapping[str, Dataset]) -> None:
    report.SpecificCharacterSet = UTF_8
    report.SOPClassUID = MammographyCADSRStorage
    report.SOPInstanceUID = identity.report_instance_uid(content, _KIND)
    report.StudyInstanceUID = content.study_instance_uid
    report.SeriesInstanceUID = identity.report_series_uid(content.study_instance_uid, content.algorithm, _KIND)
    report.Modality, report.SeriesNumber, report.SeriesDescription = "SR", SERIES_NUMBER, SERIES_DESCRIPTION
    report.InstanceNumber = content.round_number
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.ContentQualification = "RESEARCH"
    report.ReferencedPerformedProcedureStepSequence = DicomSequence()
    report.PerformedProcedureCodeSequence = DicomSequence()
    requests = referenced_requests(headers.values())
    if requests:
        report.ReferencedRequestSequence = DicomSequence(requests)
    predecessor = checked_predecessor(content, _KIND)
    if predecessor is not None:
        report.PredecessorDocumentsSequence = DicomSequence([_document(predecessor)])
    report.CurrentRequestedProcedureEvidenceSequence = DicomSequence([_evidence(content, headers)])
    report.CodingSchemeIdentificationSequence = DicomSequence(
        [_scheme(scheme, name) for scheme, name in private_schemes(content).items()]
    )


def _evidence(content: ReportContent, headers: Mapping[str, Dataset]) -> Dataset:
    """Return the study with its images, grouped by series."""
    by_series: dict[str, list[Dataset]] = {}
    for header in headers.values():
        instance = _instance(str(header.SOPClassUID), str(header.SOPInstanceUID))
        by_series.setdefault(str(header.SeriesInstanceUID), []).append(instance)
    return _study(content.study_instance_uid, by_series)


def _document(predecessor: Predecessor) -> Dataset:
    instance = _instance(predecessor.sop_class_uid, predecessor.sop_instance_uid)
    return _study(predecessor.study_instance_uid, {predecessor.series_instance_uid: [instance]})


def _study(study_instance_uid: str, by_series: Mapping[str, Sequence[Dataset]]) -> Dataset:
    series = []
    for uid, instances in by_series.items():
        item = Dataset()
        item.SeriesInstanceUID = uid
        item.ReferencedSOPSequence = DicomSequence(instances)
        series.append(item)
    study = Dataset()
    study.StudyInstanceUID = study_instance_uid
    study.ReferencedSeriesSequence = DicomSequence(series)
    return study


def _instance(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
    return reference


def _scheme(designator: str, name: str) -> Dataset:
    scheme = Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeName = designator, name
    return scheme
