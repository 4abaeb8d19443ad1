"""What a report says, in plain frozen values that check themselves.

Nothing here knows DICOM encoding. `ReportContent` is enough for the measurement report (TID 1500) and for a
Mammography CAD SR (TID 4000): results per image, per breast and per study, the images that were not analysed
and why, who analysed (name, version, sha256, manufacturer, parameters), at which operating point, in which
round, and which report this one replaces.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from dicom_node.errors import ReportError
from dicom_node.sr import codes
from dicom_node.sr.checks import check_image, check_probability, check_sentence, check_short_text, check_uid, one_line
from dicom_node.sr.codes import Concept
from dicom_node.sr.findings import Finding, check_composite, composites

_SHA256 = re.compile(r"[0-9a-f]{64}")
_RESERVED_PARAMETERS = ("sha256=", "operating_point=", "threshold=")
# a report holds percent: dividing by 100 again may move a probability by its last bit, across the threshold
_LABEL_TOLERANCE = 1e-9
_VIEW_ORDER = ("CC", "MLO", *(view for view in codes.VIEWS if view not in {"CC", "MLO"}))


class Label(Enum):
    """The class an algorithm assigns at its operating point."""

    MALIGNANT = "Malignant"
    BENIGN = "Benign"


@dataclass(frozen=True)
class Algorithm:
    """Who analysed.

    Parameters
    ----------
    name, version, manufacturer : str
        1 to 64 characters each; they also become Manufacturer's Model Name, Software Versions and
        Manufacturer of the report's equipment.
    sha256 : str
        Of the model file, 64 lower-case hexadecimal digits.
    parameters : tuple of str
        Anything else that decides the result, one ``name=value`` each. ``sha256=``, ``operating_point=`` and
        ``threshold=`` are written by the report itself and refused here.
    udi : str, optional
        Unique Device Identifier, in the human readable form of its issuer, at most 1024 characters.
    """

    name: str
    version: str
    sha256: str
    manufacturer: str
    parameters: tuple[str, ...] = ()
    udi: str | None = None

    def __post_init__(self) -> None:
        if self.udi is not None:
            check_sentence("UDI of the algorithm", self.udi)
        check_short_text("name of the algorithm", self.name)
        check_short_text("version of the algorithm", self.version)
        check_short_text("manufacturer of the algorithm", self.manufacturer)
        if not _SHA256.fullmatch(self.sha256):
            raise ReportError("The sha256 of the algorithm must be 64 lower-case hexadecimal digits.")
        for parameter in self.parameters:
            check_sentence("parameter of the algorithm", parameter)
            if parameter.startswith(_RESERVED_PARAMETERS):
                raise ReportError(f"The parameter {parameter!r} is written by the report itself.")


@dataclass(frozen=True)
class OperatingPoint:
    """Where the algorithm says Malignant: at a probability (0..1) of `threshold` and above."""

    name: str
    threshold: float

    def __post_init__(self) -> None:
        check_short_text("name of the operating point", self.name)
        check_probability("threshold of the operating point", self.threshold)

    def classify(self, probability: float) -> Label:
        """Return the label of a probability 0..1."""
        return Label.MALIGNANT if probability >= self.threshold else Label.BENIGN


@dataclass(frozen=True)
class ImageResult:
    """One analysed image. `laterality` is "L", "R" or None; `view` a key of `codes.VIEWS` or None."""

    sop_instance_uid: str
    laterality: str | None
    view: str | None
    probability: float
    label: Label

    def __post_init__(self) -> None:
        check_image(self.sop_instance_uid, self.laterality, self.view)
        check_probability(f"probability of image {self.sop_instance_uid}", self.probability)


@dataclass(frozen=True)
class BreastResult:
    """One breast, from all its analysed images. `laterality` is "L" or "R"."""

    laterality: str
    probability: float
    label: Label

    def __post_init__(self) -> None:
        if self.laterality not in codes.LATERALITIES:
            raise ReportError(f"A breast is L or R, not {self.laterality!r}.")
        check_probability(f"probability of breast {self.laterality}", self.probability)


@dataclass(frozen=True)
class StudyResult:
    """The study as a whole, from all its analysed images."""

    probability: float
    label: Label

    def __post_init__(self) -> None:
        check_probability("probability of the study", self.probability)


@dataclass(frozen=True)
class NotAnalysedImage:
    """One image without a result, and why.

    Parameters
    ----------
    reason : Concept
        The coded reason.
    explanation : str
        The same for a human, one sentence without patient data, at most 1024 characters.
    attempted : bool
        True when the analysis was begun and failed, False when the image was not eligible.
    """

    sop_instance_uid: str
    laterality: str | None
    view: str | None
    reason: Concept
    explanation: str
    attempted: bool = False

    def __post_init__(self) -> None:
        check_image(self.sop_instance_uid, self.laterality, self.view)
        object.__setattr__(self, "explanation", one_line(self.explanation))
        check_sentence(f"explanation for image {self.sop_instance_uid}", self.explanation)


@dataclass(frozen=True)
class Predecessor:
    """The report of an earlier round that this one replaces."""

    study_instance_uid: str
    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str

    def __post_init__(self) -> None:
        uids = (self.study_instance_uid, self.series_instance_uid, self.sop_class_uid, self.sop_instance_uid)
        for uid in uids:
            check_uid(uid)


@dataclass(frozen=True)
class ReportContent:
    """All that one report says.

    Images and breasts are brought to reading order (CC before MLO before the rest, right before left), so two
    contents that say the same are equal.

    Parameters
    ----------
    study_instance_uid : str
        The one study everything here belongs to.
    round_number : int
        1 for the first report of a study, one more each time it is analysed anew.
    created_at : datetime
        Aware. When the analysis ended; the only time the report knows.
    algorithm, operating_point
        Who analysed, and where it says Malignant.
    images, breasts, study
        The results. `study` is None exactly when `images` is empty.
    not_analysed
        Every other image of the study.
    predecessor
        The report this one replaces.
    findings
        The marked places, on analysed images only; brought to the order of their identifiers.
    detects : bool
        Whether the algorithm looks for places at all. True with an empty `findings` says that none was found;
        False says that nothing was looked for. Findings make it True.

    Raises
    ------
    ReportError
        If the values contradict each other; the message is a sentence.
    """

    study_instance_uid: str
    round_number: int
    created_at: datetime
    algorithm: Algorithm
    operating_point: OperatingPoint
    images: tuple[ImageResult, ...] = ()
    breasts: tuple[BreastResult, ...] = ()
    study: StudyResult | None = None
    not_analysed: tuple[NotAnalysedImage, ...] = ()
    predecessor: Predecessor | None = None
    findings: tuple[Finding, ...] = ()
    detects: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", tuple(sorted(self.findings, key=lambda f: f.identifier)))
        object.__setattr__(self, "detects", self.detects or bool(self.findings))
        object.__setattr__(self, "images", tuple(sorted(self.images, key=reading_order)))
        object.__setattr__(self, "not_analysed", tuple(sorted(self.not_analysed, key=reading_order)))
        object.__setattr__(self, "breasts", tuple(sorted(self.breasts, key=lambda b: b.laterality, reverse=True)))
        check_uid(self.study_instance_uid)
        if self.round_number < 1:
            raise ReportError(f"Rounds are counted from 1, not {self.round_number}.")
        if self.created_at.utcoffset() is None:
            raise ReportError("The time of a report must know its time zone.")
        self._check_images()
        self._check_results()
        self._check_findings()
        self._check_predecessor()

    def _check_images(self) -> None:
        uids = [image.sop_instance_uid for image in self.all_images]
        if not uids:
            raise ReportError("A report needs at least one image, analysed or not.")
        for uid in uids:
            if uids.count(uid) > 1:
                raise ReportError(f"Image {uid} stands in the report twice.")

    def _check_results(self) -> None:
        if (self.study is None) != (not self.images):
            raise ReportError("A study has a result exactly when at least one of its images was analysed.")
        sides = [breast.laterality for breast in self.breasts]
        if len(set(sides)) != len(sides):
            raise ReportError("A breast stands in the report twice.")
        for side in sides:
            if side not in {image.laterality for image in self.images}:
                raise ReportError(f"Breast {side} has a result, but none of its images was analysed.")
        for result in self.results:
            self._check_label(result)

    def _check_label(self, result: ImageResult | BreastResult | StudyResult) -> None:
        if abs(result.probability - self.operating_point.threshold) < _LABEL_TOLERANCE:
            return
        if result.label is not self.operating_point.classify(result.probability):
            raise ReportError(
                f"The label {result.label.value} contradicts the probability {result.probability} at the "
                f"threshold {self.operating_point.threshold}."
            )

    def _check_findings(self) -> None:
        sides = {image.sop_instance_uid: image.laterality for image in self.images}
        identifiers = set()
        for finding in self.findings:
            if finding.sop_instance_uid not in sides:
                raise ReportError(f"Finding {finding.identifier} lies on an image that was not analysed.")
            if finding.identifier in identifiers:
                raise ReportError(f"Finding {finding.identifier} stands in the report twice.")
            identifiers.add(finding.identifier)
        for name, findings in composites(self.findings).items():
            if name in identifiers:
                raise ReportError(f"{name} names both a finding and a composite feature.")
            check_composite(name, findings, {sides[finding.sop_instance_uid] for finding in findings})

    def _check_predecessor(self) -> None:
        if self.predecessor is None:
            return
        if self.predecessor.study_instance_uid != self.study_instance_uid:
            raise ReportError("The predecessor of a report must belong to the same study.")
        if self.round_number == 1:
            raise ReportError("A report of the first round cannot have a predecessor.")

    @property
    def all_images(self) -> list[ImageResult | NotAnalysedImage]:
        """Every image of the study, analysed or not, in reading order."""
        return sorted([*self.images, *self.not_analysed], key=reading_order)

    @property
    def results(self) -> list[ImageResult | BreastResult | StudyResult]:
        """Everything that has a probability: images, then breasts, then the study."""
        return [*self.images, *self.breasts, *([] if self.study is None else [self.study])]

    def images_of(self, laterality: str) -> tuple[ImageResult, ...]:
        """Return the analysed images of one breast."""
        return tuple(image for image in self.images if image.laterality == laterality)


def reading_order(image: ImageResult | NotAnalysedImage) -> tuple[int, str, str]:
    """Sort key: CC, MLO, other views, unknown views; right, left, unknown side; then the UID."""
    rank = _VIEW_ORDER.index(image.view) if image.view in _VIEW_ORDER else len(_VIEW_ORDER)
    side = {"R": "0", "L": "1"}.get(image.laterality or "", "2")
    return rank, side, image.sop_instance_uid
