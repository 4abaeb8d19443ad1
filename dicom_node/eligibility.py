"""Which images are analysed, and the coded reason for each that is not.

The network has learnt from whole breasts in the two standard projections. An image it was not made for gets
no score but a reason, which stands in the report: a coded concept, from DCM or SCT where one says it, else
from the private scheme 99MAMMONODE.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from pydicom.dataset import Dataset
from pydicom.uid import (
    BreastProjectionXRayImageStorageForPresentation,
    BreastProjectionXRayImageStorageForProcessing,
    BreastTomosynthesisImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
    SecondaryCaptureImageStorage,
)

from dicom_node import attributes
from dicom_node.geometry import ViewIdentity
from dicom_node.spacing import pixel_spacing

PRIVATE_SCHEME: Final = "99MAMMONODE"

ANALYSED_VIEWS: Final = frozenset({"CC", "MLO"})
"""The projections the network has learnt from."""

MAXIMUM_CONTACT_MAGNIFICATION: Final = 1.25
"""A breast on the detector's cover is magnified up to about 1.1; magnification stands begin at 1.5."""

MINIMUM_LONGER_SIDE: Final = 800
MINIMUM_SHORTER_SIDE: Final = 500
"""In pixels. The smallest detectors have 1914 x 2294; a lesion crop of a film has a few hundred."""

MINIMUM_LONGER_SIDE_MM: Final = 100.0
"""Where the size of a pixel is known: the smallest detectors measure 180 mm x 240 mm."""


@dataclass(frozen=True)
class CodedReason:
    """A coded concept (code value, scheme, meaning) and a sentence for a human."""

    code_value: str
    coding_scheme_designator: str
    code_meaning: str
    sentence: str


def _private(value: str, meaning: str, sentence: str) -> CodedReason:
    return CodedReason(value, PRIVATE_SCHEME, meaning, sentence)


class NotAnalysed(Enum):
    """Why an image is not analysed."""

    NOT_MAMMOGRAPHY = _private(
        "NOT_MAMMOGRAPHY", "Not a mammogram", "The object is not a mammographic image of a patient."
    )
    FOR_PROCESSING = _private(
        "FOR_PROCESSING",
        "Image is For Processing",
        "The image is raw detector data (For Processing), not one for presentation.",
    )
    TOMOSYNTHESIS = _private(
        "TOMOSYNTHESIS",
        "Image is from tomosynthesis",
        "The image belongs to a tomosynthesis acquisition, which the model has not learnt.",
    )
    SPECIMEN = CodedReason(
        "127457009", "SCT", "tissue specimen from breast", "The image shows a specimen, not a breast."
    )
    CONTRADICTORY_IDENTITY = _private(
        "CONTRADICTION",
        "Contradictory laterality, view or orientation",
        "The header contradicts itself about side, view or orientation.",
    )
    IMPLANT = CodedReason(
        "2282003",
        "SCT",
        "Breast implant, type not specified",
        "The breast has an implant, which the model has not learnt.",
    )
    SPOT = CodedReason(
        "399055006", "SCT", "Spot Compression", "The image is a spot compression view of part of the breast."
    )
    MAGNIFICATION = CodedReason(
        "399163009", "SCT", "Magnification", "The image is a magnification view of part of the breast."
    )
    PARTIAL_VIEW = CodedReason(
        "130576",
        "DCM",
        "Anatomy coverage incomplete",
        "The image is a partial view: it shows the breast only together with others.",
    )
    MISSING_LATERALITY = _private(
        "NO_LATERALITY", "Laterality missing", "The header does not say which one breast the image shows."
    )
    MISSING_VIEW = _private("NO_VIEW", "View missing", "The header does not say which view the image is.")
    UNSUPPORTED_VIEW = _private(
        "OTHER_VIEW",
        "View other than standard CC or MLO",
        "The image is an additional view; the model has learnt standard CC and MLO views only.",
    )
    TOO_SMALL = _private(
        "TOO_SMALL",
        "Image too small for a whole breast",
        "The image is too small to show a whole breast.",
    )
    QUALITY_GATE = _private(
        "UNLIKE_MAMMOGRAM",
        "Picture does not look like a mammogram",
        "The picture does not look like a mammogram, whatever its header says.",
    )
    UNREADABLE = _private("UNREADABLE", "Image cannot be read", "The pixels or the header of the image cannot be read.")

    @property
    def concept(self) -> tuple[str, str, str]:
        """Code Value, Coding Scheme Designator, Code Meaning."""
        reason = self.value
        return reason.code_value, reason.coding_scheme_designator, reason.code_meaning

    @property
    def sentence(self) -> str:
        """The reason in words, for a human."""
        return self.value.sentence


_FOR_PROCESSING: Final = frozenset({DigitalMammographyXRayImageStorageForProcessing})
_TOMOSYNTHESIS: Final = frozenset(
    {
        BreastTomosynthesisImageStorage,
        BreastProjectionXRayImageStorageForPresentation,
        BreastProjectionXRayImageStorageForProcessing,
    }
)
_MAMMOGRAPHY: Final = (
    frozenset({DigitalMammographyXRayImageStorageForPresentation, SecondaryCaptureImageStorage})
    | _FOR_PROCESSING
    | _TOMOSYNTHESIS
)
_TOMOSYNTHESIS_IMAGE_TYPES: Final = frozenset({"TOMOSYNTHESIS", "TOMO_PROJ", "TOMO_2D", "GENERATED_2D"})

