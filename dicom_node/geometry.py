"""Which breast, which view and which way round: from the header, with the source of each answer.

Image-level codes come first; older attributes are fall-backs, and which one spoke is recorded. Where two
attributes contradict each other nobody wins: the contradiction is reported, and the image is not analysed.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from pydicom.dataset import Dataset

from dicom_node import attributes

Laterality = Literal["L", "R"]

_LATERALITIES: Final[dict[str, Laterality]] = {"L": "L", "R": "R"}

# CID 4014 View for Mammography: SCT, and the SRT codes of objects made before 2018
_VIEW_OF_CODE: Final = {
    "399162004": "CC",
    "R-10242": "CC",
    "399368009": "MLO",
    "R-10226": "MLO",
    "399260004": "ML",
    "R-10224": "ML",
    "399352003": "LM",
    "R-10228": "LM",
    "399099002": "LMO",
    "R-10230": "LMO",
    "399192008": "XCCL",
    "R-1024A": "XCCL",
    "399101009": "XCCM",
    "R-1024B": "XCCM",
    "399196006": "FB",
    "R-10244": "FB",
    "399188001": "SIO",
    "R-102D0": "SIO",
    "441555000": "ISO",
    "R-40AAA": "ISO",
    "127457009": "SPECIMEN",
    "G-8310": "SPECIMEN",
}
VIEWS: Final = frozenset(_VIEW_OF_CODE.values())
"""The views this module names: those of CID 4014, by their ACR abbreviations."""

# Views whose columns run from one side of the body to the other, and those that run from head to foot
_AXIAL_VIEWS: Final = frozenset({"CC", "XCCL", "XCCM", "FB"})
_OBLIQUE_VIEWS: Final = frozenset({"MLO", "LMO"})


class Source(Enum):
    """The attribute an answer comes from."""

    IMAGE_LATERALITY = "Image Laterality (0020,0062)"
    FRAME_LATERALITY = "Frame Laterality (0020,9072)"
    LATERALITY = "Laterality (0020,0060)"
    VIEW_CODE_SEQUENCE = "View Code Sequence (0054,0220)"
    VIEW_POSITION = "View Position (0018,5101)"
    PATIENT_ORIENTATION = "Patient Orientation (0020,0020)"
    ASSUMED = "assumed: chest wall at the breast's own side, head up"
    NONE = "none"


@dataclass(frozen=True)
class ViewIdentity:
    """What an image shows and how it lies.

    Attributes
    ----------
    laterality
        "L" or "R"; None where the header does not give one side (also for images of both breasts).
    view
        "CC", "MLO", "ML", "LM", "LMO", "XCCL", "XCCM", "FB", "SIO", "ISO" or "SPECIMEN"; None where unknown.
    laterality_source, view_source, orientation_source
        The attribute that spoke.
    flip_horizontal, flip_vertical
        Mirroring that brings the chest wall to the left edge, and the head (of axial views: the breast's
        lateral side) up.
    contradiction
        A sentence about attributes that exclude each other, None where all is consistent.
    """

    laterality: Laterality | None
    view: str | None
    laterality_source: Source
    view_source: Source
    flip_horizontal: bool
    flip_vertical: bool
    orientation_source: Source = Source.ASSUMED
    contradiction: str | None = None


def identify_view(header: Dataset) -> ViewIdentity:
    """Tell which breast and view an image shows, and how it lies.

    Parameters
    ----------
    header
        Everything before Pixel Data.

    Returns
    -------
    ViewIdentity
        With None where the header is silent, and ``contradiction`` where it is not of one mind.

    Raises
    ------
    ConversionError
        If one of the attributes cannot be read at all.

    References
    ----------
    PS3.3 C.8.11.7 Mammography Image, C.7.6.1.1.1 Patient Orientation; PS3.16 CID 4014.
    """
    laterality, laterality_source, contradictions = _laterality(header)
    view, view_source, more = _view(header)
    contradictions += more
    row, column = _directions(header)
    if row and column:
        contradictions += _orientation_faults(row, column, laterality, view)
        source = Source.PATIENT_ORIENTATION
        flip_horizontal = "P" in row
        flip_vertical = _is_upside_down(column, laterality, view)
    else:
        source = Source.ASSUMED
        flip_horizontal, flip_vertical = laterality == "R", False
    return ViewIdentity(
        laterality=laterality,
        view=view,
        laterality_source=laterality_source,
        view_source=view_source,
        flip_horizontal=flip_horizontal,
        flip_vertical=flip_vertical,
        orientation_source=source,
        contradiction=contradictions[0] if contradictions else None,
    )


def _laterality(header: Dataset) -> tuple[Laterality | None, Source, list[str]]:
    answers = [
        (term, source)
        for term, source in (
            (attributes.term(header, "ImageLaterality"), Source.IMAGE_LATERALITY),
            (_frame_laterality(header), Source.FRAME_LATERALITY),
            (attributes.term(header, "Laterality"), Source.LATERALITY),
        )
        if term is not None
    ]
    if not answers:
        return None, Source.NONE, []
    chosen, chosen_source = answers[0]
    faults = [
        f"{chosen_source.value} is {chosen}, but {source.value} is {other}."
        for other, source in answers[1:]
        if chosen in _LATERALITIES and other in _LATERALITIES and other != chosen
    ]
    return _LATERALITIES.get(chosen), chosen_source, faults


def _frame_laterality(header: Dataset) -> str | None:
    """Return the side of enhanced objects, which stands in a functional group that all frames share."""
    for groups in attributes.items(header, "SharedFunctionalGroupsSequence"):
        for anatomy in attributes.items(groups, "FrameAnatomySequence"):
            return attributes.term(anatomy, "FrameLaterality")
    return None


def _view(header: Dataset) -> tuple[str | None, Source, list[str]]:
    answers: list[tuple[str, Source]] = []
    for item in attributes.items(header, "ViewCodeSequence"):
        view = _VIEW_OF_CODE.get(attributes.text(item, "CodeValue") or "")
        if view is not None:
            answers.append((view, Source.VIEW_CODE_SEQUENCE))
    position = attributes.term(header, "ViewPosition")
    if position in VIEWS:
        answers.append((position, Source.VIEW_POSITION))
    orientation = attributes.texts(header, "PatientOrientation")
    if len(orientation) == 1 and orientation[0].upper() in VIEWS:
        answers.append((orientation[0].upper(), Source.PATIENT_ORIENTATION))
    if not answers:
        return None, Source.NONE, []
    view, source = answers[0]
    faults = [
        f"{source.value} says {view}, but {other_source.value} says {other}."
        for other, other_source in answers[1:]
        if other != view
    ]
    return view, source, faults


def _directions(header: Dataset) -> tuple[str, str]:
    """Return the letters of the row and the column direction, empty where there are none."""
    values = [value.upper() for value in attributes.texts(header, "PatientOrientation")]
    if len(values) != 2 or not all(set(value) <= set("APLRHF") for value in values):
        return "", ""
    return values[0], values[1]


def _orientation_faults(row: str, column: str, laterality: Laterality | None, view: str | None) -> list[str]:
    shown = f"Patient Orientation {row}\\{column}"
    if ("A" in row) == ("P" in row):
        return [f"{shown} does not run along the rows from chest wall to nipple; turned images are not read."]
    if view in _AXIAL_VIEWS and not set(column) & {"L", "R"}:
        return [f"{shown} has no left or right in its columns, which a {view} view must have."]
    if view in _OBLIQUE_VIEWS and laterality is not None:
        medial = "R" if laterality == "L" else "L"
        down, sideways = set(column) & {"F", "H"}, set(column) & {"L", "R"}
        if len(down) == 1 and len(sideways) == 1 and (down == {"F"}) != (sideways == {medial}):
            return [f"{shown} is not that of a {view} view of the {laterality} breast."]
    return []


def _is_upside_down(column: str, laterality: Laterality | None, view: str | None) -> bool:
    """Columns of axial views run from lateral to medial, all others from head to foot."""
    if view not in _AXIAL_VIEWS and set(column) & {"F", "H"}:
        return "H" in column
    lateral = laterality or ""
    return lateral in column if lateral else False
