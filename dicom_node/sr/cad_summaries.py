"""Which detections and analyses were performed on which images, and which could not be (TID 4015 and 4016).

An image that was not analysed stands below Failed, with its coded reason, whenever anything was attempted in
its study: it never stands among the successes, and it is never merely missing. Where nothing at all was
attempted, the summaries say so and the template allows no list; the impression description names the reasons.

References
----------
DICOM PS3.16 TID 4000 rows 6 to 9, TID 4015 to 4018, 4019, 4023; CID 6014, 6042, 6043.
"""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from dicom_node.sr import codes, items
from dicom_node.sr.cad_findings import SHOWN_ON_DEMAND
from dicom_node.sr.cad_impression import algorithm_items, reason_text
from dicom_node.sr.cad_library import library_places
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import ImageResult, NotAnalysedImage, ReportContent
from dicom_node.sr.items import CONTAINS, HAS_PROPERTIES, INFERRED_FROM
from dicom_node.sr.outcome import summarise

REASON_PARAMETER = "not_analysed="


@dataclass(frozen=True)
class Activity:
    """The concepts in which a report speaks of its detections, or of its analyses."""

    summary: Concept
    successful: Concept
    failed: Concept
    performed: Concept
    kind: Concept


DETECTIONS = Activity(
    codes.SUMMARY_OF_DETECTIONS,
    codes.SUCCESSFUL_DETECTIONS,
    codes.FAILED_DETECTIONS,
    codes.DETECTION_PERFORMED,
    codes.MASS_ON_ONE_IMAGE,
)
ANALYSES = Activity(
    codes.SUMMARY_OF_ANALYSES,
    codes.SUCCESSFUL_ANALYSES,
    codes.FAILED_ANALYSES,
    codes.ANALYSIS_PERFORMED,
    codes.OVERALL_IMPRESSION_ANALYSIS,
)


def summaries(content: ReportContent) -> list[Dataset]:
    """Return Summary of Detections and Summary of Analyses."""
    stated = summarise(content)
    return [_summary(content, DETECTIONS, stated.detections), _summary(content, ANALYSES, stated.analyses)]


def _summary(content: ReportContent, activity: Activity, status: Concept) -> Dataset:
    children = []
    if status.means(codes.SUCCEEDED) or status.means(codes.PARTIALLY_SUCCEEDED):
        children.append(
            items.container(INFERRED_FROM, activity.successful, [_performed(content, activity, content.images)])
        )
    if status.means(codes.FAILED) or status.means(codes.PARTIALLY_SUCCEEDED):
        failed = [
            _performed(content, activity, (image,), f"{REASON_PARAMETER}{reason_text(image.reason)}")
            for image in content.not_analysed
        ]
        children.append(items.container(INFERRED_FROM, activity.failed, failed))
    return items.code(CONTAINS, activity.summary, status, children)


def _performed(
    content: ReportContent,
    activity: Activity,
    images: tuple[ImageResult | NotAnalysedImage, ...],
    *parameters: str,
) -> Dataset:
    places = library_places(content)
    children = [
        *algorithm_items(content, parameters),
        *(items.by_reference(HAS_PROPERTIES, places[image.sop_instance_uid]) for image in images),
    ]
    if activity is DETECTIONS:
        children.append(
            items.number(HAS_PROPERTIES, codes.MAXIMUM_CAD_OPERATING_POINT, SHOWN_ON_DEMAND, codes.ARBITRARY_UNIT)
        )
    return items.code(CONTAINS, activity.performed, activity.kind, children)
