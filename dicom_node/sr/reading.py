"""A measurement report of this node -> content: what its table shows, and what the tests compare.

The way back of `measurement.py`. It walks the content tree by coded concept, not by position, and does not
go through the library that wrote the tree.
"""

from collections.abc import Iterator
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage

from dicom_node.errors import ReportError
from dicom_node.sr import codes
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    Label,
    NotAnalysedImage,
    OperatingPoint,
    Predecessor,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.groups import LABELS
from dicom_node.sr.identity import tracking_uid

_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError, StopIteration)


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
    except _MALFORMED as error:
        raise ReportError(f"Object {uid} is no measurement report of this node.") from error


def _read(report: Dataset) -> ReportContent:
    study_uid = str(report.StudyInstanceUID)
    views = _library(_child(report, codes.IMAGE_LIBRARY))
    groups = list(_children(_child(report, codes.IMAGING_MEASUREMENTS), codes.MEASUREMENT_GROUP))
    special = {str(tracking_uid(study_uid, "study")): "study"}
    special |= {str(tracking_uid(study_uid, "breast", side)): side for side in codes.LATERALITIES}
    images, breasts, left_out, study = [], [], [], None
    stated: list[tuple[str, set[str]]] = []
    for group in groups:
        scope = special.get(_child(group, codes.TRACKING_UNIQUE_IDENTIFIER).UID)
        if scope is not None:
            stated.append((scope, _sources(group)))
        if scope == "study":
            study = StudyResult(*_score(group))
        elif scope is not None:
            breasts.append(BreastResult(scope, *_score(group)))
        elif any(_children(group, codes.PROBABILITY_OF_CANCER)):
            (uid,) = _sources(group)
            images.append(ImageResult(uid, *views[uid], *_score(group)))
        else:
            left_out.append(_left_out(group, views))
    algorithm, operating_point = _algorithm(groups[0])
    content = ReportContent(
        study_instance_uid=study_uid,
        round_number=int(report.InstanceNumber),
        created_at=_created_at(report),
        algorithm=algorithm,
        operating_point=operating_point,
        images=tuple(images),
        breasts=tuple(breasts),
        study=study,
        not_analysed=tuple(left_out),
        predecessor=_predecessor(report),
    )
    for scope, sources in stated:
        analysed = content.images if scope == "study" else content.images_of(scope)
        if sources != {image.sop_instance_uid for image in analysed}:
            raise ValueError(scope)
    return content


def _library(library: Dataset) -> dict[str, tuple[str | None, str | None]]:
    """Return laterality and view by SOP Instance UID."""
    sides = {concept.value: side for side, concept in codes.LATERALITIES.items()}
    views = {concept.value: view for view, concept in codes.VIEWS.items()}
    found = {}
    for group in _children(library, codes.IMAGE_LIBRARY_GROUP):
        for entry in _children(group, codes.SOURCE):
            side = next((_value(item) for item in _children(entry, codes.IMAGE_LATERALITY)), None)
            view = next((_value(item) for item in _children(entry, codes.IMAGE_VIEW)), None)
            uid = str(entry.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
            found[uid] = (
                None if side is None else sides[side.value],
                None if view is None else views[view.value],
            )
    return found


def _score(group: Dataset) -> tuple[float, Label]:
    number = _child(group, codes.PROBABILITY_OF_CANCER).MeasuredValueSequence[0]
    unit = _concept(number.MeasurementUnitsCodeSequence[0])
    if not unit.means(codes.PERCENT):
        raise ValueError(unit)
    value = _value(_child(group, codes.CLASSIFICATION))
    label = next(label for label, concept in LABELS.items() if concept.means(value))
    return float(number.FloatingPointValue) / 100.0, label


def _left_out(group: Dataset, views: dict[str, tuple[str | None, str | None]]) -> NotAnalysedImage:
    (uid,) = _sources(group)
    return NotAnalysedImage(
        uid,
        *views[uid],
        reason=_value(_child(group, codes.REASON_NOT_ANALYSED)),
        explanation=str(_child(group, codes.COMMENT).TextValue),
        attempted=_value(_child(group, codes.SUMMARY_OF_ANALYSES)).means(codes.FAILED),
    )


def _algorithm(group: Dataset) -> tuple[Algorithm, OperatingPoint]:
    stated = next(_children(group, codes.PROBABILITY_OF_CANCER), group)
    parameters = [str(item.TextValue) for item in _children(stated, codes.ALGORITHM_PARAMETERS)]
    sha256, point, threshold = (parameter.partition("=")[2] for parameter in parameters[:3])
    algorithm = Algorithm(
        name=str(_child(stated, codes.ALGORITHM_NAME).TextValue),
        version=str(_child(stated, codes.ALGORITHM_VERSION).TextValue),
        sha256=sha256,
        manufacturer=str(_child(stated, codes.ALGORITHM_MANUFACTURER).TextValue),
        parameters=tuple(parameters[3:]),
    )
    return algorithm, OperatingPoint(point, float(threshold))


def _created_at(report: Dataset) -> datetime:
    stated = str(report.ContributingEquipmentSequence[0].ContributionDateTime)
    return datetime.strptime(stated, "%Y%m%d%H%M%S.%f%z")


def _predecessor(report: Dataset) -> Predecessor | None:
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


def _sources(group: Dataset) -> set[str]:
    items = _children(group, codes.SOURCE_OF_MEASUREMENT)
    return {str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) for item in items}


def _children(parent: Dataset, name: Concept) -> Iterator[Dataset]:
    for item in parent.get("ContentSequence", []):
        if "ConceptNameCodeSequence" in item and _concept(item.ConceptNameCodeSequence[0]).means(name):
            yield item


def _child(parent: Dataset, name: Concept) -> Dataset:
    return next(_children(parent, name))


def _value(item: Dataset) -> Concept:
    return _concept(item.ConceptCodeSequence[0])


def _concept(item: Dataset) -> Concept:
    return Concept(str(item.CodeValue), str(item.CodingSchemeDesignator), str(item.CodeMeaning))
