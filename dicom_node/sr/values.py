"""One attribute of a foreign header: its value in unicode when it is valid, nothing when it is not.

References
----------
DICOM PS3.5 6.2 (value representations), 6.1 (character repertoires); PS3.3 Table 8.8-1 (code sequence macro),
Table 10-17 (HL7v2 hierarchic designator macro).
"""

import re
import threading
import warnings
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydicom import config
from pydicom.datadict import dictionary_VM, dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.valuerep import validate_value

# two threads that silence pydicom at once would restore each other's silence
_quiet = threading.Lock()

_UNDECLARED = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6"})
_TEXT_VRS = frozenset({"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"})
_MULTI_LINE_VRS = frozenset({"LT", "ST", "UT"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_REPLACEMENT = "\ufffd"
_NAME_COMPONENTS = 5

# what reading a value can raise, depending on how it is broken
_UNREADABLE = (
    *(ValueError, TypeError, LookupError, NotImplementedError, OverflowError, AttributeError),
    BytesLengthException,  # pydicom's own, and no ValueError
)

_ENUMERATED = MappingProxyType(
    {
        "PatientSex": frozenset({"M", "F", "O"}),
        "SmokingStatus": frozenset({"YES", "NO", "UNKNOWN"}),
        "QualityControlSubject": frozenset({"YES", "NO"}),
        "PatientIdentityRemoved": frozenset({"YES", "NO"}),
        "PregnancyStatus": frozenset({1, 2, 3, 4}),
        "TypeOfPatientID": frozenset({"TEXT", "RFID", "BARCODE"}),
        "ResponsiblePersonRole": frozenset(
            {"OWNER", "PARENT", "CHILD", "SPOUSE", "SIBLING", "RELATIVE", "GUARDIAN", "CUSTODIAN", "AGENT"}
        ),
        "UniversalEntityIDType": frozenset({"DNS", "EUI64", "ISO", "URI", "UUID", "X400", "X500"}),
    }
)

# an item of a sequence is worth keeping only with one of each of these
_NEEDED_IN_ITEM = MappingProxyType(
    {
        "ReferencedStudySequence": (("ReferencedSOPClassUID",), ("ReferencedSOPInstanceUID",)),
        "ReferencedPatientSequence": (("ReferencedSOPClassUID",), ("ReferencedSOPInstanceUID",)),
        "OtherPatientIDsSequence": (("PatientID",), ("TypeOfPatientID",)),
    }
)
_NEEDED_IN_CODE = (("CodeValue", "LongCodeValue"), ("CodingSchemeDesignator",), ("CodeMeaning",))
_NEEDED_IN_DESIGNATOR = (("LocalNamespaceEntityID", "UniversalEntityID"),)
_DESIGNATOR_SEQUENCES = re.compile(r"IssuerOf\w+Sequence|Order(Placer|Filler)IdentifierSequence|Assigning\w+Sequence")


def clean_element(dataset: Dataset, keyword: str) -> DataElement | None:
    """Return an attribute with its value in unicode, or None where the value breaks its representation.

    Parameters
    ----------
    dataset : Dataset
        A header in any character set; `keyword` must be in it.
    keyword : str
        Of a standard attribute. The representation of the data dictionary counts, not the one in the file.

    Returns
    -------
    DataElement or None
        Empty where the source is empty.
    """
    # pydicom warns of malformed values and quotes them: such words must reach no log. Values are checked here.
    with _quiet, config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _clean_element(dataset, keyword, _declares_character_set(dataset))


def _clean_element(dataset: Dataset, keyword: str, declared: bool) -> DataElement | None:
    vr = dictionary_VR(keyword)
    try:
        value = dataset[keyword].value
        if vr == "SQ":
            return _clean_sequence(keyword, value, declared)
        values = list(value) if isinstance(value, MultiValue | list) else [value]
        stated = [single for single in values if single not in ("", None)]
        multiplicity = dictionary_VM(keyword)
        if stated and multiplicity.isdigit() and len(values) != int(multiplicity):
            return None
        clean = [_clean_value(keyword, vr, single, declared) for single in stated]
    except _UNREADABLE:
        return None
    clean = [single for single in clean if single not in ("", None)]
    return DataElement(Tag(keyword), vr, clean[0] if len(clean) == 1 else clean or None)


def _declares_character_set(dataset: Dataset) -> bool:
    declared = dataset.get("SpecificCharacterSet") or ""
    return not isinstance(declared, str) or declared not in _UNDECLARED


def _clean_value(keyword: str, vr: str, value: Any, declared: bool) -> str | int | None:
    """Return one value in unicode; raise ValueError where it breaks its representation."""
    if value is None:
        return None
    if vr == "US":
        number = int(value)
        if keyword in _ENUMERATED and number not in _ENUMERATED[keyword]:
            raise ValueError(keyword)
        return number
    if vr in _TEXT_VRS and isinstance(value, bytes):
        raise ValueError(keyword)
    text = str(value)
    if not declared:
        text = _read_as_utf_8(text)
    text = text.rstrip(" \0") if vr in _MULTI_LINE_VRS else text.strip(" \0")
    if text:
        _check_text(keyword, vr, text)
    return text


def _check_text(keyword: str, vr: str, text: str) -> None:
    unprintable = _CONTROL_BUT_LINES if vr in _MULTI_LINE_VRS else _CONTROL
    if _REPLACEMENT in text or unprintable.search(text):
        raise ValueError(keyword)
    if "\\" in text and vr not in _MULTI_LINE_VRS:
        raise ValueError(keyword)
    if vr == "PN" and any(group.count("^") >= _NAME_COMPONENTS for group in text.split("=")):
        raise ValueError(keyword)
    if vr == "DA":
        datetime.strptime(text, "%Y%m%d")  # the calendar: 20250230 has the right form
    if keyword in _ENUMERATED and text not in _ENUMERATED[keyword]:
        raise ValueError(keyword)
    validate_value(vr, text, config.RAISE)


def _read_as_utf_8(text: str) -> str:
    """Undo the Latin-1 reading of a header that declares no character set, where its bytes are UTF-8.

    Letters beyond ASCII are an error of the source there. Latin-1 is what pydicom falls back to; text of any
    length that is valid UTF-8 is UTF-8.
    """
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _clean_sequence(keyword: str, items: Any, declared: bool) -> DataElement:
    clean = [item for item in (_clean_item(keyword, item, declared) for item in items or []) if item is not None]
    return DataElement(Tag(keyword), "SQ", Sequence(clean))


def _clean_item(sequence: str, item: Dataset, declared: bool) -> Dataset | None:
    clean = Dataset()
    for tag in item.keys():  # noqa: SIM118  iterating a Dataset reads its values, which may raise
        keyword = keyword_for_tag(tag)
        if not keyword or keyword == "SpecificCharacterSet":
            continue
        element = _clean_element(item, keyword, declared)
        if element is not None and not element.is_empty:
            clean.add(element)
    if clean.get("UniversalEntityID") is None or clean.get("UniversalEntityIDType") is None:
        clean.pop("UniversalEntityID", None)
        clean.pop("UniversalEntityIDType", None)
    complete = all(any(key in clean for key in alternatives) for alternatives in _needed(sequence))
    return clean if complete and len(clean) else None


def _needed(sequence: str) -> tuple[tuple[str, ...], ...]:
    if sequence.endswith("CodeSequence"):
        return _NEEDED_IN_CODE
    if _DESIGNATOR_SEQUENCES.fullmatch(sequence):
        return _NEEDED_IN_DESIGNATOR if sequence != "IssuerOfPatientIDQualifiersSequence" else ()
    return _NEEDED_IN_ITEM.get(sequence, ())
