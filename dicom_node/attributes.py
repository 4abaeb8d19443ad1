"""Typed reading of header attributes: absent and empty are None, malformed is an error with the tag in it."""

import math
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from dicom_node.errors import ConversionError
from dicom_node.image_file import MALFORMED

Value = TypeVar("Value")

# pydicom reads nested values as if from a file, and speaks of it so
_UNREADABLE: Final[tuple[type[Exception], ...]] = (*MALFORMED, OSError)


def name(keyword: str) -> str:
    """Return an attribute as people write it: ``Rows (0028,0010)``."""
    tag = Tag(tag_for_keyword(keyword) or 0)
    return f"{dictionary_description(tag)} ({tag.group:04X},{tag.element:04X})"


def texts(header: Dataset, keyword: str) -> tuple[str, ...]:
    """Read all values as stripped text; empty ones are left out.

    Raises
    ------
    ConversionError
        If the attribute is malformed, as everywhere in this module.
    """
    values = _values(header, keyword, str)
    return tuple(value.strip() for value in values if value.strip())


def text(header: Dataset, keyword: str) -> str | None:
    """Read the first value as stripped text, None where absent or empty."""
    values = texts(header, keyword)
    return values[0] if values else None


def term(header: Dataset, keyword: str) -> str | None:
    """Read the first value as a term: stripped, upper case, None where absent or empty."""
    value = text(header, keyword)
    return None if value is None else value.upper()


def integers(header: Dataset, keyword: str) -> tuple[int, ...]:
    """Read all values as integers."""
    return _values(header, keyword, int)


def integer(header: Dataset, keyword: str) -> int | None:
    """Read the first value as an integer, None where absent or empty."""
    values = integers(header, keyword)
    return values[0] if values else None


def required_integer(header: Dataset, keyword: str) -> int:
    """Read an integer that must be there."""
    value = integer(header, keyword)
    if value is None:
        raise ConversionError(f"{name(keyword)} is missing.")
    return value


def decimals(header: Dataset, keyword: str) -> tuple[float, ...]:
    """Read all values as finite numbers."""
    values = _values(header, keyword, float)
    if not all(map(math.isfinite, values)):
        raise ConversionError(f"{name(keyword)} is not a finite number.")
    return values


def decimal(header: Dataset, keyword: str) -> float | None:
    """Read the first value as a finite number, None where absent or empty."""
    values = decimals(header, keyword)
    return values[0] if values else None


def items(header: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Read the items of a sequence, none where it is absent."""
    value = _get(header, keyword)
    if value is None:
        return ()
    if not isinstance(value, Sequence):
        raise ConversionError(f"{name(keyword)} is not a sequence.")
    return tuple(value)


def octets(header: Dataset, keyword: str) -> bytes | None:
    """Read a value of bytes (OB, OW, OV, UN), None where it is absent or its representation holds numbers."""
    value = _get(header, keyword)
    return value if isinstance(value, bytes) else None


def _get(header: Dataset, keyword: str) -> Any:
    try:
        return header.get(keyword)
    except _UNREADABLE:
        raise ConversionError(f"{name(keyword)} cannot be read.") from None


def _values(header: Dataset, keyword: str, convert: Callable[[Any], Value]) -> tuple[Value, ...]:
    raw = _get(header, keyword)
    if raw is None or (isinstance(raw, str | bytes) and not raw):
        return ()
    many = list(raw) if isinstance(raw, MultiValue | list | tuple) else [raw]
    try:
        return tuple(convert(value) for value in many if value is not None and value != "")
    except MALFORMED:
        raise ConversionError(f"{name(keyword)} cannot be read.") from None
