"""The rows of the operations side, by subject."""

from webapp.monitoring.models.alerts import Alert, AlertChannel, AlertRule, Notice, Severity
from webapp.monitoring.models.care import AiPause, CanaryRun, DeadLetter, DriftReport, StudyCare, StudyTimeline
from webapp.monitoring.models.failures import ErrorEvent, ErrorGroup
from webapp.monitoring.models.log import Outcome, PredictionEntry
from webapp.monitoring.models.processes import Heartbeat, ProcessStart, Tally, Turn

__all__ = [
    "AiPause",
    "Alert",
    "AlertChannel",
    "AlertRule",
    "CanaryRun",
    "DeadLetter",
    "DriftReport",
    "ErrorEvent",
    "ErrorGroup",
    "Heartbeat",
    "Notice",
    "Outcome",
    "PredictionEntry",
    "ProcessStart",
    "Severity",
    "StudyCare",
    "StudyTimeline",
    "Tally",
    "Turn",
]
