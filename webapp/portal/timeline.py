"""What happened to a study, and when: from its rows, in the order of time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from webapp.studies.models import Delivery, Instance, Round, Study, StudyState

Event = dict[str, Any]


def timeline_of(study: Study, rounds: Iterable[Round], deliveries: Iterable[Delivery]) -> list[Event]:
    """Return the events of all rounds; the deliveries come with their destinations, reports and events."""
    events = [*_received(list(study.instances.all()))]
    for round_ in rounds:
        events += _round(round_)
    for delivery in deliveries:
        events += _delivery(delivery)
    return sorted(events, key=lambda event: event["at"])


def _event(event: str, at: object, round_number: int | None, detail: str, attempts: int = 0, error: str = "") -> Event:
    return {
        "event": event,
        "at": at,
        "round": round_number,
        "detail": detail,
        "attempts": attempts or None,
        "error": error or None,
    }


def _received(instances: Sequence[Instance]) -> Iterator[Event]:
    by_sender: dict[str, list[Instance]] = {}
    for row in instances:
        by_sender.setdefault(row.received_from, []).append(row)
    for sender, rows in by_sender.items():
        count = f"{len(rows)} image{'' if len(rows) == 1 else 's'}"
        yield _event("received", max(row.received_at for row in rows), None, f"{count} from {sender}")


def _round(round_: Round) -> Iterator[Event]:
    number = round_.number
    yield _event("complete", round_.completed_at, number, round_.get_trigger_display())
    if round_.analysed_at is not None:
        yield _event("analysed", round_.analysed_at, number, "", round_.attempts)
    if round_.state == StudyState.FAILED:
        at = round_.sent_at or round_.analysed_at or round_.claimed_at or round_.queued_at
        yield _event("failed", at, number, round_.failure_stage, round_.attempts, round_.failure_reason)


def _delivery(delivery: Delivery) -> Iterator[Event]:
    where = f"{delivery.report.kind} to {delivery.destination}"
    for row in delivery.events.all():
        failed = row.state in {Delivery.State.FAILED, Delivery.State.DECLINED}
        name = "send-failed" if row.state == Delivery.State.FAILED else row.state.lower()
        said = " ".join(part for part in (row.status, row.reason) if part)
        detail = where if failed or not row.reason else f"{where}: {row.reason}"
        attempts = delivery.attempts if row.state == delivery.state else 0
        yield _event(name, row.at, delivery.report.round.number, detail, attempts, said if failed else "")
