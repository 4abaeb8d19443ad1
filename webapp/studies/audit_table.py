"""The allow-list, destinations and the removal of studies in the audit trail."""

from django.db.models.signals import post_delete

from webapp.audit import actors, recorder, rows
from webapp.audit.models import Action, Event
from webapp.studies.models import AllowedPeer, Destination, Study

rows.watch(AllowedPeer, "allowed-peer", "ae_title", "address")
rows.watch(Destination, "destination", "protocol", "ae_title", "host", "port", "active", "tls")


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
