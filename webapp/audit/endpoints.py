"""What a request at each address tells the trail. Every application registers its own in its ``audit_table``."""

import re
from dataclasses import dataclass
from typing import Final

from webapp.audit.models import Action, Event


@dataclass(frozen=True)
class Told:
    """What is written of a request. ``part`` says what of the object it is about, where that is not the whole."""

    event: Event
    action: Action
    object_type: str
    # the keyword of the address that names the object
    key: str = ""
    # the member of the answer that names what was made
    made: str = ""
    # further keywords of the address, and words after the question mark, that name objects
    also: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True)
class Untold:
    """Nothing is written; the reason says why that is no gap."""

    reason: str


Entry = Told | Untold

_EVERY: Final = "*"
_entries: dict[tuple[str, str], Entry] = {}

_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)+", re.ASCII)
_KEY: Final = re.compile(r"[0-9]{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_UIDS: Final = frozenset({"study", "series", "instance", "uid", "study_instance_uid", "sop_instance_uid"})
_LONGEST: Final = 64


def tell(name: str, **methods: Told) -> None:
    """Register what each method at the address of this name tells; ``GET`` stands for ``HEAD``, too."""
    for method, told in methods.items():
        _entries[name, method] = told


def leave(reason: str, *names: str) -> None:
    """Register addresses that tell nothing, and why."""
    for name in names:
        _entries[name, _EVERY] = Untold(reason)


def entry_of(name: str, method: str) -> Entry | None:
    """Return what was registered for an address; None where nothing was."""
    return _entries.get((name, method)) or _entries.get((name, _EVERY))


def identifier(name: str, value: object) -> str:
    """Return a value as the identifier that its keyword asks for; empty where it is none.

    An address is typed by people, who may type a name or a number of a patient: what has not the form of an
    identifier of this node is not kept.
    """
    text = str(value)
    form = _UID if name in _UIDS else _KEY
    return text if len(text) <= _LONGEST and form.fullmatch(text) else ""


def registered() -> frozenset[str]:
    """Return the names of all addresses that were registered."""
    return frozenset(name for name, _ in _entries)
