"""A Structured Report as text for people: any of them, whoever wrote it.

The way is the content tree itself, item by item. What cannot be read of an item is left out of its text, and the item
stays: a report is shown as far as it goes.

References
----------
DICOM PS3.3 C.17.3 (SR Document Content), C.18 (value type macros).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset

from dicom_node.sr.tree import MALFORMED

_DEEPEST: Final = 20
_NO_UNIT: Final = frozenset({"1", "{0:1}"})
_SHORTEST_UNITS: Final = {"%": " %", "mm": " mm", "mm2": " mm²"}


@dataclass(frozen=True)
class Line:
    """One item: the name of its concept, its value in words, and what hangs on it."""

    label: str
    value: str
    children: tuple["Line", ...]


@dataclass(frozen=True)
class Outline:
    """A document: its title, and its items."""

    title: str
    lines: tuple[Line, ...]


def outline(report: Dataset) -> Outline:
    """Return the content of a Structured Report as nested lines.

    Parameters
    ----------
    report
        Any object with a content tree.

    Returns
    -------
    Outline
        Without lines where the object has no content tree.
    """
    return Outline(_label(report) or "Structured Report", tuple(_lines(report, 0)))


def _lines(parent: Dataset, depth: int) -> Iterator[Line]:
    if depth >= _DEEPEST:
        return
    for item in parent.get("ContentSequence") or []:
        if "ReferencedContentItemIdentifier" in item:
            place = item.ReferencedContentItemIdentifier
            numbers = place if isinstance(place, list) or hasattr(place, "__iter__") else [place]
            yield Line("See item", ".".join(map(str, numbers)), ())
            continue
        yield Line(_label(item) or _kind(item).capitalize(), _value(item), tuple(_lines(item, depth + 1)))


def _kind(item: Dataset) -> str:
    return str(item.get("ValueType") or "item")


def _label(item: Dataset) -> str:
    try:
        return str(item.ConceptNameCodeSequence[0].CodeMeaning)
    except MALFORMED:
        return ""


def _value(item: Dataset) -> str:
    write = _WRITERS.get(_kind(item))
    if write is None:
        return ""
    try:
        return write(item)
    except MALFORMED:
        return ""


def _number(item: Dataset) -> str:
    measured = item.MeasuredValueSequence[0]
    unit = measured.MeasurementUnitsCodeSequence[0]
    code = str(unit.CodeValue)
    if code in _NO_UNIT:
        return str(measured.NumericValue)
    return f"{measured.NumericValue}{_SHORTEST_UNITS.get(code, ' ' + str(unit.CodeMeaning))}"


def _date(item: Dataset) -> str:
    text = str(item.Date)
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 else text


def _time(item: Dataset) -> str:
    text = str(item.Time)
    return f"{text[:2]}:{text[2:4]}:{text[4:6]}" if len(text) >= 6 else text


def _reference(item: Dataset) -> str:
    return str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)


def _coordinates(item: Dataset) -> str:
    values = [f"{float(value):.1f}" for value in item.GraphicData]
    points = "; ".join(f"{x}, {y}" for x, y in zip(values[::2], values[1::2], strict=False))
    return f"{item.GraphicType}: {points}"


_WRITERS: Final[dict[str, Callable[[Dataset], str]]] = {
    "CODE": lambda item: str(item.ConceptCodeSequence[0].CodeMeaning),
    "TEXT": lambda item: str(item.TextValue),
    "NUM": _number,
    "DATE": _date,
    "TIME": _time,
    "DATETIME": lambda item: str(item.DateTime),
    "PNAME": lambda item: str(item.PersonName),
    "UIDREF": lambda item: str(item.UID),
    "IMAGE": _reference,
    "COMPOSITE": _reference,
    "SCOORD": _coordinates,
}
