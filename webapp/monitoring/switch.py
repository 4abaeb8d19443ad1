"""The kill switch and the care of single studies: what waits, and in which order the backlog is done."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.audit import rows
from webapp.monitoring.models import AiPause, CanaryRun, StudyCare
from webapp.studies import dispatch
from webapp.studies.models import Destination, Round, Study, StudyState

BANNER = "AI paused: images are received and kept; new results follow when the AI runs again."


def open_pause() -> AiPause | None:
    """Return the pause in force, None while the AI runs."""
    return AiPause.objects.filter(ended_at__isnull=True).first()


def pause(reason: str, user: User | None = None, rule: str = "") -> bool:
    """Stop inference; False where it was stopped already."""
    try:
        with transaction.atomic():
            AiPause.objects.create(since=timezone.now(), reason=reason[:200], by=user, by_rule=rule)
    except IntegrityError:
        return False
    return True


def resume(user: User | None = None) -> int:
    """Let inference go on, the most urgent and the oldest study first; return how many rounds were waiting."""
    rows.update(AiPause.objects.filter(ended_at__isnull=True), "ai-pause", ended_at=timezone.now(), ended_by=user)
    waiting = backlog()
    _announce(waiting)
    return len(waiting)


def backlog() -> list[Round]:
    """Return the rounds that wait for analysis in the order in which they are to be done."""
    urgent = set(StudyCare.objects.filter(urgent=True).values_list("study_id", flat=True))
    suspended = StudyCare.objects.filter(suspended_at__isnull=False).values("study_id")
    waiting = Round.objects.filter(state=StudyState.COMPLETE).exclude(study_id__in=suspended).select_related("study")
    return sorted(waiting, key=lambda row: (row.study_id not in urgent, row.completed_at, row.pk))


def _announce(rounds: list[Round]) -> None:
    # their messages were used up while they were held
    Round.objects.filter(pk__in=[row.pk for row in rounds]).update(queued_at=timezone.now(), queued_times=1)
    dispatch.announce(rounds)


def suspend(study: Study, user: User) -> None:
    """Let one study wait, whatever the others do."""
    StudyCare.objects.update_or_create(study_id=study.pk, defaults={"suspended_at": timezone.now(), "changed_by": user})


def release(study: Study, user: User) -> None:
    """Let a suspended study go on."""
    rows.update(StudyCare.objects.filter(study_id=study.pk), "study-care", suspended_at=None, changed_by=user)
    if open_pause() is None:
        _announce([row for row in backlog() if row.study_id == study.pk])


def set_urgent(study: Study, user: User) -> None:
    """Let a study go first when the backlog is done."""
    StudyCare.objects.update_or_create(study_id=study.pk, defaults={"urgent": True, "changed_by": user})


def why_held(round_: Round | None) -> str:
    """Answer `holding`: why this round (None: an upload) waits; empty where it need not."""
    if open_pause() is not None:
        return BANNER
    if round_ is not None and StudyCare.objects.filter(study_id=round_.study_id, suspended_at__isnull=False).exists():
        return "Staff suspended this study."
    return ""


def canary_destinations(study: Study) -> list[Destination] | None:
    """Answer `routing`: a canary's report goes where its run says, and nowhere else."""
    run = CanaryRun.objects.filter(study_instance_uid=study.study_instance_uid).first()
    if run is None:
        return None
    return [row for row in Destination.objects.all() if str(row) == run.destination]
