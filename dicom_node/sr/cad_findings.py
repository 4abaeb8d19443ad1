"""The marked places of a Mammography CAD SR: single image findings, and composite features across views.

A place at or above the operating point must be presented; one below may be, at CAD operating point 2 of 2. A
composite feature takes the highest probability and certainty of its findings.

References
----------
DICOM PS3.16 TID 4003, 4004, 4005, 4006, 4021, 4108; CID 6014, 6016, 6034. PS3.17 E.4 (CAD Operating Point).
"""

from collections.abc import Mapping, Sequence

from pydicom.dataset import Dataset

from dicom_node.sr import codes, items
from dicom_node.sr.cad_impression import algorithm_items
from dicom_node.sr.cad_library import Place, library_places
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import Label, ReportContent
from dicom_node.sr.findings import Finding, Point, composites
from dicom_node.sr.identity import tracking_uid
from dicom_node.sr.items import (
    CONTAINS,
    HAS_CONCEPT_MOD,
    HAS_OBS_CONTEXT,
    HAS_PROPERTIES,
    INFERRED_FROM,
    SELECTED_FROM,
)

SHOWN_ALWAYS, SHOWN_ON_DEMAND = 1, 2
"""The two CAD operating points: the site's threshold, and everything the algorithm marks."""


def individual_impressions(content: ReportContent) -> list[Dataset]:
    """Return one Individual Impression (TID 4003) for each composite feature and each finding that is alone."""
    places = library_places(content)
    found = []
    for name, findings in composites(content.findings).items():
        found.append(_impression(content, findings, _composite(content, name, findings, places)))
    for finding in content.findings:
        if finding.composite is None:
            found.append(_impression(content, [finding], _finding(content, finding, places, CONTAINS)))
    return found


def is_required(content: ReportContent, findings: Sequence[Finding]) -> bool:
    """Whether one of `findings` reaches the operating point, so that it must be presented."""
    point = content.operating_point
    return any(point.classify(finding.probability) is Label.MALIGNANT for finding in findings)


def _impression(content: ReportContent, findings: Sequence[Finding], feature: Dataset) -> Dataset:
    intent = _intent(is_required(content, findings))
    return items.container(INFERRED_FROM, codes.INDIVIDUAL_IMPRESSION, [intent, feature])


def _intent(required: bool, children: Sequence[Dataset] = ()) -> Dataset:
    value = codes.PRESENTATION_REQUIRED if required else codes.PRESENTATION_OPTIONAL
    return items.code(HAS_CONCEPT_MOD, codes.RENDERING_INTENT, value, children)


def _composite(content: ReportContent, name: str, findings: Sequence[Finding], places: Mapping[str, Place]) -> Dataset:
    probability = max(finding.probability for finding in findings)
    certainty = max(finding.certainty for finding in findings)
    children = [
        _intent(is_required(content, findings)),
        *_tracking(content, name, "composite"),
        items.code(HAS_PROPERTIES, codes.COMPOSITE_TYPE, codes.RELATED_SPATIALLY),
        items.code(HAS_PROPERTIES, codes.SCOPE_OF_FEATURE, codes.ON_MULTIPLE_IMAGES),
        *algorithm_items(content),
        items.number(HAS_PROPERTIES, codes.CERTAINTY_OF_FEATURE, 100.0 * certainty, codes.PERCENT),
        items.number(HAS_PROPERTIES, codes.PROBABILITY_OF_CANCER, 100.0 * probability, codes.PERCENT),
        *(_finding(content, finding, places, INFERRED_FROM) for finding in findings),
    ]
    return items.code(CONTAINS, codes.COMPOSITE_FEATURE, codes.MASS_ON_SEVERAL_IMAGES, children)


def _finding(content: ReportContent, finding: Finding, places: Mapping[str, Place], relationship: str) -> Dataset:
    required = is_required(content, [finding])
    point = items.number(HAS_PROPERTIES, codes.CAD_OPERATING_POINT, SHOWN_ON_DEMAND, codes.FROM_ONE)
    place = places[finding.sop_instance_uid]
    shapes: list[tuple[Concept, tuple[Point, ...]]] = [(codes.CENTER, (finding.centre,))]
    if finding.outline:
        shapes.append((codes.OUTLINE, finding.outline))
    children = [
        _intent(required, () if required else (point,)),
        *_tracking(content, finding.identifier, "finding"),
        *algorithm_items(content),
        items.number(HAS_PROPERTIES, codes.CERTAINTY_OF_FINDING, 100.0 * finding.certainty, codes.PERCENT),
        items.number(HAS_PROPERTIES, codes.PROBABILITY_OF_CANCER, 100.0 * finding.probability, codes.PERCENT),
        *(
            items.coordinates(HAS_PROPERTIES, name, points, [items.by_reference(SELECTED_FROM, place)])
            for name, points in shapes
        ),
    ]
    return items.code(relationship, codes.SINGLE_IMAGE_FINDING, codes.MASS_ON_ONE_IMAGE, children)


def _tracking(content: ReportContent, identifier: str, scope: str) -> list[Dataset]:
    uid = tracking_uid(content.study_instance_uid, scope, identifier)
    return [
        items.text(HAS_OBS_CONTEXT, codes.TRACKING_IDENTIFIER, identifier),
        items.uid_reference(HAS_OBS_CONTEXT, codes.TRACKING_UNIQUE_IDENTIFIER, uid),
    ]
