"""A Mammography CAD SR of this node -> content, and the rules that no validator knows.

The way back of `cad.py`. The object says much twice: numbers and text, summaries and what they sum up, lists of
successes and failures, references into the library. So what is read is written again and compared with the tree
as it stands; a contradiction is refused, because a workstation would show one half of it.
"""

from collections.abc import Iterator, Sequence

from pydicom.dataset import Dataset
from pydicom.uid import MammographyCADSRStorage

from dicom_node.errors import ReportError
from dicom_node.sr import codes
from dicom_node.sr.cad import judgement
from dicom_node.sr.cad_impression import LINE_END, MARKS_PLACES, read_left_out, read_result
from dicom_node.sr.cad_marks import LibraryEntry, read_findings
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    NotAnalysedImage,
    OperatingPoint,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.document import read_created_at, read_predecessor
from dicom_node.sr.identity import stated_udi
from dicom_node.sr.tree import MALFORMED, children, number, only_child, value


def read_cad_report(report: Dataset) -> ReportContent:
    """Read a Mammography CAD SR that `build_cad_report` wrote.

    Parameters
    ----------
    report : Dataset
        A Mammography CAD SR.

    Returns
    -------
    ReportContent
        Equal to what was written, to the last bit.

    Raises
    ------
    ReportError
        If the object is another kind of document, none of this node's, or contradicts itself.
    """
    uid = report.get("SOPInstanceUID", "without UID")
    if report.get("SOPClassUID") != MammographyCADSRStorage:
        raise ReportError(f"Object {uid} is no Mammography CAD SR.")
    try:
        return _read(report)
    except MALFORMED as error:
        raise ReportError(f"Object {uid} is no Mammography CAD SR of this node.") from error


def _read(report: Dataset) -> ReportContent:
    _check_document(report)
    library = _library(report)
    overall = only_child(report, codes.FINDINGS_SUMMARY)
    lines = str(only_child(overall, codes.IMPRESSION_DESCRIPTION).TextValue).split(LINE_END)
    images, breasts, study = _results(lines, library)
    algorithm, operating_point = _algorithm(report, overall)
    content = ReportContent(
        study_instance_uid=str(report.StudyInstanceUID),
        round_number=int(report.InstanceNumber),
        created_at=read_created_at(report),
        algorithm=algorithm,
        operating_point=operating_point,
        images=tuple(images),
        breasts=tuple(breasts),
        study=study,
        not_analysed=tuple(_left_out(lines, library)),
        predecessor=read_predecessor(report),
        findings=tuple(read_findings(overall, library)),
        detects=MARKS_PLACES in lines,
    )
    if [image.sop_instance_uid for image in content.all_images] != [entry.uid for entry in library]:
        raise ValueError("library")
    expected = [item.to_json_dict() for item in judgement(content)]
    if [item.to_json_dict() for item in report.ContentSequence[2:]] != expected:
        raise ValueError("judgement")
    return content


def _check_document(report: Dataset) -> None:
    """Check what binds the tree to its document: template, flags, study, evidence, place of the library."""
    template = report.ContentTemplateSequence[0]
    if (template.MappingResource, template.TemplateIdentifier) != ("DCMR", "4000"):
        raise ValueError("template")
    if (report.CompletionFlag, report.VerificationFlag) != ("COMPLETE", "UNVERIFIED"):
        raise ValueError("flags")
    library = report.ContentSequence[1]
    if library is not only_child(report, codes.IMAGE_LIBRARY):
        raise ValueError("place of the library")
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    if study.StudyInstanceUID != report.StudyInstanceUID:
        raise ValueError("study")
    evidence = [
        str(i.ReferencedSOPInstanceUID) for s in study.ReferencedSeriesSequence for i in s.ReferencedSOPSequence
    ]
    images = [str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) for item in library.ContentSequence]
    if sorted(evidence) != sorted(images):
        raise ValueError("evidence")
    for name, keyword in ((codes.STUDY_DATE, "StudyDate"), (codes.STUDY_TIME, "StudyTime")):
        for item in library.ContentSequence:
            told = [entry.get(keyword.removeprefix("Study")) for entry in children(item, name)]
            if any(moment != report.get(keyword) for moment in told):
                raise ValueError(keyword)


def _library(report: Dataset) -> list[LibraryEntry]:
    sides = {concept.value: side for side, concept in codes.BREASTS.items()}
    views = {concept.value: view for view, concept in codes.VIEWS.items()}
    found = []
    for item in only_child(report, codes.IMAGE_LIBRARY).ContentSequence:
        side = [sides[value(told).value] for told in children(item, codes.IMAGE_LATERALITY)]
        view = [views[value(told).value] for told in children(item, codes.IMAGE_VIEW)]
        rows = [number(told, codes.PIXELS) for told in children(item, codes.PIXEL_DATA_ROWS)]
        columns = [number(told, codes.PIXELS) for told in children(item, codes.PIXEL_DATA_COLUMNS)]
        found.append(
            LibraryEntry(
                uid=str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID),
                laterality=side[0] if side else None,
                view=view[0] if view else None,
                size=(int(rows[0]), int(columns[0])) if rows and columns else None,
            )
        )
    return found


def _results(
    lines: Sequence[str], library: Sequence[LibraryEntry]
) -> tuple[list[ImageResult], list[BreastResult], StudyResult | None]:
    images, breasts, study = [], [], None
    for read in map(read_result, lines):
        if read is None:
            continue
        subject, probability, label = read
        if subject == "Study":
            study = StudyResult(probability, label)
        elif subject.endswith("breast"):
            breasts.append(BreastResult(subject[0], probability, label))
        else:
            entry = library[_index(subject.partition(" ")[2])]
            images.append(ImageResult(entry.uid, entry.laterality, entry.view, probability, label))
    return images, breasts, study


def _index(number_from_one: str) -> int:
    index = int(number_from_one) - 1
    if index < 0:
        raise ValueError(number_from_one)
    return index


def _left_out(lines: Sequence[str], library: Sequence[LibraryEntry]) -> Iterator[NotAnalysedImage]:
    for line in lines:
        read = read_left_out(line)
        if read is not None:
            place, attempted, reason, explanation = read
            entry = library[_index(str(place))]
            yield NotAnalysedImage(entry.uid, entry.laterality, entry.view, reason, explanation, attempted)


def _algorithm(report: Dataset, overall: Dataset) -> tuple[Algorithm, OperatingPoint]:
    parameters = [str(item.TextValue) for item in children(overall, codes.ALGORITHM_PARAMETERS)]
    sha256, point, threshold = (parameter.partition("=")[2] for parameter in parameters[:3])
    algorithm = Algorithm(
        name=str(only_child(overall, codes.ALGORITHM_NAME).TextValue),
        version=str(only_child(overall, codes.ALGORITHM_VERSION).TextValue),
        sha256=sha256,
        manufacturer=str(report.Manufacturer),
        parameters=tuple(parameters[3:]),
        udi=stated_udi(report),
    )
    return algorithm, OperatingPoint(point, float(threshold))
