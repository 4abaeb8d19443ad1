"""A data set's header as DICOM JSON: what lies in the pixels is named by a URI, not carried along."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from dicom_node.errors import InvalidObject
from dicom_node.image_file import MALFORMED

# in base64; a viewer cannot draw without look-up tables, the longest of which has 65,536 entries of 16 bits
_LONGEST_INLINE_BYTES: Final = 4 * -(-2 * 65_536 // 3)
_PIXEL_DATA: Final = "7FE00010"
_AVAILABLE_TRANSFER_SYNTAX: Final = "00083002"


def to_dicom_json(header: Dataset, transfer_syntax_uid: str, bulk_data_uri: str) -> dict[str, Any]:
    """Return a header in the DICOM JSON model.

    Parameters
    ----------
    header
        Everything before Pixel Data, as `dicom_node.image_file.read_header` gives.
    transfer_syntax_uid
        In which the object is stored; it becomes Available Transfer Syntax UID (0008,3002).
    bulk_data_uri
        Where the object's bulk data stand: pixels at ``<uri>/7FE00010``, other long values likewise by tag.

    Returns
    -------
    dict
        Tag to attribute; an element that cannot be read is left out.

    Raises
    ------
    InvalidObject
        If the header as a whole cannot be written as JSON.

    References
    ----------
    PS3.18 F.2 DICOM JSON Model; PS3.18 8.7.3.2 bulk data.
    """

    def name_it(element: DataElement) -> str:
        return f"{bulk_data_uri}/{element.tag:08X}"

    found = _json(header, name_it)
    found[_PIXEL_DATA] = {"vr": "OW", "BulkDataURI": f"{bulk_data_uri}/{_PIXEL_DATA}"}
    found[_AVAILABLE_TRANSFER_SYNTAX] = {"vr": "UI", "Value": [transfer_syntax_uid]}
    return dict(sorted(found.items()))


def without_bulk_data(header: Dataset) -> dict[str, Any]:
    """Return a header in the DICOM JSON model, long values left out.

    Parameters
    ----------
    header
        Everything before Pixel Data, or a part of it.

    Returns
    -------
    dict
        Tag to attribute; an element that cannot be read is left out.

    Raises
    ------
    InvalidObject
        If the header as a whole cannot be written as JSON.
    """
    found = _json(header, lambda element: "")
    return {tag: value for tag, value in found.items() if "BulkDataURI" not in value}


def part_of(header: Dataset, tags: Iterable[int]) -> Dataset:
    """Return some elements of a header; one that is absent or cannot be read is left out.

    Parameters
    ----------
    header
        Any data set.
    tags
        Of elements at its top.

    Returns
    -------
    Dataset
        Of the elements themselves, not of copies.
    """
    part = Dataset()
    for tag in tags:
        with suppress(*MALFORMED):
            if tag in header:
                part.add(header[tag])
    return part


def _json(header: Dataset, name_bulk_data: Callable[[DataElement], str]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = header.to_json_dict(
            bulk_data_threshold=_LONGEST_INLINE_BYTES,
            bulk_data_element_handler=name_bulk_data,
            suppress_invalid_tags=True,
        )
    except MALFORMED as error:
        # without its text, which may quote values
        raise InvalidObject(f"the header cannot be written as JSON ({type(error).__name__})") from None
    return {tag: value for tag, value in found.items() if not tag.startswith("0002")}
