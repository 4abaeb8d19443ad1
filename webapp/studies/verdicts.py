"""What became of a study, as people entered it, and what of all that is said counts by now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from webapp.studies import events, readings, selectors
from webapp.studies.errors import WordRefusedError
from webapp.studies.events import Verdict
from webapp.studies.models import OutcomeEntry, Review, Study

_Kind = OutcomeEntry.Kind
# a later entry counts instead of an earlier one that answers the same question
_QUESTION_OF: Final = {
    _Kind.RECALL: "recall", _Kind.NO_RECALL: "recall", _Kind.BIOPSY_BENIGN: "biopsy",
    _Kind.BIOPSY_MALIGNANT: "biopsy", _Kind.FOLLOW_UP: "follow-up",
}  # fmt: skip
_SAME_ENTRY_WITHIN: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class NewOutcome:
    """An outcome as somebody enters it; without a side it is of the whole study."""

    kind: str
    happened_on: date
    laterality: str = ""
    text: str = ""


@transaction.atomic
def record_outcome(person: User, study: Study, new: NewOutcome, name: str) -> tuple[OutcomeEntry, bool]:
    """Write what became of a study that the person sees; return the row, and whether it is new.

    Raises
    ------
    WordRefusedError
        Where it has not happened yet.
    """
    Study.objects.select_for_update().get(pk=study.pk)
    today = timezone.localdate()
    if new.happened_on > today:
        raise WordRefusedError(f"An outcome has happened by today, {today.isoformat()}. Correct its date.")
    newest = study.outcomes.filter(entered_by=person).order_by("-id").first()
    if newest is not None and newest.at > timezone.now() - _SAME_ENTRY_WITHIN and _same(newest, new):
        return newest, False
    row = OutcomeEntry.objects.create(
        study=study,
        kind=new.kind,
        laterality=new.laterality,
        happened_on=new.happened_on,
        text=new.text,
        entered_by=person,
        entered_by_name=name,
    )
    tell(study, person)
    return row, True


def _same(row: OutcomeEntry, new: NewOutcome) -> bool:
    return NewOutcome(row.kind, row.happened_on, row.laterality, row.text) == new


def tell(study: Study, speaker: User) -> None:
    """Tell whoever listens what counts of a study by now; nothing where nothing is decided."""
    verdict = verdict_of(study, speaker.pk)
    if verdict is not None:
        events.tell(events.study_judged, __name__, verdict=verdict)


def verdict_of(study: Study, speaker: int) -> Verdict | None:
    """Return what counts of a study by now; None while readers have not decided and nobody entered an outcome."""
    reviews = selectors.all_reviews_of(study)
    entered = _newest(selectors.outcomes_of(study))
    deciding = _deciding(reviews)
    if not deciding and not entered:
        return None
    kinds = set(entered.values())
    biopsy = ""
    if kinds & {_Kind.BIOPSY_BENIGN, _Kind.BIOPSY_MALIGNANT}:
        biopsy = "malignant" if _Kind.BIOPSY_MALIGNANT in kinds else "benign"
    return Verdict(
        study_instance_uid=study.study_instance_uid,
        recalled=_is_recalled(entered, deciding),
        biopsy=biopsy,
        followed_up=_is_followed_up(entered),
        density=max((row.density for review in deciding for row in review.breasts.all()), default=""),
        entered_by=speaker,
    )


def _newest(entries: Iterable[OutcomeEntry]) -> dict[tuple[str, str], str]:
    """Return the newest kind by question and breast; one of the whole study takes the place of those of its breasts."""
    found: dict[tuple[str, str], str] = {}
    for row in entries:
        question = _QUESTION_OF[_Kind(row.kind)]
        if not row.laterality:
            found = {key: kind for key, kind in found.items() if key[0] != question}
        found[question, row.laterality] = row.kind
    return found


def _deciding(reviews: Sequence[Review]) -> list[Review]:
    """Return the readings that decide: the arbiter's newest, or everybody's once nobody need read any more."""
    arbitrations = [row for row in reviews if row.kind == Review.Kind.ARBITRATION]
    if arbitrations:
        return arbitrations[-1:]
    is_decided = readings.state_of(reviews).state in {"second", "final"}
    return list(readings.newest_readings(reviews).values()) if is_decided else []


def _is_recalled(entered: dict[tuple[str, str], str], deciding: Sequence[Review]) -> bool | None:
    """Take what was entered; else what the readers' categories lead to; else what the outcome implies."""
    words = [kind for (question, _), kind in entered.items() if question == "recall"]
    if words:
        return _Kind.RECALL in words
    categories = {row.birads for review in deciding for row in review.breasts.all() if row.birads}
    if categories:
        return not categories.isdisjoint(readings.RECALLING)
    # nobody takes a biopsy without having asked for it
    return True if any(question == "biopsy" for question, _ in entered) else None


def _is_followed_up(entered: dict[tuple[str, str], str]) -> bool:
    sides = {side for question, side in entered if question == "follow-up"}
    return "" in sides or sides == {"L", "R"}
