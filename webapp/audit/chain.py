"""The chain of hashes: one place after the other, whatever number of processes write.

An event is written in its caller's transaction, so that there is none without what it tells, and none missing. It gets
its place in the chain after the commit, under a lock that is held for that alone: so no caller waits for another's
transaction, and no two can wait for each other. What a crash left without a place gets it from the clock.

References
----------
ADR 0044
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta

from django.db import connection, transaction
from django.utils import timezone

from webapp.audit.models import AuditEvent, AuditLink

_log = logging.getLogger(__name__)

GENESIS = "0" * 64
_FIELDS = (
    *("actor_kind", "actor", "actor_id", "token_id", "address", "action", "event", "object_type", "object_id"),
    *("outcome", "detail"),
)
# any number does, as long as nothing else in this database locks it
_LOCK = 0x4D414D4D41554449
_LEFT_AFTER = timedelta(seconds=10)
# how many of the newest events are looked through for one without a place
_RECENT = 50_000


def hash_of(sequence: int, event: AuditEvent, previous_hash: str) -> str:
    """Return the SHA-256 over the canonical form of one event at its place."""
    at = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    content = [sequence, event.pk, at, *(getattr(event, name) for name in _FIELDS), previous_hash]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def lock() -> None:
    """Wait for the turn to append, which ends with the transaction; SQLite's transactions are turns already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def append(events: Iterable[AuditEvent]) -> None:
    """Give events their places; those that have one keep it."""
    with transaction.atomic():
        lock()
        _append_locked(list(events))


def _append_locked(events: Sequence[AuditEvent]) -> None:
    placed = set(AuditLink.objects.filter(event__in=events).values_list("event_id", flat=True))
    head = AuditLink.objects.order_by("-sequence").first()
    sequence, previous = (0, GENESIS) if head is None else (head.sequence, head.hash)
    links = []
    for event in events:
        if event.pk in placed:
            continue
        sequence += 1
        link = AuditLink(
            sequence=sequence, event=event, previous_hash=previous, hash=hash_of(sequence, event, previous)
        )
        links.append(link)
        previous = link.hash
    AuditLink.objects.bulk_create(links)


def write(event: AuditEvent) -> None:
    """Write an event: with its place at once, or within the caller's transaction and its place after the commit."""
    if connection.in_atomic_block:
        event.save(force_insert=True)
        transaction.on_commit(lambda: append([event]), robust=True)
        return
    with transaction.atomic():
        lock()
        event.save(force_insert=True)
        _append_locked([event])


def place_left() -> int:
    """Give a place to what a crash left without one; return how many there were."""
    newest = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first()
    if newest is None:
        return 0
    left = AuditEvent.objects.filter(
        id__gt=newest - _RECENT, link__isnull=True, at__lt=timezone.now() - _LEFT_AFTER
    ).order_by("id")
    events = list(left[:1000])
    if events:
        append(events)
        _log.warning("%d audit events had no place in the chain yet: something broke off", len(events))
    return len(events)
