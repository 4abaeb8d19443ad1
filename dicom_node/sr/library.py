"""The image library of a measurement report (TID 1600): every image of the study, described.

Descriptors are written only where the image states them validly; none is invented.

References
----------
DICOM PS3.16 TID 1600, 1601, 1602 and 1603.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    ContainerContentItem,
    ContentItem,
    ContentSequence,
    ImageContentItem,
    NumContentItem,
    RelationshipTypeValues,
    TextContentItem,
)
from pydicom.dataset import Dataset

from dicom_node.sr import codes
from dicom_node.sr.codes import Concept
from dicom_node.sr.headers import image_attributes

_DESCRIBED_BY = ("Modality", "PatientOrientation", "ImagerPixelSpacing")
_DIRECTION = re.compile(r"[APLRHF]{1,3}")


@dataclass(frozen=True)
class LibraryImage:
    """An image of the study as the node understood it. `header` is the source's own."""

    header: Dataset
    laterality: str | None
    view: str | None


def coded(concept: Concept) -> CodedConcept:
    """Return a concept as highdicom takes it."""
    return CodedConcept(value=concept.value, scheme_designator=concept.scheme, meaning=concept.meaning)


def image_library(images: Sequence[LibraryImage]) -> ContainerContentItem:
    """Build the Image Library container.

    Parameters
    ----------
    images : sequence of LibraryImage
        In the order the library shall have.
    """
    group = _container(codes.IMAGE_LIBRARY_GROUP)
    group.ContentSequence = ContentSequence([_entry(image) for image in images])
    library = _container(codes.IMAGE_LIBRARY)
    library.ContentSequence = ContentSequence([group])
    return library


def _entry(image: LibraryImage) -> ImageContentItem:
    entry = ImageContentItem(
        name=coded(codes.SOURCE),
        referenced_sop_class_uid=image.header.SOPClassUID,
        referenced_sop_instance_uid=image.header.SOPInstanceUID,
        relationship_type=RelationshipTypeValues.CONTAINS,
    )
    entry.ContentSequence = ContentSequence(_descriptors(image))
    return entry


def _descriptors(image: LibraryImage) -> list[ContentItem]:
    """Rows of TID 1602, then of TID 1603, in the order of the templates."""
    stated = image_attributes(image.header, _DESCRIBED_BY)
    modality = codes.MODALITIES.get(str(stated.get("Modality", "")), codes.MODALITIES["OT"])
    found: list[ContentItem] = [_code(codes.MODALITY, modality)]
    if image.laterality is not None:
        found.append(_code(codes.IMAGE_LATERALITY, codes.LATERALITIES[image.laterality]))
    for concept, keyword in ((codes.PIXEL_DATA_ROWS, "Rows"), (codes.PIXEL_DATA_COLUMNS, "Columns")):
        size = image_attributes(image.header, (keyword,)).get(keyword)
        if isinstance(size, int) and size > 0:
            found.append(_number(concept, size, codes.PIXELS))
    if image.view is not None:
        found.append(_code(codes.IMAGE_VIEW, codes.VIEWS[image.view]))
    found.extend(_orientation(stated.get("PatientOrientation")))
    found.extend(_spacing(stated.get("ImagerPixelSpacing")))
    return found


def _orientation(value: Sequence[str] | None) -> list[ContentItem]:
    if value is None or not all(map(_DIRECTION.fullmatch, value)):
        return []
    row, column = value
    return [_text(codes.PATIENT_ORIENTATION_ROW, row), _text(codes.PATIENT_ORIENTATION_COLUMN, column)]


def _spacing(value: Sequence[str] | None) -> list[ContentItem]:
    if value is None or not all(0 < float(spacing) < math.inf for spacing in value):
        return []
    vertical, horizontal = (float(spacing) for spacing in value)
    return [
        _number(codes.HORIZONTAL_PIXEL_SPACING, horizontal, codes.MILLIMETRE),
        _number(codes.VERTICAL_PIXEL_SPACING, vertical, codes.MILLIMETRE),
    ]


def _container(name: Concept) -> ContainerContentItem:
    return ContainerContentItem(name=coded(name), relationship_type=RelationshipTypeValues.CONTAINS)


def _code(name: Concept, value: Concept) -> CodeContentItem:
    return CodeContentItem(coded(name), coded(value), RelationshipTypeValues.HAS_ACQ_CONTEXT)


def _text(name: Concept, value: str) -> TextContentItem:
    return TextContentItem(coded(name), value, RelationshipTypeValues.HAS_ACQ_CONTEXT)


def _number(name: Concept, value: float, unit: Concept) -> NumContentItem:
    return NumContentItem(coded(name), value, coded(unit), relationship_type=RelationshipTypeValues.HAS_ACQ_CONTEXT)
