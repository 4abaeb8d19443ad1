"""When is a study complete? Quiet time, expected views, or a word of the staff opens the next round."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from webapp.studies.models import Round, Study, StudyState

_log = logging.getLogger(__name__)

# The four views of a screening examination: laterality, view
EXPECTED_VIEWS = frozenset({("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")})


def complete_quiet(now: datetime | None = None) -> list[Round]:
    """Complete every study that received nothing for the quiet time."""
    now = now or timezone.now()
    before = now - timedelta(seconds=settings.NODE_STUDY_QUIET_SECONDS)
    waiting = Study.objects.filter(state=StudyState.RECEIVING, last_received_at__lte=before)
    opened = (open_round(uid, Round.Trigger.QUIET, not_after=before) for uid in _uids(waiting))
    return [round_ for round_ in opened if round_ is not None]


def complete_expected(study_instance_uids: Iterable[str]) -> list[Round]:
    """Complete those of these studies whose expected views are all there; their association has closed."""
    if not settings.NODE_COMPLETE_WHEN_EXPECTED_VIEWS:
        return []
    opened = []
    for uid in study_instance_uids:
        study = Study.objects.filter(study_instance_uid=uid, state=StudyState.RECEIVING).first()
        if study is None:
            continue
        views = study.instances.filter(not_analysed="").values_list("laterality", "view")
        if set(views) >= EXPECTED_VIEWS:
            opened.append(open_round(uid, Round.Trigger.EXPECTED_VIEWS))
    return [round_ for round_ in opened if round_ is not None]


@transaction.atomic
def open_round(study_instance_uid: str, trigger: Round.Trigger, *, not_after: datetime | None = None) -> Round | None:
    """Open the next round over everything received so far; None when there is nothing new.

    ``not_after`` guards the quiet time against an image that arrived since the study was chosen.
    """
    study = Study.objects.select_for_update().get(study_instance_uid=study_instance_uid)
    fresh = study.instances.filter(round__isnull=True)
    if not fresh.exists() or (not_after is not None and study.last_received_at > not_after):
        return None
    now = timezone.now()
    number = study.rounds.count() + 1
    opened = Round.objects.create(study=study, number=number, trigger=trigger, completed_at=now, queued_at=now)
    fresh.update(round=opened)
    study.state = StudyState.COMPLETE
    study.save(update_fields=["state"])
    _log.info("study %s is complete (%s): round %d", study_instance_uid, trigger.label.lower(), number)
    return opened


def _uids(studies: Iterable[Study]) -> list[str]:
    return [study.study_instance_uid for study in studies]
