"""How far the reading of a study is: read once, twice, of one mind, or waiting for an arbiter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from webapp.studies.models import Review

# categories that lead to the same next step: readers differ where the steps differ
_STEP_OF: Final = {
    "0": "recall", "1": "routine", "2": "routine", "3": "early follow-up", "4A": "recall", "4B": "recall",
    "4C": "recall", "5": "recall", "6": "known cancer",
}  # fmt: skip
CATEGORIES: Final = tuple(_STEP_OF)
RECALLING: Final = frozenset(category for category, step in _STEP_OF.items() if step in {"recall", "known cancer"})


@dataclass(frozen=True)
class ReadingState:
    """``none``, ``first``, ``second``, ``differs`` or ``final``, and who has read."""

    state: str
    readers: tuple[str, ...]


def state_of(reviews: Iterable[Review]) -> ReadingState:
    """Return how far a study is read; the reviews come oldest first, their breasts fetched.

    ``first``: one has read and another shall. ``second``: two have read, and are of one mind. ``differs``: they are
    not, and an arbiter shall decide. ``final``: nobody needs to read any more.
    """
    rows = [row for row in reviews if row.kind != Review.Kind.FIRST_IMPRESSION]
    readers = tuple(dict.fromkeys(row.reader_name for row in rows))
    newest = newest_readings(rows)
    if not rows:
        return ReadingState("none", ())
    if any(row.kind == Review.Kind.ARBITRATION for row in rows) or not settings.NODE_SECOND_READING:
        return ReadingState("final", readers)
    if len(newest) < 2:
        return ReadingState("first", readers)
    return ReadingState("differs" if _differ(newest.values()) else "second", readers)


def newest_readings(reviews: Iterable[Review]) -> Mapping[int, Review]:
    """Return each reader's newest reading: a later word of the same reader counts instead of the earlier."""
    return {row.reader_id: row for row in reviews if row.kind == Review.Kind.READING}


def open_kinds(reader: int, reviews: Sequence[Review], *, ai_is_hidden: bool) -> tuple[str, ...]:
    """Return the kinds of review that this reader may write now; none where others have said all there is to say."""
    if ai_is_hidden:
        return (Review.Kind.FIRST_IMPRESSION.value,)
    if not settings.NODE_SECOND_READING:
        return (Review.Kind.READING.value,)
    arbiters = {row.reader_id for row in reviews if row.kind == Review.Kind.ARBITRATION}
    if arbiters:
        return (Review.Kind.ARBITRATION.value,) if reader in arbiters else ()
    newest = newest_readings(reviews)
    if reader in newest or len(newest) < 2:
        return (Review.Kind.READING.value,)
    return (Review.Kind.ARBITRATION.value,) if _differ(newest.values()) else ()


def is_blind(reader: int, reviews: Sequence[Review]) -> bool:
    """Tell whether this reader may still be one of the two who read independently of each other."""
    if not settings.NODE_SECOND_READING or settings.NODE_SECOND_READER_SEES_FIRST:
        return False
    if any(row.kind == Review.Kind.ARBITRATION for row in reviews):
        return False
    newest = newest_readings(reviews)
    return reader not in newest and len(newest) < 2


def _differ(readings: Iterable[Review]) -> bool:
    return len({_steps(row) for row in readings}) > 1


def _steps(review: Review) -> frozenset[tuple[str, str]]:
    return frozenset((row.laterality, _STEP_OF.get(row.birads, "")) for row in review.breasts.all())
