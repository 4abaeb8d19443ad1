"""The trail on its way to a receiver: in the chain's order, each event at least once.

The cursor moves only after a batch is known to have gone over. What broke off in between is sent again, from the last
event that is certain: a receiver may see an event twice, and tells so by its number and hash. While it is down the
events stay where they are; nobody waits for it.
"""

import logging
import secrets
import time
from datetime import timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from webapp.audit import dicom_message, node, syslog
from webapp.audit.errors import ReceiverError
from webapp.audit.forwarding_models import ForwardingCursor
from webapp.audit.models import AuditLink
from webapp.audit.syslog import Receiver

_log = logging.getLogger(__name__)

_BATCH: Final = 200
_SECONDS: Final = 60.0
# longer than one batch may take: whoever is still sending keeps its claim
_CLAIM: Final = timedelta(seconds=180)
_FIRST_PAUSE_SECONDS: Final = 5.0
_LONGEST_PAUSE_SECONDS: Final = 300.0


def forward(receiver: Receiver) -> int:
    """Send what the receiver has not taken yet, for a minute at most; return how many events it took.

    One process sends at a time. A receiver that does not take them is no error here: it is tried again, later each
    time.
    """
    claim = _claim(receiver.name)
    if claim is None:
        return 0
    taken, until = 0, time.monotonic() + _SECONDS
    try:
        while time.monotonic() < until and (links := _next(receiver.name, claim)):
            syslog.send(receiver, [_entry(link) for link in links])
            if not _advance(receiver.name, claim, links[-1].sequence):
                break
            taken += len(links)
    except ReceiverError as error:
        _put_off(receiver.name, claim, str(error))
    except Exception:
        # an error of this node's own: told by the log, and by the alert where it lasts
        _put_off(receiver.name, claim, "The audit messages could not be made.")
        raise
    finally:
        _mine(receiver.name, claim).update(claimed_by="", claimed_until=None)
    return taken


def _mine(name: str, claim: str) -> QuerySet[ForwardingCursor]:
    return ForwardingCursor.objects.filter(receiver=name, claimed_by=claim)


def _claim(name: str) -> str | None:
    """Take the turn; None where there is nothing to send, it is too early, or another process is sending."""
    cursor, _ = ForwardingCursor.objects.get_or_create(receiver=name)
    if not AuditLink.objects.filter(sequence__gt=cursor.sent_sequence).exists():
        return None
    now, claim = timezone.now(), secrets.token_hex(16)
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    due = ForwardingCursor.objects.filter(free, receiver=name, next_attempt_at__lte=now)
    return claim if due.update(claimed_by=claim, claimed_until=now + _CLAIM) else None


def _next(name: str, claim: str) -> list[AuditLink]:
    sent = _mine(name, claim).values_list("sent_sequence", flat=True).first()
    if sent is None:
        return []
    after = AuditLink.objects.filter(sequence__gt=sent).select_related("event").order_by("sequence")
    return list(after[:_BATCH])


def _entry(link: AuditLink) -> bytes:
    source = node.source()
    return syslog.entry(link.event.at, source.name, dicom_message.message(link.event, source, link))


def _advance(name: str, claim: str, sequence: int) -> bool:
    now = timezone.now()
    moved = _mine(name, claim).update(
        sent_sequence=sequence,
        sent_at=now,
        tries=0,
        failing_since=None,
        last_error="",
        claimed_until=now + _CLAIM,
    )
    return moved == 1


def _put_off(name: str, claim: str, reason: str) -> None:
    row = _mine(name, claim).first()
    if row is None:
        return
    now = timezone.now()
    pause = min(_FIRST_PAUSE_SECONDS * 2**row.tries, _LONGEST_PAUSE_SECONDS)
    _mine(name, claim).update(
        tries=row.tries + 1,
        failing_since=row.failing_since or now,
        last_error=reason[:300],
        next_attempt_at=now + timedelta(seconds=pause),
    )
    _log.warning("%s They stay and are sent again in %.0f s.", reason, pause)
