"""The journey of one study, step by step, from its rows."""

from dataclasses import dataclass
from datetime import datetime

from webapp.monitoring.models import ErrorEvent, StudyCare
from webapp.studies.models import Delivery, Round, Study

_STAGES = ("receive", "wait", "queue", "decode", "preprocess", "infer", "report")


@dataclass(frozen=True)
class Step:
    """Something that happened."""

    at: datetime
    what: str
    detail: str = ""
    attempts: int | None = None
    is_error: bool = False


def of(study: Study) -> list[Step]:
    """Return everything that is known of a study, the oldest first."""
    steps = [
        Step(
            row.received_at,
            "image received",
            f"{row.laterality}{row.view} from {row.received_from}, "
            f"{row.size_bytes / 1e6:.1f} MB in {row.receive_ms:.0f} ms {row.not_analysed}".strip(),
        )
        for row in study.instances.all()
    ]
    for round_ in study.rounds.all():
        steps += _of_round(round_)
    for delivery in Delivery.objects.filter(report__round__study=study).select_related("destination", "report"):
        steps.append(_of_delivery(delivery))
    events = ErrorEvent.objects.filter(study_instance_uid=study.study_instance_uid).select_related("group")
    steps += [Step(event.at, "error", str(event.group), is_error=True) for event in events]
    care = StudyCare.objects.filter(study_id=study.pk, suspended_at__isnull=False).first()
    if care is not None and care.suspended_at is not None:
        steps.append(Step(care.suspended_at, "suspended", f"by {care.changed_by}"))
    return sorted(steps, key=lambda step: step.at)


def _of_round(round_: Round) -> list[Step]:
    name = f"round {round_.number}"
    steps = [Step(round_.completed_at, f"{name} complete", round_.get_trigger_display())]
    if round_.claimed_at is not None:
        steps.append(Step(round_.claimed_at, f"{name} taken up", round_.claimed_by, round_.attempts))
    if round_.analysed_at is not None:
        times = ", ".join(
            f"{stage} {round_.timings_ms[stage]:.0f} ms" for stage in _STAGES if stage in round_.timings_ms
        )
        steps.append(Step(round_.analysed_at, f"{name} analysed", times, round_.attempts))
    if round_.sent_at is not None:
        steps.append(Step(round_.sent_at, f"{name} sent"))
    if round_.failure_stage:
        last = steps[-1].at
        text = f"at {round_.failure_stage}: {round_.failure_reason}"
        steps.append(Step(last, f"{name} failed", text, round_.attempts, is_error=True))
    return steps


def _of_delivery(row: Delivery) -> Step:
    text = f"{row.destination}: {row.get_state_display()} {row.status} {row.reason}".strip()
    if row.send_ms is not None:
        text += f" in {row.send_ms:.0f} ms"
    return Step(row.changed_at, "delivery", text, row.attempts, is_error=row.state == Delivery.State.FAILED)
