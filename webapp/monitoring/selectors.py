"""Which predictions a user may see: those of their studies, and of their own uploads."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from webapp.accounts.permissions import UPLOADING
from webapp.accounts.roles import Person, Role, has_role
from webapp.filters import within
from webapp.monitoring.models import PredictionEntry
from webapp.studies import selectors
from webapp.studies.models import Delivery, Destination

DESTINATION_COLUMNS = ("protocol", "ae_title", "host", "port", "url")

EXACT = (
    *("source", "level", "result", "prediction", "model_version", "model_sha256", "sop_instance_uid"),
    *("study_instance_uid", "asked_by", "manufacturer", "software_version"),
)


def not_taken() -> QuerySet[Delivery]:
    """Return reports that a destination refused for good, and those it declined without taking another of the round."""
    here = Delivery.objects.filter(report__round=OuterRef("report__round"), destination=OuterRef("destination"))
    taken = Exists(here.exclude(state=Delivery.State.DECLINED))
    return Delivery.objects.filter(Q(state=Delivery.State.FAILED) | Q(state=Delivery.State.DECLINED) & ~taken)


def destination_name(row: Mapping[str, Any]) -> str:
    """Return the name of the destination whose columns are in this row of `values`."""
    return str(Destination(**{name: row[f"destination__{name}"] for name in DESTINATION_COLUMNS}))


def entries_for(user: Person) -> QuerySet[PredictionEntry]:
    """Return what this user may see, canaries apart; an administrator also sees what outlived its study."""
    rows = PredictionEntry.objects.filter(is_test=False)
    if not user.is_authenticated:
        return rows.none()
    if has_role(user, Role.ADMINISTRATOR):
        # one who reads, too, waits like every reader
        return rows.exclude(study_instance_uid__in=selectors.with_ai_hidden(user).values("study_instance_uid"))
    if not has_role(user, *UPLOADING):
        return rows.none()
    own = Q(source=PredictionEntry.Source.UPLOAD, asked_by=user.get_username())
    visible = selectors.studies_for(user).exclude(pk__in=selectors.with_ai_hidden(user).values("pk"))
    studies = visible.values("study_instance_uid")
    return rows.filter(own | Q(source=PredictionEntry.Source.DICOM, study_instance_uid__in=studies))


def filtered(rows: QuerySet[PredictionEntry], wanted: Mapping[str, str]) -> QuerySet[PredictionEntry]:
    """Narrow by equality, by time (``since``, ``until``) and by a word (``search``)."""
    for name in EXACT:
        if value := wanted.get(name):
            rows = rows.filter(**{name: value})
    rows = within(rows, wanted)
    if word := wanted.get("search"):
        rows = rows.filter(
            Q(file_name__icontains=word) | Q(sop_instance_uid=word) | Q(study_instance_uid=word) | Q(asked_by=word)
        )
    return rows
