"""The Celery app: JSON only, late acknowledgement, beat schedule.

The database is the queue of record. Messages only say "look at this id"; a lost one is found by the sweep.
"""

import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")  # noqa: TID251 - Celery's own entry point

ANALYSIS_QUEUE, DELIVERY_QUEUE, CLOCK_QUEUE = "analysis", "delivery", "clock"
BACKGROUND_QUEUE = "background"
TICK_SECONDS, SWEEP_SECONDS, ERASE_SECONDS, HOUSEKEEP_SECONDS = 1.0, 60.0, 300.0, 300.0
WORKLIST_SECONDS = 10.0

_ROUTES = {
    "studies.analyse": {"queue": ANALYSIS_QUEUE},
    "studies.deliver": {"queue": DELIVERY_QUEUE},
    "studies.fetch_priors": {"queue": BACKGROUND_QUEUE},
    "workitems.perform": {"queue": BACKGROUND_QUEUE},
    "studies.tick": {"queue": CLOCK_QUEUE},
    "studies.sweep": {"queue": CLOCK_QUEUE},
    "chatbot.erase_expired": {"queue": CLOCK_QUEUE},
    "monitoring.*": {"queue": CLOCK_QUEUE},
    # a receiver that is slow must not hold up the clock
    "audit.forward": {"queue": BACKGROUND_QUEUE},
    "audit.*": {"queue": CLOCK_QUEUE},
}


class NodeCelery(Celery):
    """The app, with its configuration read from Django's settings when it is first needed."""


app = NodeCelery("mammonode")


def _transport(broker_url: str) -> str | None:
    """Return the class that speaks to the embedded broker; Celery knows those of the others."""
    return "config.folder_queue:Transport" if broker_url.startswith("filesystem") else None


def _transport_options(broker_url: str) -> dict[str, object]:
    limit = settings.NODE_ANALYSIS_SECONDS_LIMIT
    if broker_url.startswith("filesystem"):
        for name in ("messages", "control"):
            (settings.NODE_QUEUE_DIR / name).mkdir(parents=True, exist_ok=True)
        messages = str(settings.NODE_QUEUE_DIR / "messages")
        return {
            "data_folder_in": messages,
            "data_folder_out": messages,
            "control_folder": str(settings.NODE_QUEUE_DIR / "control"),
            "polling_interval": 0.03,
        }
    if broker_url.startswith(("redis", "rediss")):
        # shorter than the longest task would start a second copy of a running one
        return {"visibility_timeout": 4 * limit, "unacked_restore_interval": 5}
    return {}


def _worklist_schedule() -> dict[str, object]:
    """Look at the worklist only where there is one: nobody serves the queue otherwise."""
    if not settings.NODE_WORKLIST_FROM:
        return {}
    options = {"expires": WORKLIST_SECONDS}
    return {"worklist": {"task": "workitems.perform", "schedule": WORKLIST_SECONDS, "options": options}}


def _audit_schedule() -> dict[str, object]:
    """Send audit messages only where somebody takes them: nobody serves the queue otherwise."""
    if not settings.NODE_AUDIT_RECEIVER:
        return {}
    seconds = settings.NODE_AUDIT_SEND_SECONDS
    return {"audit-forward": {"task": "audit.forward", "schedule": seconds, "options": {"expires": seconds}}}


def _configuration() -> dict[str, object]:
    limit = settings.NODE_ANALYSIS_SECONDS_LIMIT
    return {
        "broker_url": settings.CELERY_BROKER_URL,
        "broker_transport": _transport(settings.CELERY_BROKER_URL),
        "broker_transport_options": _transport_options(settings.CELERY_BROKER_URL),
        "broker_connection_timeout": 3.0,
        "broker_connection_retry_on_startup": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1},
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_track_started": False,
        "task_time_limit": limit,
        "task_soft_time_limit": limit - 5,
        "task_default_queue": CLOCK_QUEUE,
        "task_routes": _ROUTES,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        # TensorFlow takes about ten seconds to load in a fresh child; the default of four would kill it
        "worker_proc_alive_timeout": 120.0,
        "beat_schedule_filename": str(settings.NODE_RUN_DIR / "beat-schedule"),
        "beat_max_loop_interval": 1.0,
        "beat_schedule": {
            **_journey_schedule(),
            **_worklist_schedule(),
            **_audit_schedule(),
            **_operations_schedule(),
        },
    }


def _journey_schedule() -> dict[str, object]:
    return {
        "tick": {"task": "studies.tick", "schedule": TICK_SECONDS, "options": {"expires": 10}},
        "sweep": {"task": "studies.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": 120}},
        "erase": {"task": "chatbot.erase_expired", "schedule": ERASE_SECONDS, "options": {"expires": 600}},
        "audit-places": {"task": "audit.place_left", "schedule": SWEEP_SECONDS, "options": {"expires": 120}},
        "audit-head": {"task": "audit.note_head", "schedule": 86_400.0, "options": {"expires": 3600}},
    }


def _operations_schedule() -> dict[str, object]:
    watch, canary = settings.NODE_WATCH_SECONDS, settings.NODE_CANARY_EVERY_SECONDS
    schedule: dict[str, object] = {
        "watch": {"task": "monitoring.watch", "schedule": watch, "options": {"expires": 2 * watch}},
        "housekeep": {"task": "monitoring.housekeep", "schedule": HOUSEKEEP_SECONDS, "options": {"expires": 600}},
    }
    if canary > 0:
        schedule["canary"] = {
            "task": "monitoring.canary",
            "schedule": canary,
            "kwargs": {"scheduled": True},
            "options": {"expires": canary},
        }
    return schedule


app.add_defaults(_configuration)


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Stop Celery from replacing the log configuration of the settings."""
