"""Rows whose every change leaves an event, whoever changes them: a page, a command, a shell.

``QuerySet.update`` and ``bulk_create`` send no signals: what is watched is saved row by row, or changed by `update`.
"""

from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save

from webapp.audit import actors, recorder
from webapp.audit.models import Action, Event

# told by a sign-in, which leaves an event of its own
_UNTOLD = frozenset({"last_login", "last_used_at"})


def watch(model: type[Model], object_type: str, *shown: str, event: Event = Event.CONFIGURATION) -> None:
    """Watch a model; the values of the shown fields, never a patient's, stand in the event."""
    uid = f"audit.{model._meta.label}"

    def saved(instance: Model, created: bool, update_fields: Any = None, raw: bool = False, **_: Any) -> None:
        if raw or (update_fields is not None and set(update_fields) <= _UNTOLD):
            return
        fields = {} if update_fields is None else {"fields": sorted(update_fields)}
        _note(event, Action.CREATE if created else Action.UPDATE, object_type, instance, shown, fields)

    def deleted(instance: Model, **_: Any) -> None:
        _note(event, Action.DELETE, object_type, instance, shown, {})

    post_save.connect(saved, sender=model, weak=False, dispatch_uid=uid)
    post_delete.connect(deleted, sender=model, weak=False, dispatch_uid=uid)


def watch_members(through: type[Model], object_type: str) -> None:
    """Watch who or what is put into a relation of many to many, or taken out."""

    def changed(instance: Model, action: str, model: type[Model], pk_set: Any = None, **_: Any) -> None:
        if action not in {"post_add", "post_remove", "post_clear"} or (pk_set is not None and not pk_set):
            return
        detail = {"change": action[5:], "of": model._meta.model_name, "keys": sorted(map(str, pk_set or ()))}
        _note(Event.CONFIGURATION, Action.UPDATE, object_type, instance, (), detail)

    m2m_changed.connect(changed, sender=through, weak=False, dispatch_uid=f"audit.{through._meta.label}")


def watch_removals(model: type[Model], object_type: str, *, event: Event = Event.RECORD) -> None:
    """Watch the removal alone, of rows whose making and changing is told by whoever asks for it."""

    def deleted(instance: Model, **_: Any) -> None:
        _note(event, Action.DELETE, object_type, instance, (), {})

    post_delete.connect(deleted, sender=model, weak=False, dispatch_uid=f"audit.{model._meta.label}")


@transaction.atomic
def update(found: QuerySet[Any], object_type: str, **values: Any) -> int:
    """Change rows by one statement; return how many, each of which leaves an event in the same transaction."""
    rows = list(found)
    changed = found.filter(pk__in=[row.pk for row in rows]).update(**values)
    for row in rows:
        _note(Event.CONFIGURATION, Action.UPDATE, object_type, row, (), {"fields": sorted(values)})
    return changed


def _note(
    event: Event, action: Action, object_type: str, row: Model, shown: tuple[str, ...], more: dict[str, Any]
) -> None:
    detail = {name: getattr(row, name) for name in shown} | more
    recorder.record(event, action, object_type, row.pk, actor=actors.current_or_process(), detail=detail)
