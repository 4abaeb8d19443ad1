"""The region groups of a measurement report (TID 1410): the marked places, beside the groups of images.

A finding becomes one group for its centre (a POINT) and, where it has one, another for its outline (a closed
POLYLINE). Both carry the same tracking identifiers, so they are one finding.

A report with exactly one region is not written: PixelMed's validator, which sites use to accept a product, then
checks every other group as if it were a region, too, and finds eight errors that are none. Such a lone place
(one finding of which only the centre is known) stands in the Mammography CAD SR, and a comment here says so.

References
----------
DICOM PS3.16 TID 1410, TID 4019, TID 4108; CID 219 (geometric purpose of region).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from highdicom.sr import (
    GraphicTypeValues,
    ImageRegion,
    Measurement,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    RelationshipTypeValues,
    SourceImageForRegion,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset

from dicom_node.sr import codes
from dicom_node.sr.codes import Concept
from dicom_node.sr.content import ReportContent
from dicom_node.sr.findings import Finding, Point
from dicom_node.sr.groups import algorithm_identification, finding_site, label_evaluation, probability_of_cancer
from dicom_node.sr.identity import tracking_uid
from dicom_node.sr.library import coded
from dicom_node.sr.tree import child, children, number, value

COMPOSITE_COMMENT = "One feature in several views: "
LOOKED_FOR_PLACES = "The algorithm also looked for masses."
LONE_PLACE = "One marked place stands in the Mammography CAD SR of this round, not here."


def has_lone_place(content: ReportContent) -> bool:
    """Whether the findings of `content` would make exactly one region."""
    return len(content.findings) == 1 and not content.findings[0].outline


def region_groups(
    content: ReportContent, headers: Mapping[str, Dataset]
) -> list[PlanarROIMeasurementsAndQualitativeEvaluations]:
    """Build the groups of all findings; none for a lone place."""
    if has_lone_place(content):
        return []
    found = []
    for finding in content.findings:
        header = headers[finding.sop_instance_uid]
        found.append(_group(content, finding, header, codes.CENTER, (finding.centre,)))
        if finding.outline:
            found.append(_group(content, finding, header, codes.OUTLINE, finding.outline))
    return found


def _group(
    content: ReportContent, finding: Finding, header: Dataset, purpose: Concept, points: Sequence[Point]
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    sides = {image.sop_instance_uid: image.laterality for image in content.images}
    certainty = Measurement(
        name=coded(codes.CERTAINTY_OF_FINDING),
        value=100.0 * finding.certainty,
        unit=coded(codes.PERCENT),
        algorithm_id=algorithm_identification(content),
    )
    group = PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=tracking_uid(content.study_instance_uid, "finding", finding.identifier),
            identifier=finding.identifier,
        ),
        referenced_region=ImageRegion(
            graphic_type=GraphicTypeValues.POINT if len(points) == 1 else GraphicTypeValues.POLYLINE,
            graphic_data=np.array(points, dtype=np.float64),
            source_image=SourceImageForRegion(header.SOPClassUID, header.SOPInstanceUID),
        ),
        finding_type=coded(codes.MASS_ON_SEVERAL_IMAGES),
        finding_sites=[finding_site({sides[finding.sop_instance_uid]})],
        measurements=[probability_of_cancer(content, finding.probability), certainty],
        qualitative_evaluations=[label_evaluation(content.operating_point.classify(finding.probability))],
        geometric_purpose=coded(purpose),
    )
    if finding.composite is not None:
        sentence = f"{COMPOSITE_COMMENT}{finding.composite}"
        comment = TextContentItem(coded(codes.COMMENT), sentence, RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(comment)
    return group


def is_region(group: Dataset) -> bool:
    """Whether a measurement group is one of a marked place."""
    return any(children(group, codes.IMAGE_REGION))


def read_regions(groups: Sequence[Dataset]) -> Iterator[Finding]:
    """Yield the findings that region groups stand for."""
    by_identifier: dict[str, dict[str, Dataset]] = {}
    for group in groups:
        shapes = by_identifier.setdefault(str(child(group, codes.TRACKING_IDENTIFIER).TextValue), {})
        shapes[value(child(group, codes.GEOMETRIC_PURPOSE)).value] = group
    for identifier, shapes in by_identifier.items():
        centre, outline = shapes[codes.CENTER.value], shapes.get(codes.OUTLINE.value)
        comments = [str(item.TextValue) for item in children(centre, codes.COMMENT)]
        source = child(centre, codes.IMAGE_REGION).ContentSequence[0]
        yield Finding(
            sop_instance_uid=str(source.ReferencedSOPSequence[0].ReferencedSOPInstanceUID),
            centre=_points(centre)[0],
            probability=number(child(centre, codes.PROBABILITY_OF_CANCER), codes.PERCENT) / 100.0,
            certainty=number(child(centre, codes.CERTAINTY_OF_FINDING), codes.PERCENT) / 100.0,
            identifier=identifier,
            outline=() if outline is None else _points(outline),
            composite=comments[0].removeprefix(COMPOSITE_COMMENT) if comments else None,
        )


def _points(group: Dataset) -> tuple[Point, ...]:
    values = [float(coordinate) for coordinate in child(group, codes.IMAGE_REGION).GraphicData]
    return tuple(zip(values[::2], values[1::2], strict=True))
