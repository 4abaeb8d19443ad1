"""May a round be analysed now, and may an upload? Whoever knows a reason to wait registers a question here.

Receiving never asks: images keep flowing whatever is held.
"""

from collections.abc import Callable

from webapp.studies.errors import StageError
from webapp.studies.models import Round

_questions: list[Callable[[Round | None], str]] = []


def register(question: Callable[[Round | None], str]) -> None:
    """Add a question: given a round (None for an upload), answer why it must wait, or nothing."""
    if question not in _questions:
        _questions.append(question)


def reason(round_: Round | None) -> str:
    """Return why this round (None: an upload) must wait; empty where it need not."""
    return next((answer for question in _questions if (answer := question(round_))), "")


def is_held(round_id: int) -> bool:
    """Tell whether a round must wait."""
    round_ = Round.objects.select_related("study").filter(pk=round_id).first()
    return round_ is not None and reason(round_) != ""


def refuse_when_held() -> None:
    """Refuse an upload while nothing may be scored.

    Raises
    ------
    StageError
        With the reason.
    """
    found = reason(None)
    if found:
        raise StageError("hold", found)
