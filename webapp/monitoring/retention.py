"""What may be deleted, and its deletion. The question is answered by a pure function over plain facts.

Only a study that was delivered, to every destination, and committed where that is demanded, and that is older
than the limit, is ever deleted. In doubt, nothing is.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from webapp.monitoring import disk, event_lines
from webapp.monitoring.models import StudyCare
from webapp.studies import removal
from webapp.studies.models import Delivery, Study, StudyState

_log = logging.getLogger(__name__)

# what a delivery came to: its state, or one of the words below
_UNPROVED, _FOUND = "UNPROVED", "FOUND"
_COMMITTED = frozenset({"COMMITTED", "VERIFIED"})
_DELIVERED = _COMMITTED | {"SENT", _FOUND}
_DONE = frozenset({"SENT", "DELIVERED"})
_AT_ONCE = 500


@dataclass(frozen=True)
class Facts:
    """What decides about one study."""

    key: int
    last_received_at: datetime
    state: str
    delivery_states: tuple[str, ...]
    has_unanalysed_images: bool
    is_held: bool
    size_bytes: int


@dataclass(frozen=True)
class Policy:
    """How long studies are kept. No age: for ever, whatever the disk says."""

    age: timedelta | None
    least_age: timedelta
    needs_commitment: bool
    missing_bytes: int = 0

    def __post_init__(self) -> None:
        """Refuse an age that would make everything old."""
        if self.least_age < timedelta(0) or (self.age is not None and self.age <= timedelta(0)):
            raise ValueError("Ages of retention are positive.")


def may_go(facts: Facts, policy: Policy) -> bool:
    """Tell whether a study has served, its age apart."""
    wanted = _COMMITTED if policy.needs_commitment else _DELIVERED
    return (
        facts.state in _DONE
        and not facts.has_unanalysed_images
        and not facts.is_held
        and bool(facts.delivery_states)
        and all(state in wanted for state in facts.delivery_states)
    )


def choose(studies: Sequence[Facts], policy: Policy, now: datetime) -> list[Facts]:
    """Return what is to be deleted, the oldest first: all past the age, and more while the disk wants room."""
    if policy.age is None:
        return []
    chosen, missing = [], policy.missing_bytes
    for facts in sorted(studies, key=lambda one: (one.last_received_at, one.key)):
        age = now - facts.last_received_at
        past = age > policy.age or (missing > 0 and age > policy.least_age)
        if past and may_go(facts, policy):
            chosen.append(facts)
            missing -= facts.size_bytes
    return chosen


def policy_of_settings() -> Policy:
    """Read the settings; the watermark may shorten the age, down to the least one."""
    days = settings.NODE_RETENTION_DAYS
    space = disk.free_space()
    missing = 0 if space is None else max(0, settings.NODE_RETENTION_FREE_BYTES - space.free_bytes)
    age = timedelta(days=days) if days > 0 else None
    least = timedelta(days=settings.NODE_RETENTION_LEAST_DAYS)
    return Policy(age, least, settings.NODE_RETENTION_NEEDS_COMMITMENT, missing)


def facts_of(study: Study) -> Facts:
    """Collect what decides about one study, all its rounds and images together."""
    # a kind that the peer does not take is no loss: a round is done when the peer took another
    deliveries = Delivery.objects.filter(report__round__study=study).exclude(state=Delivery.State.DECLINED)
    unproved = set(deliveries.unfinished().values_list("pk", flat=True))
    care = StudyCare.objects.filter(study_id=study.pk, suspended_at__isnull=False)
    unfinished = study.rounds.exclude(state__in=_DONE).exists()
    return Facts(
        key=study.pk,
        last_received_at=study.last_received_at,
        state=StudyState.FAILED if unfinished else study.state,
        delivery_states=tuple(_UNPROVED if row.pk in unproved else _word_for(row) for row in deliveries),
        has_unanalysed_images=study.instances.filter(round__isnull=True).exists(),
        is_held=care.exists(),
        size_bytes=sum(study.instances.values_list("size_bytes", flat=True)),
    )


def _word_for(row: Delivery) -> str:
    """Return a delivery's state; what a query found and nobody committed has a word of its own."""
    return _FOUND if row.state == Delivery.State.VERIFIED and not row.wants_commitment else row.state


def apply(*, dry_run: bool = False, now: datetime | None = None) -> list[str]:
    """Delete what the policy says; return the Study Instance UIDs."""
    now, policy = now or timezone.now(), policy_of_settings()
    if policy.age is None:
        return []
    youngest = now - min(policy.age, policy.least_age if policy.missing_bytes else policy.age)
    old = Study.objects.filter(last_received_at__lt=youngest, state__in=_DONE).order_by("last_received_at")[:_AT_ONCE]
    studies = {study.pk: study for study in old}
    gone = []
    for facts in choose([facts_of(study) for study in studies.values()], policy, now):
        study = studies[facts.key]
        # asked once more: a late image may have come since
        if not dry_run and may_go(facts_of(study), policy):
            freed = removal.remove(study)
            event_lines.write("study deleted", study_instance_uid=study.study_instance_uid, freed_bytes=freed)
        gone.append(study.study_instance_uid)
    return gone
