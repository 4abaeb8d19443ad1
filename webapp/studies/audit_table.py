"""Allow-list, destinations, what readers say, shares, removed studies and reports on their way in the trail."""

from django.db.models.signals import post_delete

from webapp.audit import actors, admin_pages, recorder, rows
from webapp.audit.models import Action, Event
from webapp.studies import audit_dicom, events
from webapp.studies.models import (
    AllowedPeer,
    ConflictingCopy,
    Delivery,
    Destination,
    OutcomeEntry,
    PriorSearch,
    Report,
    Review,
    Round,
    Study,
    StudyShare,
)

rows.watch(AllowedPeer, "allowed-peer", "ae_title", "address")
rows.watch(Destination, "destination", "protocol", "ae_title", "host", "port", "active", "tls")
rows.watch(StudyShare, "study-share", "study_id", "person_id")
rows.watch(Review, "review", "study_id", "kind", event=Event.RECORD)
rows.watch(OutcomeEntry, "outcome", "study_id", event=Event.RECORD)

admin_pages.name(AllowedPeer, "allowed-peer", event=Event.CONFIGURATION)
admin_pages.name(Study, "study", "study_instance_uid", event=Event.ACCESSED)
admin_pages.name(Round, "study", "study__study_instance_uid")
admin_pages.name(Report, "study", "round__study__study_instance_uid")
admin_pages.name(Delivery, "study", "report__round__study__study_instance_uid")
admin_pages.name(PriorSearch, "study", "study__study_instance_uid")
admin_pages.name(ConflictingCopy, "study", "instance__study__study_instance_uid")


def note_removal(instance: Study, **_: object) -> None:
    """A study was deleted: by retention, by a command, by hand."""
    recorder.record(
        Event.STUDY_DELETED,
        Action.DELETE,
        "study",
        instance.study_instance_uid,
        actor=actors.current_or_process(),
    )


post_delete.connect(note_removal, sender=Study, dispatch_uid="audit")
events.delivery_changed.connect(audit_dicom.note_delivery, dispatch_uid="audit")
events.process_started.connect(audit_dicom.note_start, dispatch_uid="audit")
events.process_stopping.connect(audit_dicom.note_stop, dispatch_uid="audit")
