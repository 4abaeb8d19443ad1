"""The measurement groups of a report (TID 1501): one an image, a breast, the study; one an image left out.

Three levels, one shape: a group says what it is about (tracking identifier, finding site with laterality,
source images), gives the probability as a number in percent, and the label as a coded evaluation. A group of
an image that was not analysed carries no number at all, so that a missing analysis cannot be read as a low
one; it carries the result status and the coded reason.

References
----------
DICOM PS3.16 TID 1501, TID 300, TID 4019, TID 4108; CID 244, 6042, 6063.
"""

from collections.abc import Iterable, Mapping, Sequence

from highdicom.sr import (
    AlgorithmIdentification,
    FindingSite,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset

from dicom_node.sr import codes
from dicom_node.sr.content import (
    BreastResult,
    ImageResult,
    Label,
    NotAnalysedImage,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.identity import tracking_uid
from dicom_node.sr.library import coded

LABELS = {Label.MALIGNANT: codes.MALIGNANT, Label.BENIGN: codes.BENIGN}
_SIDES = {"L": "left", "R": "right"}


def measurement_groups(
    content: ReportContent, headers: Mapping[str, Dataset]
) -> list[MeasurementsAndQualitativeEvaluations]:
    """Build every group of a report: study, breasts, analysed images, images not analysed.

    Parameters
    ----------
    content : ReportContent
    headers : mapping of str to Dataset
        SOP Instance UID to image header, for every image of `content`.
    """
    groups = []
    if content.study is not None:
        groups.append(_study_group(content, content.study, headers))
    groups.extend(_breast_group(content, breast, headers) for breast in content.breasts)
    groups.extend(_image_group(content, image, headers) for image in content.images)
    groups.extend(_left_out_group(content, image, headers) for image in content.not_analysed)
    return groups


def _study_group(
    content: ReportContent, study: StudyResult, headers: Mapping[str, Dataset]
) -> MeasurementsAndQualitativeEvaluations:
    sides = {image.laterality for image in content.images}
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(content, "Study", "study"),
        finding_sites=[finding_site(sides)],
        measurements=[probability_of_cancer(content, study.probability)],
        qualitative_evaluations=[label_evaluation(study.label)],
        source_images=_sources(content.images, headers),
    )


def _breast_group(
    content: ReportContent, breast: BreastResult, headers: Mapping[str, Dataset]
) -> MeasurementsAndQualitativeEvaluations:
    side = breast.laterality
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(content, f"Breast, {_SIDES[side]}", "breast", side),
        finding_sites=[finding_site({side})],
        measurements=[probability_of_cancer(content, breast.probability)],
        qualitative_evaluations=[label_evaluation(breast.label)],
        source_images=_sources(content.images_of(side), headers),
    )


def _image_group(
    content: ReportContent, image: ImageResult, headers: Mapping[str, Dataset]
) -> MeasurementsAndQualitativeEvaluations:
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(content, _image_name(image), "image", image.sop_instance_uid),
        finding_sites=[finding_site({image.laterality})],
        measurements=[probability_of_cancer(content, image.probability)],
        qualitative_evaluations=[label_evaluation(image.label)],
        source_images=_sources([image], headers),
    )


def _left_out_group(
    content: ReportContent, image: NotAnalysedImage, headers: Mapping[str, Dataset]
) -> MeasurementsAndQualitativeEvaluations:
    status = codes.FAILED if image.attempted else codes.NOT_ATTEMPTED
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(content, _image_name(image), "image", image.sop_instance_uid),
        finding_sites=[finding_site({image.laterality})],
        algorithm_id=algorithm_identification(content),
        qualitative_evaluations=[
            QualitativeEvaluation(coded(codes.SUMMARY_OF_ANALYSES), coded(status)),
            QualitativeEvaluation(coded(codes.REASON_NOT_ANALYSED), coded(image.reason)),
        ],
        source_images=_sources([image], headers),
    )
    comment = TextContentItem(coded(codes.COMMENT), image.explanation, RelationshipTypeValues.CONTAINS)
    group[0].ContentSequence.append(comment)
    return group


def algorithm_identification(content: ReportContent) -> AlgorithmIdentification:
    """Say who analysed, down to the model file and the operating point (TID 4019)."""
    algorithm, point = content.algorithm, content.operating_point
    return AlgorithmIdentification(
        name=algorithm.name,
        version=algorithm.version,
        manufacturer=algorithm.manufacturer,
        parameters=[
            f"sha256={algorithm.sha256}",
            f"operating_point={point.name}",
            f"threshold={point.threshold!r}",
            *algorithm.parameters,
        ],
    )


def probability_of_cancer(content: ReportContent, probability: float) -> Measurement:
    """Return a probability 0..1 as a measurement in percent, with the algorithm that gave it."""
    # PS3.16 gives Probability of cancer in percent: 0.87 would be valid and mean 0.87 %
    return Measurement(
        name=coded(codes.PROBABILITY_OF_CANCER),
        value=100.0 * probability,
        unit=coded(codes.PERCENT),
        algorithm_id=algorithm_identification(content),
    )


def label_evaluation(label: Label) -> QualitativeEvaluation:
    """Return the class at the operating point as a coded evaluation."""
    return QualitativeEvaluation(coded(codes.CLASSIFICATION), coded(LABELS[label]))


def finding_site(sides: Iterable[str | None]) -> FindingSite:
    """Return the breast, with its side where there is one known side, or both."""
    known = set(sides)
    laterality = None
    if known == {"L", "R"}:
        laterality = codes.BILATERAL
    elif len(known) == 1:
        laterality = codes.LATERALITIES.get(known.pop() or "")
    return FindingSite(coded(codes.BREAST), laterality=None if laterality is None else coded(laterality))


def _tracking(content: ReportContent, identifier: str, *scope: str) -> TrackingIdentifier:
    return TrackingIdentifier(uid=tracking_uid(content.study_instance_uid, *scope), identifier=identifier)


def _image_name(image: ImageResult | NotAnalysedImage) -> str:
    return f"Image, {_SIDES.get(image.laterality or '', 'side unknown')}, {image.view or 'view unknown'}"


def _sources(
    images: Sequence[ImageResult | NotAnalysedImage], headers: Mapping[str, Dataset]
) -> list[SourceImageForMeasurementGroup]:
    return [
        SourceImageForMeasurementGroup(
            referenced_sop_class_uid=headers[image.sop_instance_uid].SOPClassUID,
            referenced_sop_instance_uid=image.sop_instance_uid,
        )
        for image in images
    ]
