"""An object in another outward form: another uncompressed transfer syntax, another character set.

References
----------
DICOM PS3.5 6.1 (character repertoires), Annex A (transfer syntaxes); PS3.3 C.12.1.1.2.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.charset import python_encoding
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

_UNCOMPRESSED: Final = frozenset({ExplicitVRLittleEndian, ImplicitVRLittleEndian})
_TEXT: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


@dataclass(frozen=True)
class Form:
    """What a peer wants: a transfer syntax UID (empty: any), and a defined term of a character set."""

    transfer_syntax_uid: str
    character_set: str


def recode(path: Path, form: Form) -> bytes | None:
    """Bring an object into the form that a peer wants.

    Parameters
    ----------
    path
        A Part 10 file in an uncompressed transfer syntax; others are left as they are.
    form
        What is wanted. A character set in which not every letter of the object has a place is not taken:
        a name is never spoiled.

    Returns
    -------
    bytes or None
        The whole file, or None where it already has the form, or cannot be given it.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    dataset = dcmread(path)
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in _UNCOMPRESSED:
        return None
    wanted_syntax = form.transfer_syntax_uid or str(syntax)
    present = str(dataset.get("SpecificCharacterSet", "") or "")
    wanted_set = form.character_set if _fits(dataset, form.character_set) else present
    if wanted_syntax == syntax and wanted_set == present:
        return None
    if wanted_set != present:
        dataset.decode()  # every text becomes letters before its bytes are chosen anew
        dataset.SpecificCharacterSet = wanted_set
    dataset.file_meta.TransferSyntaxUID = UID(wanted_syntax)
    written = BytesIO()
    dataset.save_as(
        written,
        implicit_vr=wanted_syntax == ImplicitVRLittleEndian,
        little_endian=True,
        enforce_file_format=True,
    )
    return written.getvalue()


def _fits(dataset: Dataset, character_set: str) -> bool:
    encoding = python_encoding.get(character_set)
    if encoding is None:
        return False
    try:
        for element in dataset.iterall():
            if element.VR in _TEXT:
                str(element.value).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
