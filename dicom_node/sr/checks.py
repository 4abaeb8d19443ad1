"""The rules single values of a report must keep; each failure is a sentence."""

import math
import re

from dicom_node.errors import ReportError
from dicom_node.sr import codes

# as tolerant as reception: a component with leading zeros is wrong, but a reference must repeat it to the letter
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_uid(uid: str) -> None:
    """Raise ReportError unless `uid` has the letters and the length of a UID (PS3.5 9.1)."""
    if len(uid) > 64 or not _UID.fullmatch(uid):
        raise ReportError(f"{uid[:80]!r} is not a UID.")


def check_image(uid: str, laterality: str | None, view: str | None) -> None:
    """Raise ReportError unless an image is named by a UID, a side (or None) and a coded view (or None)."""
    check_uid(uid)
    if laterality is not None and laterality not in codes.LATERALITIES:
        raise ReportError(f"The laterality of image {uid} is L, R or unknown, not {laterality!r}.")
    if view is not None and view not in codes.VIEWS:
        raise ReportError(f"The view of image {uid} is none of {', '.join(codes.VIEWS)}, but {view!r}.")


def check_probability(what: str, value: float) -> None:
    """Raise ReportError unless `value` is a number from 0 to 1."""
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise ReportError(f"The {what} must lie between 0 and 1, and is {value}.")


def check_short_text(what: str, text: str) -> None:
    """Raise ReportError unless `text` fits an attribute of representation LO (PS3.5 Table 6.2-1)."""
    if not text.strip() or text != text.strip() or len(text) > 64 or "\\" in text or _CONTROL.search(text):
        raise ReportError(f"The {what} must have 1 to 64 printable characters, no backslash, no blanks around.")


def check_sentence(what: str, text: str) -> None:
    """Raise ReportError unless `text` is one line of at most 1024 characters."""
    if not text.strip() or text != text.strip() or len(text) > 1024 or _CONTROL.search(text):
        raise ReportError(f"The {what} must have 1 to 1024 printable characters and no blanks around.")


def one_line(text: str) -> str:
    """Return `text` with control characters and runs of white space brought to single blanks."""
    return " ".join(_CONTROL.sub(" ", text).split())
