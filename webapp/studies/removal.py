"""The removal of a study, rows and files. Who may remove what is decided elsewhere; here it is only done whole."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import QuerySet

from webapp.studies import saliency_files
from webapp.studies.models import ConflictingCopy, ImageResult, Instance, Report, Study


def remove(study: Study) -> int:
    """Delete every row that hangs on a study, then its files; return how many bytes were freed.

    Rows go first: a crash between leaves files without rows, never rows without files.
    """
    paths = [
        *Instance.objects.filter(study=study).values_list("path", flat=True),
        *ConflictingCopy.objects.filter(instance__study=study).values_list("path", flat=True),
        *Report.objects.filter(round__study=study).values_list("path", flat=True),
    ]
    maps = ImageResult.objects.filter(round__study=study).exclude(saliency="").values_list("saliency", flat=True)
    derived = [saliency_files.path_of(name) for name in maps]
    with transaction.atomic():
        _delete(Study.objects.filter(pk=study.pk))
    return sum(_unlink(path) for path in [*(settings.NODE_ARCHIVE_DIR / path for path in paths), *derived])


def _delete(rows: QuerySet[Any]) -> None:
    """Delete rows, those that point at them first, whichever models these are."""
    keys = list(rows.values_list("pk", flat=True))
    if not keys:
        return
    for relation in rows.model._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            _delete(relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys}))
    rows.delete()


def _unlink(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    return size
