"""Rounds -> messages, by name: for processes that must not carry the network and its runtime."""

import logging
from collections.abc import Iterable

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from webapp.studies import completion
from webapp.studies.models import Round, Study, StudyState

_log = logging.getLogger(__name__)


def announce(rounds: Iterable[Round]) -> None:
    """Tell the workers of complete rounds. A broker that is down costs a delay: the sweep finds the rows."""
    for round_ in rounds:
        try:
            current_app.send_task("studies.analyse", args=[round_.pk])
        except (OperationalError, OSError) as error:
            _log.warning("the broker does not answer (%s): round %d waits for the sweep", error, round_.pk)


def association_closed(study_instance_uids: Iterable[str]) -> None:
    """Complete the studies whose expected views are there, and announce them."""
    announce(completion.complete_expected(study_instance_uids))


def complete_by_staff(study_instance_uid: str) -> bool:
    """Complete one study now; False when nothing new has come since its last round."""
    round_ = completion.open_round(study_instance_uid, Round.Trigger.STAFF)
    if round_ is not None:
        announce([round_])
    return round_ is not None


@transaction.atomic
def retry_analysis(study: Study) -> bool:
    """Give the newest round another try when it failed before its report was written."""
    newest = study.rounds.select_for_update().order_by("-number").first()
    if newest is None or newest.state != StudyState.FAILED or newest.reports.exists():
        return False
    newest.state, newest.attempts, newest.claimed_by = StudyState.COMPLETE, 0, ""
    newest.failure_stage = newest.failure_reason = ""
    newest.queued_at, newest.queued_times = timezone.now(), 1
    newest.save()
    Study.objects.filter(pk=study.pk, state=StudyState.FAILED).update(state=StudyState.COMPLETE)
    transaction.on_commit(lambda: announce([newest]))
    return True
