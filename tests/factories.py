"""Rows for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from webapp.accounts.models import Site
from webapp.accounts.roles import Role, give_role
from webapp.accounts.tokens import Scope, make_lasting
from webapp.diagnosis.models import Diagnosis
from webapp.studies.models import Delivery, Destination, Instance, Prediction, Report, Round, Study, StudyState

_numbers = count(1)
FOUR_VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))


def uid() -> str:
    """Return a UID no other row has."""
    return f"2.25.4711.{next(_numbers)}"


def make_study(*, received_at: datetime | None = None, views: tuple[tuple[str, str], ...] = FOUR_VIEWS) -> Study:
    """Return a study that is being received."""
    when = received_at or timezone.now()
    study = Study.objects.create(study_instance_uid=uid(), last_received_at=when)
    for laterality, view in views:
        make_instance(study, laterality, view, received_at=when)
    return study


def make_instance(
    study: Study,
    laterality: str = "R",
    view: str = "CC",
    *,
    received_at: datetime | None = None,
    not_analysed: str = "",
) -> Instance:
    """Return an instance that belongs to no round yet."""
    name = uid()
    return Instance.objects.create(
        study=study,
        sop_instance_uid=name,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.1.2",
        series_instance_uid=f"{study.study_instance_uid}.1",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        path=f"objects/{name}.dcm",
        size_bytes=1,
        laterality=laterality,
        view=view,
        not_analysed=not_analysed,
        received_from="PACS",
        received_address="127.0.0.1",
        received_at=received_at or timezone.now(),
        receive_ms=1.0,
    )


def make_round(study: Study, *, state: StudyState = StudyState.COMPLETE, queued_at: datetime | None = None) -> Round:
    """Return a round over everything the study has."""
    now = timezone.now()
    row = Round.objects.create(
        study=study,
        number=study.rounds.count() + 1,
        state=state,
        trigger=Round.Trigger.QUIET,
        completed_at=now,
        queued_at=queued_at or now,
    )
    study.instances.filter(round__isnull=True).update(round=row)
    Study.objects.filter(pk=study.pk).update(state=state)
    return row


def make_prediction(round_: Round, probability: float = 0.8, **others: Any) -> Prediction:
    """Return what a model said of a round."""
    facts: dict[str, Any] = {
        "model_name": "m",
        "model_version": "1",
        "model_sha256": "0" * 64,
        "operating_point": "balanced",
        "threshold": 0.5,
        "label": "Malignant" if probability >= 0.5 else "Benign",
        "probability": probability,
        "confidence": max(probability, 1 - probability),
    }
    return Prediction.objects.create(round=round_, **(facts | others))


def make_report(round_: Round) -> Report:
    """Return a report row (its file is the test's own business)."""
    name = uid()
    return Report.objects.create(
        round=round_,
        kind=Report.Kind.MEASUREMENT,
        sop_instance_uid=name,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
        path=f"objects/{name}.dcm",
    )


def make_delivery(report: Report, *, ae_title: str = "PACS", host: str = "127.0.0.1", port: int = 104) -> Delivery:
    """Return a delivery that is due now."""
    destination, _ = Destination.objects.get_or_create(ae_title=ae_title, host=host, port=port)
    return Delivery.objects.create(report=report, destination=destination, next_attempt_at=timezone.now())


def make_token(user: User, *scopes: Scope, name: str = "of a test") -> str:
    """Return the text of a lasting token of this account: with these scopes, or with all."""
    return make_lasting(user, name, scopes or tuple(Scope))[1]


def make_user(
    name: str, *roles: Role, sites: tuple[Site, ...] = (), is_staff: bool = False, password: str | None = None
) -> User:
    """Return an account with these roles, member of these sites; without a password nobody signs in with one."""
    user = User.objects.create_user(name, password=password, is_staff=is_staff)
    give_role(user, *roles)
    user.sites.set(sites)
    return user


def make_diagnosis(user: User) -> Diagnosis:
    """Return an upload of this account that was scored."""
    return Diagnosis.objects.create(
        user=user,
        image_sha256="0" * 64,
        image_format="PNG",
        label="Benign",
        probability=0.2,
        confidence=0.8,
        operating_point="balanced",
        threshold=0.5,
        latency_ms=1.0,
        model_name="m",
        model_version="1",
        model_sha256="0" * 64,
    )