# CID 4015 View Modifier for Mammography: SCT and former SRT codes
_SPOT: Final = frozenset({"399055006", "R-102D7"})
_MAGNIFIED: Final = frozenset({"399163009", "R-102D6"})
_IMPLANT_DISPLACED: Final = frozenset({"399209000", "R-102D5"})
_WHOLE_BREAST: Final = frozenset({"442581004", "R-40AB3"})  # nipple in profile: a standard view, well positioned


def assess(header: Dataset, view: ViewIdentity) -> NotAnalysed | None:
    """Decide from the header whether an image is analysed.

    Parameters
    ----------
    header
        Everything before Pixel Data.
    view
        From `dicom_node.geometry.identify_view` of the same header.

    Returns
    -------
    NotAnalysed or None
        None: analyse it. Else the first reason against it, those that say what the object is before those
        that say what it lacks.

    Raises
    ------
    ConversionError
        If an attribute cannot be read; the reason is then UNREADABLE.

    References
    ----------
    PS3.3 C.8.11.7 Mammography Image; PS3.16 CID 4014, CID 4015.
    """
    return (
        _object_reason(header)
        or _subject_reason(header, view)
        or _extent_reason(header)
        or _identity_reason(view)
        or _modifier_reason(header)
        or (NotAnalysed.TOO_SMALL if _is_too_small(header) else None)
    )


def _object_reason(header: Dataset) -> NotAnalysed | None:
    """What kind of object is it?"""
    sop_class = attributes.text(header, "SOPClassUID")
    if sop_class not in _MAMMOGRAPHY or attributes.term(header, "Modality") != "MG":
        return NotAnalysed.NOT_MAMMOGRAPHY
    if attributes.term(header, "QualityControlImage") == "YES":
        return NotAnalysed.NOT_MAMMOGRAPHY
    image_type = {value.upper() for value in attributes.texts(header, "ImageType")}
    if sop_class in _TOMOSYNTHESIS or image_type & _TOMOSYNTHESIS_IMAGE_TYPES:
        return NotAnalysed.TOMOSYNTHESIS
    intent = attributes.term(header, "PresentationIntentType")
    if sop_class in _FOR_PROCESSING or intent == "FOR PROCESSING":
        return NotAnalysed.FOR_PROCESSING
    return None


def _subject_reason(header: Dataset, view: ViewIdentity) -> NotAnalysed | None:
    """Is it an intact breast, and of one mind about which?"""
    if view.view == "SPECIMEN" or attributes.items(header, "SpecimenDescriptionSequence"):
        return NotAnalysed.SPECIMEN
    if view.contradiction is not None:
        return NotAnalysed.CONTRADICTORY_IDENTITY
    if attributes.term(header, "BreastImplantPresent") == "YES" or _modifiers(header) & _IMPLANT_DISPLACED:
        return NotAnalysed.IMPLANT
    return None


def _extent_reason(header: Dataset) -> NotAnalysed | None:
    """Is it a view of part of the breast?"""
    modifiers = _modifiers(header)
    if modifiers & _SPOT:
        return NotAnalysed.SPOT
    factor = attributes.decimal(header, "EstimatedRadiographicMagnificationFactor")
    if modifiers & _MAGNIFIED or (factor is not None and factor > MAXIMUM_CONTACT_MAGNIFICATION):
        return NotAnalysed.MAGNIFICATION
    if attributes.term(header, "PartialView") == "YES":
        return NotAnalysed.PARTIAL_VIEW
    return None


def _identity_reason(view: ViewIdentity) -> NotAnalysed | None:
    """Is it a standard view of one side?"""
    if view.laterality is None:
        return NotAnalysed.MISSING_LATERALITY
    if view.view is None:
        return NotAnalysed.MISSING_VIEW
    return None if view.view in ANALYSED_VIEWS else NotAnalysed.UNSUPPORTED_VIEW


def _modifier_reason(header: Dataset) -> NotAnalysed | None:
    """Is the view taken in the standard manner? Rolled, tangential, cleavage ... and unknown ones are not."""
    return NotAnalysed.UNSUPPORTED_VIEW if _modifiers(header) - _WHOLE_BREAST else None


def _is_too_small(header: Dataset) -> bool:
    sides = attributes.required_integer(header, "Rows"), attributes.required_integer(header, "Columns")
    if max(sides) < MINIMUM_LONGER_SIDE or min(sides) < MINIMUM_SHORTER_SIDE:
        return True
    spacing = pixel_spacing(header)
    if spacing is None:
        return False
    return max(sides[0] * spacing.row_mm, sides[1] * spacing.column_mm) < MINIMUM_LONGER_SIDE_MM


def _modifiers(header: Dataset) -> set[str]:
    """Return the codes of all view modifiers."""
    codes = set()
    for view in attributes.items(header, "ViewCodeSequence"):
        for modifier in attributes.items(view, "ViewModifierCodeSequence"):
            codes.add(attributes.text(modifier, "CodeValue") or "")
    return codes
