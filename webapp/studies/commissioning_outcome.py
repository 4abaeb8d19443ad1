"""What the checks of a commissioning come to."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True)
class Check:
    """One check: its name, what it came to, and a sentence that says what was seen and what to do next."""

    name: str
    status: Status
    sentence: str


def passed(name: str, sentence: str) -> Check:
    """Return a check whose matter was seen to work."""
    return Check(name, Status.PASSED, sentence)


def failed(name: str, sentence: str) -> Check:
    """Return a check whose matter was seen not to work."""
    return Check(name, Status.FAILED, sentence)


def not_proven(name: str, sentence: str) -> Check:
    """Return a check that could not be decided from here."""
    return Check(name, Status.NOT_PROVEN, sentence)
