"""Does the chain hold? Walked in order, a few rows in memory at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from webapp.audit import chain
from webapp.audit.models import AuditEvent, AuditLink

_CHUNK = 2000
# what is younger may be on its way from its transaction into the chain
_SETTLED = timedelta(minutes=2)


@dataclass(frozen=True)
class Break:
    """The first place where the chain does not hold."""

    sequence: int
    at: datetime | None
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a walk over the chain found."""

    count: int
    first: int
    head: int
    head_hash: str
    broken: Break | None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken is None


def verify(first: int = 1, *, most: int | None = None) -> Verdict:
    """Walk from a sequence number to the head, or over at most so many links.

    Verifying from a later number trusts the hash before it. That nothing was cut off at the end shows only beside
    a head that was noted elsewhere: see ``docs/audit.md``.
    """
    first = max(1, first)
    expected, previous = first, _hash_before(first)
    count, head_hash = 0, previous or chain.GENESIS
    for link in _links(first, most):
        broken = _fault(link, expected, previous)
        if broken is not None:
            return Verdict(count, first, expected - 1, head_hash, broken)
        previous = head_hash = link.hash
        expected += 1
        count += 1
    broken = None if most is not None else _without_place(expected)
    return Verdict(count, first, expected - 1, head_hash, broken)


def head_number() -> int:
    """Return the newest number of the chain; 0 where there is none."""
    return AuditLink.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0


def _hash_before(first: int) -> str | None:
    if first == 1:
        return chain.GENESIS
    return AuditLink.objects.filter(sequence=first - 1).values_list("hash", flat=True).first()


def _links(first: int, most: int | None) -> Iterator[AuditLink]:
    seen = 0
    while most is None or seen < most:
        size = _CHUNK if most is None else min(_CHUNK, most - seen)
        page = list(AuditLink.objects.filter(sequence__gte=first).select_related("event").order_by("sequence")[:size])
        yield from page
        if len(page) < size:
            return
        seen += len(page)
        first = page[-1].sequence + 1


def _fault(link: AuditLink, expected: int, previous: str | None) -> Break | None:
    at = link.event.at
    if link.sequence != expected:
        return Break(expected, at, f"Number {expected} is missing; the next one is {link.sequence}.")
    if previous is None:
        return Break(expected, at, f"Number {expected - 1}, on which this one rests, is missing.")
    if link.previous_hash != previous:
        return Break(expected, at, "It does not rest on the hash before it.")
    if link.hash != chain.hash_of(link.sequence, link.event, previous):
        return Break(expected, at, "The event is not the one that was written.")
    return None


def _without_place(expected: int) -> Break | None:
    left = AuditEvent.objects.filter(link__isnull=True, at__lt=timezone.now() - _SETTLED).order_by("id").first()
    if left is None:
        return None
    return Break(expected, left.at, f"Event {left.pk} has no place in the chain.")


def compare_head(noted: str) -> str | None:
    """Return what speaks against a head that was noted as ``number:hash``; None where it is in the chain."""
    number, _, digest = noted.partition(":")
    if not number.isascii() or not number.isdigit() or len(digest) != len(chain.GENESIS):
        return f"{noted!r} is no head: it is written as NUMBER:HASH, as audit_verify prints it."
    found = AuditLink.objects.filter(sequence=int(number)).values_list("hash", flat=True).first()
    if found is None:
        return f"Number {number} was noted and is not there: the end of the chain was cut off."
    return None if found == digest else f"Number {number} has another hash than was noted: the chain was rewritten."
