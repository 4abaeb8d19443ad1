"""The image library of a Mammography CAD SR (TID 4020): every image of the study and how it was taken.

Descriptors are written only where the image states them validly; none is invented. Study Date and Time are the
study's, never the acquisition's.

References
----------
DICOM PS3.16 TID 4000 row 4, TID 4020; CID 4014, 4015, 6022.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from pydicom.dataset import Dataset

from dicom_node.sr import codes, items
from dicom_node.sr.content import ImageResult, NotAnalysedImage, ReportContent
from dicom_node.sr.headers import image_attributes
from dicom_node.sr.items import CONTAINS, HAS_ACQ_CONTEXT, HAS_CONCEPT_MOD

Place = tuple[int, ...]

LIBRARY_PLACE: Place = (1, 2)
"""Where `cad.py` puts the library: second child of the root, after the language."""

_STATED = (
    *("PatientOrientation", "ContentDate", "ContentTime", "ImagerPixelSpacing"),
    *("PositionerPrimaryAngle", "PositionerSecondaryAngle", "Rows", "Columns", "ViewCodeSequence"),
)
_DIRECTION = re.compile(r"[APLRHF]{1,3}")


def cad_image_library(content: ReportContent, headers: Mapping[str, Dataset], study: Dataset) -> Dataset:
    """Build the Image Library container, in reading order.

    Parameters
    ----------
    content : ReportContent
    headers : mapping of str to Dataset
        SOP Instance UID to image header, for every image of `content`.
    study : Dataset
        What the report itself says of the study: one date and one time for all images.
    """
    entries = [_entry(image, headers[image.sop_instance_uid], study) for image in content.all_images]
    return items.container(CONTAINS, codes.IMAGE_LIBRARY, entries)


def library_places(content: ReportContent) -> dict[str, Place]:
    """Return where each image stands in the tree, by SOP Instance UID."""
    return {
        image.sop_instance_uid: (*LIBRARY_PLACE, number) for number, image in enumerate(content.all_images, start=1)
    }


def _entry(image: ImageResult | NotAnalysedImage, header: Dataset, study: Dataset) -> Dataset:
    stated = image_attributes(header, _STATED)
    return items.image(CONTAINS, header, [*_view(image, stated), *_acquisition(stated, study)])


def _view(image: ImageResult | NotAnalysedImage, stated: Dataset) -> Iterator[Dataset]:
    """Yield rows 2 to 4 of TID 4020: side, view, view modifiers."""
    if image.laterality is not None:
        yield items.code(HAS_ACQ_CONTEXT, codes.IMAGE_LATERALITY, codes.BREASTS[image.laterality])
    if image.view is not None:
        modifiers = list(_modifiers(stated))
        yield items.code(HAS_ACQ_CONTEXT, codes.IMAGE_VIEW, codes.VIEWS[image.view], modifiers)


def _acquisition(stated: Dataset, study: Dataset) -> Iterator[Dataset]:
    """Yield the rows of TID 4020 from row 5 on, in the order of the template."""
    yield from _orientation(stated.get("PatientOrientation"))
    moments = (
        (items.date, codes.STUDY_DATE, study.get("StudyDate")),
        (items.time, codes.STUDY_TIME, study.get("StudyTime")),
        (items.date, codes.CONTENT_DATE, stated.get("ContentDate")),
        (items.time, codes.CONTENT_TIME, stated.get("ContentTime")),
    )
    for make, name, moment in moments:
        if moment:
            yield make(HAS_ACQ_CONTEXT, name, str(moment))
    yield from _spacing(stated.get("ImagerPixelSpacing"))
    yield from _angle(codes.POSITIONER_PRIMARY_ANGLE, stated.get("PositionerPrimaryAngle"))
    yield from _angle(codes.POSITIONER_SECONDARY_ANGLE, stated.get("PositionerSecondaryAngle"))
    for name, keyword in ((codes.PIXEL_DATA_ROWS, "Rows"), (codes.PIXEL_DATA_COLUMNS, "Columns")):
        size = stated.get(keyword)
        if isinstance(size, int) and size > 0:
            yield items.number(HAS_ACQ_CONTEXT, name, size, codes.PIXELS)


def _modifiers(stated: Dataset) -> Iterator[Dataset]:
    seen = set()
    for view in stated.get("ViewCodeSequence") or []:
        for modifier in view.get("ViewModifierCodeSequence") or []:
            concept = codes.VIEW_MODIFIERS.get(str(modifier.get("CodeValue", "")))
            if concept is not None and concept not in seen:
                seen.add(concept)
                yield items.code(HAS_CONCEPT_MOD, codes.IMAGE_VIEW_MODIFIER, concept)


def _orientation(value: Sequence[str] | None) -> Iterator[Dataset]:
    if value is None or len(value) != 2 or not all(map(_DIRECTION.fullmatch, value)):
        return
    row, column = value
    yield items.text(HAS_ACQ_CONTEXT, codes.PATIENT_ORIENTATION_ROW, row)
    yield items.text(HAS_ACQ_CONTEXT, codes.PATIENT_ORIENTATION_COLUMN, column)


def _spacing(value: Sequence[str] | None) -> Iterator[Dataset]:
    if value is None or len(value) != 2 or not all(0 < float(spacing) < math.inf for spacing in value):
        return
    vertical, horizontal = (float(spacing) for spacing in value)
    yield items.number(HAS_ACQ_CONTEXT, codes.HORIZONTAL_PIXEL_SPACING, horizontal, codes.MILLIMETRE)
    yield items.number(HAS_ACQ_CONTEXT, codes.VERTICAL_PIXEL_SPACING, vertical, codes.MILLIMETRE)


def _angle(name: codes.Concept, value: object) -> Iterator[Dataset]:
    if isinstance(value, str | float | int) and math.isfinite(float(value)):
        yield items.number(HAS_ACQ_CONTEXT, name, float(value), codes.DEGREES)
