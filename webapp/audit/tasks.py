"""What the clock does for the trail."""

import logging

from celery import shared_task

from webapp.audit import chain, forwarding, node
from webapp.audit.models import AuditLink

_log = logging.getLogger(__name__)


@shared_task(name="audit.place_left")
def place_left() -> None:
    """Give events that a crash left without a place in the chain one."""
    chain.place_left()


@shared_task(name="audit.note_head")
def note_head() -> None:
    """Write the head into the log, where the end of the chain cannot be cut off with it."""
    head = AuditLink.objects.order_by("-sequence").first()
    if head is not None:
        _log.info("audit trail: head %d:%s", head.sequence, head.hash)


@shared_task(name="audit.forward")
def forward() -> None:
    """Send the receiver of audit messages what it has not taken yet."""
    receiver = node.receiver()
    if receiver is not None:
        forwarding.forward(receiver)
