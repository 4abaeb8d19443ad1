"""The content items of a Structured Report, each as a plain data set.

One function for each value type in use. `relationship` is how the item relates to its parent; None for a root.
Items are built from the leaves up; `by_reference` names another item by its place, so the places it names must
be final.

References
----------
DICOM PS3.3 C.17.3 (SR Document Content), C.18 (value type macros).
"""

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.valuerep import format_number_as_ds

from dicom_node.sr.codes import Concept
from dicom_node.sr.findings import Point
from dicom_node.sr.identity import code_item

CONTAINS = "CONTAINS"
HAS_ACQ_CONTEXT = "HAS ACQ CONTEXT"
HAS_CONCEPT_MOD = "HAS CONCEPT MOD"
HAS_OBS_CONTEXT = "HAS OBS CONTEXT"
HAS_PROPERTIES = "HAS PROPERTIES"
INFERRED_FROM = "INFERRED FROM"
SELECTED_FROM = "SELECTED FROM"


def container(relationship: str | None, name: Concept, children: Sequence[Dataset]) -> Dataset:
    """Return a CONTAINER whose children stand on their own (SEPARATE)."""
    item = _item(relationship, "CONTAINER", name, children)
    item.ContinuityOfContent = "SEPARATE"
    return item


def code(relationship: str, name: Concept, value: Concept, children: Sequence[Dataset] = ()) -> Dataset:
    """Return a CODE."""
    item = _item(relationship, "CODE", name, children)
    item.ConceptCodeSequence = DicomSequence([code_item(value)])
    return item


def text(relationship: str, name: Concept, value: str) -> Dataset:
    """Return a TEXT; lines end with CR LF."""
    item = _item(relationship, "TEXT", name)
    item.TextValue = value
    return item


def number(relationship: str, name: Concept, value: float, unit: Concept, children: Sequence[Dataset] = ()) -> Dataset:
    """Return a NUM: decimal digits, and the exact value in double precision beside them."""
    measured = Dataset()
    measured.NumericValue = format_number_as_ds(float(value)).removesuffix(".0")
    measured.FloatingPointValue = float(value)
    measured.MeasurementUnitsCodeSequence = DicomSequence([code_item(unit)])
    item = _item(relationship, "NUM", name, children)
    item.MeasuredValueSequence = DicomSequence([measured])
    return item


def date(relationship: str, name: Concept, value: str) -> Dataset:
    """Return a DATE; `value` is YYYYMMDD."""
    return _with(_item(relationship, "DATE", name), "Date", value)


def time(relationship: str, name: Concept, value: str) -> Dataset:
    """Return a TIME; `value` is HHMMSS with or without a fraction."""
    return _with(_item(relationship, "TIME", name), "Time", value)


def uid_reference(relationship: str, name: Concept, value: str) -> Dataset:
    """Return a UIDREF."""
    return _with(_item(relationship, "UIDREF", name), "UID", value)


def image(relationship: str, header: Dataset, children: Sequence[Dataset]) -> Dataset:
    """Return an IMAGE, without concept name as TID 4020 has it."""
    reference = Dataset()
    reference.ReferencedSOPClassUID = header.SOPClassUID
    reference.ReferencedSOPInstanceUID = header.SOPInstanceUID
    item = _item(relationship, "IMAGE", None, children)
    item.ReferencedSOPSequence = DicomSequence([reference])
    return item


def coordinates(relationship: str, name: Concept, points: Sequence[Point], children: Sequence[Dataset]) -> Dataset:
    """Return a SCOORD: a POINT for one point, else a POLYLINE."""
    item = _item(relationship, "SCOORD", name, children)
    item.GraphicType = "POINT" if len(points) == 1 else "POLYLINE"
    item.GraphicData = [value for point in points for value in point]
    return item


def by_reference(relationship: str, place: Sequence[int]) -> Dataset:
    """Return an item that stands for the one at `place`: positions from the root (1) down, counted from 1."""
    item = Dataset()
    item.RelationshipType = relationship
    item.ReferencedContentItemIdentifier = list(place)
    return item


def _item(relationship: str | None, value_type: str, name: Concept | None, children: Sequence[Dataset] = ()) -> Dataset:
    item = Dataset()
    if relationship is not None:
        item.RelationshipType = relationship
    item.ValueType = value_type
    if name is not None:
        item.ConceptNameCodeSequence = DicomSequence([code_item(name)])
    if children:
        item.ContentSequence = DicomSequence(children)
    return item


def _with(item: Dataset, keyword: str, value: Any) -> Dataset:
    setattr(item, keyword, value)
    return item
