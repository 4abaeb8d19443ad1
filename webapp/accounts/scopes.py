"""May this account see that object? Who owns a kind of object registers the answer; applications beside it ask."""

from collections.abc import Callable

from webapp.accounts.roles import Person

Question = Callable[[Person, int], bool]

UPLOAD = "upload"

_answers: dict[str, Question] = {}


def register(kind: str, may_see: Question) -> None:
    """Say who answers for a kind of object."""
    _answers[kind] = may_see


def may_see(user: Person, kind: str, key: int) -> bool:
    """Tell whether there is such an object for this account."""
    return _answers[kind](user, key)
