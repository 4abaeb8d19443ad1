"""Uploads in the audit trail."""

from webapp.audit import admin_pages, endpoints, rows
from webapp.audit.endpoints import Told
from webapp.audit.models import Action, Event
from webapp.diagnosis.models import Diagnosis, UploadShare


def _read(part: str, event: Event = Event.RECORD) -> Told:
    return Told(event, Action.READ, "upload", key="pk", part=part)


def _shares(action: Action) -> Told:
    return Told(Event.CONFIGURATION, action, "upload", key="pk", part="shares")


rows.watch(UploadShare, "upload-share", "diagnosis_id", "person_id")
rows.watch_removals(Diagnosis, "upload")
admin_pages.name(Diagnosis, "upload")

endpoints.tell(
    "diagnosis",
    GET=Told(Event.QUERY, Action.EXECUTE, "upload"),
    POST=Told(Event.IMPORT, Action.CREATE, "upload", made="id", also=("study_instance_uid", "assessment")),
)
endpoints.tell("diagnosis-detail", GET=_read(""))
endpoints.tell("diagnosis-heatmap", GET=_read("heat map", Event.ACCESSED))
endpoints.tell("diagnosis-report", GET=_read("report"))
endpoints.tell("diagnosis-shares", GET=_shares(Action.READ), POST=_shares(Action.UPDATE), DELETE=_shares(Action.UPDATE))
