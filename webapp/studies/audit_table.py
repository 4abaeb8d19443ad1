"""The allow-list, destinations, the removal of studies and reports on their way in the audit trail."""

from django.db.models.signals import post_delete

from webapp.audit import actors, recorder, rows
from webapp.audit.models import Action, Event
from webapp.studies import audit_dicom, events
from webapp.studies.models import AllowedPeer, Destination, Study

rows.watch(AllowedPeer, "allowed-peer", "ae_title", "address")
rows.watch(Destination, "destination", "protocol", "ae_title", "host", "port", "active")


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
