"""A measurement report of this node -> content: what its table shows, and what the tests compare.

The way back of `measurement.py`. It walks the content tree by coded concept, not by position, and does not
go through the library that wrote the tree.
"""

from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage

from dicom_node.errors import ReportError
from dicom_node.sr import codes
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    Label,
    NotAnalysedImage,
    OperatingPoint,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.document import read_created_at, read_predecessor
from dicom_node.sr.groups import LABELS
from dicom_node.sr.identity import stated_udi, tracking_uid
from dicom_node.sr.regions import LOOKED_FOR_PLACES, is_region, read_regions
from dicom_node.sr.tree import MALFORMED, child, children, number, value


def read_measurement_report(report: Dataset) -> ReportContent:
    """Read a measurement report that `build_measurement_report` wrote.

    Parameters
    ----------
    report : Dataset
        A Comprehensive 3D SR.

    Returns
    -------
    ReportContent
        Equal to what was written; probabilities may differ in their last bit, since a report holds percent.
        A lone place without outline is not in it: see `regions`.

    Raises
    ------
    ReportError
        If the object is another kind of document, or none of this node's.
    """
    uid = report.get("SOPInstanceUID", "without UID")
    if report.get("SOPClassUID") != Comprehensive3DSRStorage:
        raise ReportError(f"Object {uid} is no Comprehensive 3D SR.")
    try:
        return _read(report)
    except MALFORMED as error:
        raise ReportError(f"Object {uid} is no measurement report of this node.") from error


def _read(report: Dataset) -> ReportContent:
    study_uid = str(report.StudyInstanceUID)
    views = _library(child(report, codes.IMAGE_LIBRARY))
    every_group = list(children(child(report, codes.IMAGING_MEASUREMENTS), codes.MEASUREMENT_GROUP))
    groups = [group for group in every_group if not is_region(group)]
    special = {str(tracking_uid(study_uid, "study")): "study"}
    special |= {str(tracking_uid(study_uid, "breast", side)): side for side in codes.LATERALITIES}
    images, breasts, left_out, study = [], [], [], None
    stated: list[tuple[str, set[str]]] = []
    for group in groups:
        scope = special.get(child(group, codes.TRACKING_UNIQUE_IDENTIFIER).UID)
        if scope is not None:
            stated.append((scope, _sources(group)))
        if scope == "study":
            study = StudyResult(*_score(group))
        elif scope is not None:
            breasts.append(BreastResult(scope, *_score(group)))
        elif any(children(group, codes.PROBABILITY_OF_CANCER)):
            (uid,) = _sources(group)
            images.append(ImageResult(uid, *views[uid], *_score(group)))
        else:
            left_out.append(_left_out(group, views))
    algorithm, operating_point = _algorithm(groups[0], stated_udi(report))
    content = ReportContent(
        study_instance_uid=study_uid,
        round_number=int(report.InstanceNumber),
        created_at=read_created_at(report),
        algorithm=algorithm,
        operating_point=operating_point,
        images=tuple(images),
        breasts=tuple(breasts),
        study=study,
        not_analysed=tuple(left_out),
        predecessor=read_predecessor(report),
        findings=tuple(read_regions([group for group in every_group if is_region(group)])),
        detects=_detects(child(report, codes.QUALITATIVE_EVALUATIONS)),
    )
    _check_sources(content, stated)
    return content


def _check_sources(content: ReportContent, stated: list[tuple[str, set[str]]]) -> None:
    """Refuse a study or a breast that names other images than those with a score."""
    for scope, sources in stated:
        analysed = content.images if scope == "study" else content.images_of(scope)
        if sources != {image.sop_instance_uid for image in analysed}:
            raise ValueError(scope)


def _detects(evaluations: Dataset) -> bool:
    return LOOKED_FOR_PLACES in [item.TextValue for item in children(evaluations, codes.COMMENT)]


def _library(library: Dataset) -> dict[str, tuple[str | None, str | None]]:
    """Return laterality and view by SOP Instance UID."""
    sides = {concept.value: side for side, concept in codes.LATERALITIES.items()}
    views = {concept.value: view for view, concept in codes.VIEWS.items()}
    found = {}
    for group in children(library, codes.IMAGE_LIBRARY_GROUP):
        for entry in children(group, codes.SOURCE):
            side = next((value(item) for item in children(entry, codes.IMAGE_LATERALITY)), None)
            view = next((value(item) for item in children(entry, codes.IMAGE_VIEW)), None)
            uid = str(entry.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
            found[uid] = (
                None if side is None else sides[side.value],
                None if view is None else views[view.value],
            )
    return found


def _score(group: Dataset) -> tuple[float, Label]:
    probability = number(child(group, codes.PROBABILITY_OF_CANCER), codes.PERCENT) / 100.0
    stated = value(child(group, codes.CLASSIFICATION))
    return probability, next(label for label, concept in LABELS.items() if concept.means(stated))


def _left_out(group: Dataset, views: dict[str, tuple[str | None, str | None]]) -> NotAnalysedImage:
    (uid,) = _sources(group)
    return NotAnalysedImage(
        uid,
        *views[uid],
        reason=value(child(group, codes.REASON_NOT_ANALYSED)),
        explanation=str(child(group, codes.COMMENT).TextValue),
        attempted=value(child(group, codes.SUMMARY_OF_ANALYSES)).means(codes.FAILED),
    )


def _algorithm(group: Dataset, udi: str | None) -> tuple[Algorithm, OperatingPoint]:
    stated = next(children(group, codes.PROBABILITY_OF_CANCER), group)
    parameters = [str(item.TextValue) for item in children(stated, codes.ALGORITHM_PARAMETERS)]
    sha256, point, threshold = (parameter.partition("=")[2] for parameter in parameters[:3])
    algorithm = Algorithm(
        name=str(child(stated, codes.ALGORITHM_NAME).TextValue),
        version=str(child(stated, codes.ALGORITHM_VERSION).TextValue),
        sha256=sha256,
        manufacturer=str(child(stated, codes.ALGORITHM_MANUFACTURER).TextValue),
        parameters=tuple(parameters[3:]),
        udi=udi,
    )
    return algorithm, OperatingPoint(point, float(threshold))


def _sources(group: Dataset) -> set[str]:
    items = children(group, codes.SOURCE_OF_MEASUREMENT)
    return {str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) for item in items}
