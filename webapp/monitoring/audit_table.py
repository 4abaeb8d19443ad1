"""The operations side in the audit trail: rules, pauses, outcomes, the prediction log."""

from webapp.audit import admin_pages, endpoints, rows
from webapp.audit.endpoints import Told
from webapp.audit.models import Action, Event
from webapp.monitoring.models import (
    AiPause,
    AlertChannel,
    AlertRule,
    DeadLetter,
    Heartbeat,
    Outcome,
    PredictionEntry,
    StudyCare,
    StudyTimeline,
)

rows.watch(AlertRule, "alert-rule", "kind", "enabled", "threshold")
# its address may hold a secret
rows.watch(AlertChannel, "alert-channel", "kind", "active")
rows.watch(AiPause, "ai-pause", "by_rule")
rows.watch(StudyCare, "study-care", "study_id", "urgent")
rows.watch(Outcome, "outcome", "study_instance_uid", event=Event.RECORD)
rows.watch_members(AlertRule.channels.through, "alert-rule-channels")

admin_pages.name(AlertRule, "alert-rule", event=Event.CONFIGURATION)
admin_pages.name(AlertChannel, "alert-channel", event=Event.CONFIGURATION)
admin_pages.name(AiPause, "ai-pause", event=Event.CONFIGURATION)
admin_pages.name(Heartbeat, "process", event=Event.CONFIGURATION)
admin_pages.name(PredictionEntry, "prediction")
admin_pages.name(Outcome, "outcome")
admin_pages.name(DeadLetter, "study", "report__round__study__study_instance_uid")
admin_pages.name(StudyTimeline, "study", "study_instance_uid")
admin_pages.further("admin:monitoring_press", StudyTimeline, "object_id", "button")

endpoints.tell("prediction-log", GET=Told(Event.QUERY, Action.EXECUTE, "prediction"))
endpoints.tell("admin:monitoring_canary_send", POST=Told(Event.APPLICATION, Action.EXECUTE, "canary"))
endpoints.tell("admin:monitoring_performance", GET=Told(Event.QUERY, Action.EXECUTE, "performance"))
endpoints.leave("Figures over all studies, polled by an open screen; none of them names a study.", "overview")
endpoints.leave("Whether the AI runs, the same for everybody.", "ai-status")
endpoints.leave("A page's own errors, without anything of a person.", "browser-errors")
endpoints.leave(
    "It says how the node is, and asks the database for as little as can be.",
    "health-live",
    "health-ready",
    "health-scp",
    "health-workers",
)
endpoints.leave("Figures of the node, asked for by a machine every few seconds.", "metrics")
