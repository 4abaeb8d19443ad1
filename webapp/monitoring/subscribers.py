"""What monitoring does when the journey tells something."""

from typing import Any

from webapp.monitoring import error_records, performance, prediction_log, pulse, rules, switch, tallies
from webapp.monitoring.models import CanaryRun
from webapp.studies import events, holding, routing
from webapp.studies.models import Delivery, Round


def connect() -> None:
    """Listen; called once, when the applications are ready."""
    events.prediction_made.connect(on_prediction, dispatch_uid="monitoring")
    events.round_failed.connect(on_failure, dispatch_uid="monitoring")
    events.delivery_changed.connect(on_delivery, dispatch_uid="monitoring")
    events.upload_scored.connect(on_upload, dispatch_uid="monitoring")
    events.study_judged.connect(on_judgement, dispatch_uid="monitoring")
    events.counted.connect(on_count, dispatch_uid="monitoring")
    events.process_started.connect(on_start, dispatch_uid="monitoring")
    events.process_stopping.connect(on_stop, dispatch_uid="monitoring")
    events.node_starting.connect(on_node_start, dispatch_uid="monitoring")
    events.ticked.connect(on_tick, dispatch_uid="monitoring")
    holding.register(switch.why_held)
    routing.register(switch.canary_destinations)


def on_prediction(sender: object, **facts: Any) -> None:
    """Log a prediction."""
    prediction_log.log_round(facts["round_"], facts["evidence"], facts["analysis"])


def on_upload(sender: object, **facts: Any) -> None:
    """Log a scored upload."""
    prediction_log.log_upload(facts["upload"])


def on_judgement(sender: object, **facts: Any) -> None:
    """Keep what readers and pathology say of a study by now."""
    performance.keep(facts["verdict"])


def on_failure(sender: object, **facts: Any) -> None:
    """Record a failed round."""
    round_: Round = facts["round_"]
    tallies.add("rounds_failed", stage=facts["stage"])
    error_records.record_failure(facts["stage"], round_.study.study_instance_uid, pulse.process_name())


def on_delivery(sender: object, **facts: Any) -> None:
    """Log what became of a report."""
    delivery: Delivery = facts["delivery"]
    prediction_log.log_delivery(delivery, facts["outcome"])
    uid = delivery.report.round.study.study_instance_uid
    if CanaryRun.objects.filter(study_instance_uid=uid).exists():
        return
    tallies.add("deliveries", outcome=facts["outcome"], destination=str(delivery.destination))
    if facts["outcome"] == "sent" and delivery.send_ms is not None:
        tallies.observe("stage_seconds", delivery.send_ms / 1000, tallies.STAGE_BUCKETS, stage="send")


def on_count(sender: object, **facts: Any) -> None:
    """Count what the receiving process saw."""
    if facts["kind"] == "store":
        tallies.add("stores", status=facts["value"])
        tallies.add("received_bytes", float(facts["size_bytes"]))
    else:
        tallies.add("associations", event=facts["value"])


def on_node_start(sender: object, **facts: Any) -> None:
    """Write the rules, and give the processes time to start."""
    rules.ensure()
    pulse.excuse_all()


def on_start(sender: object, **facts: Any) -> None:
    """Begin to show signs of life."""
    pulse.start(facts["name"])


def on_stop(sender: object, **facts: Any) -> None:
    """Write what is left."""
    pulse.stop()


def on_tick(sender: object, **facts: Any) -> None:
    """Note that the clock's message came through the broker to a worker."""
    pulse.note_tick()
