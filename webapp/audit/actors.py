"""Who is acting. Whoever serves somebody says so for the time of it; a process answers for what it does by itself."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from webapp.audit.models import ActorKind


@dataclass(frozen=True)
class Actor:
    """Somebody who does things here."""

    kind: ActorKind
    name: str
    id: str = ""
    token_id: str = ""
    address: str = ""


# a function, because a request knows its user only once the view has asked
_present: ContextVar[Callable[[], Actor] | None] = ContextVar("actor", default=None)


@contextmanager
def acting(who: Actor | Callable[[], Actor]) -> Iterator[None]:
    """Let somebody be the actor of all that happens inside."""
    token = _present.set((lambda: who) if isinstance(who, Actor) else who)
    try:
        yield
    finally:
        _present.reset(token)


def current() -> Actor | None:
    """Return who acts at present; None where nobody said so."""
    ask = _present.get()
    return None if ask is None else ask()


def current_or_process() -> Actor:
    """Return who acts at present; where nobody said so, this process, or the command that somebody runs."""
    return current() or process_actor()


def application_entity(ae_title: str, address: str) -> Actor:
    """Return a DICOM peer."""
    return Actor(ActorKind.AE, ae_title.strip() or "(none)", address=address)


def process_actor() -> Actor:
    """Return this process: the operating system's user and what runs."""
    program, arguments = Path(sys.argv[0]).name, sys.argv[1:]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for its user
        user = "unknown user"
    if program == "manage.py":
        words = " ".join(["manage.py", *arguments[:1]])
        return Actor(ActorKind.COMMAND, f"{user}: {words}"[:150])
    role = next((word for word in ("worker", "beat") if word in arguments), "")
    return Actor(ActorKind.PROCESS, f"{user}: {program} {role}".strip()[:150])
