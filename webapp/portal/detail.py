"""One study as the portal shows it: what it is, what was found, what became of it, and who may do what."""

from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.urls import reverse
from pydicom import Dataset

from dicom_node.errors import DicomNodeError
from webapp.accounts.roles import Person, Role, has_role
from webapp.portal.images import images_of
from webapp.portal.timeline import timeline_of
from webapp.portal.worklist import failure_of
from webapp.studies import readings, selectors
from webapp.studies.headers import read_header
from webapp.studies.intake import header_text
from webapp.studies.models import Delivery, Prior, Report, Round, Study

READABLE_KINDS: Final = frozenset({Report.Kind.MEASUREMENT.value, Report.Kind.CAD.value})


def study_detail(user: Person, study: Study) -> dict[str, Any]:
    """Return the study with its newest round; without the AI's word where the reader shall not see it yet."""
    rounds = list(study.rounds.select_related("prediction").order_by("number"))
    newest = rounds[-1] if rounds else None
    recorded = selectors.has_first_impression(user, study)
    hidden = selectors.hides_ai(user) and not recorded
    deliveries = list(
        Delivery.objects.filter(report__round__study=study)
        .select_related("destination", "report__round")
        .prefetch_related("events")
        .order_by("id")
    )
    if hidden:
        # which images are shown in an object of their own, the AI's marks decide
        deliveries = [row for row in deliveries if row.report.source_id is None]
    return {
        **_identity(study),
        "round": 0 if newest is None else newest.number,
        "failure": failure_of(newest),
        "images": images_of(study, newest, hidden=hidden),
        **_ai(newest, hidden=hidden),
        "timings_ms": _timings(newest, deliveries),
        "timeline": timeline_of(study, rounds, deliveries),
        "reports": [] if hidden else _reports(study),
        "deliveries": [_delivery(row) for row in deliveries if newest is not None and row.report.round == newest],
        "priors": _priors(user, study),
        "assessments": _assessments(study) if has_role(user, *_READ_ASSESSMENTS) else [],
        "permissions": {
            "review": selectors.may_review(user),
            "outcome": selectors.may_enter_outcomes(user),
            "staff_actions": has_role(user, Role.ADMINISTRATOR),
            "share": has_role(user, Role.ADMINISTRATOR, Role.RADIOLOGIST),
        },
        "reading": _reading(user, study, hidden=hidden),
        "first_impression_recorded": recorded,
        "ai_hidden": hidden,
        "research_use_only": True,
    }


def _reading(user: Person, study: Study, *, hidden: bool) -> dict[str, Any]:
    reviews = selectors.all_reviews_of(study)
    found = readings.state_of(reviews)
    kinds: tuple[str, ...] = ()
    if selectors.may_review(user) and user.pk is not None:
        kinds = readings.open_kinds(user.pk, reviews, ai_is_hidden=hidden)
    return {"state": found.state, "readers": list(found.readers), "open_kinds": list(kinds)}


_READ_ASSESSMENTS: Final = (Role.ADMINISTRATOR, Role.RADIOLOGIST, Role.CLINICIAN)


def _identity(study: Study) -> dict[str, Any]:
    return {
        "study_instance_uid": study.study_instance_uid,
        "state": study.state,
        "patient_id": study.patient_id,
        "patient_name": study.patient_name,
        "patient_birth_date": study.patient_birth_date or _date_in_header(study, "PatientBirthDate"),
        "accession_number": study.accession_number,
        "study_date": study.study_date or _date_in_header(study, "StudyDate"),
        "site": {"id": study.site.pk, "name": study.site.name},
        "created_at": study.created_at,
        "last_received_at": study.last_received_at,
    }


def _date_in_header(study: Study, keyword: str) -> str | None:
    """Return a date of studies that came before their rows held it."""
    first = study.instances.first()
    if first is None:
        return None
    try:
        header: Dataset = read_header(settings.NODE_ARCHIVE_DIR / first.path)
    except (DicomNodeError, OSError):
        return None
    text = header_text(header, keyword, 8)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else None


def _ai(newest: Round | None, *, hidden: bool) -> dict[str, Any]:
    prediction = None if newest is None else getattr(newest, "prediction", None)
    if prediction is None:
        return dict(_NO_AI)
    body = _NO_AI | {
        "operating_point": prediction.operating_point,
        "threshold": prediction.threshold,
        "thresholds": {prediction.operating_point: prediction.threshold},
        "model": {
            "name": prediction.model_name,
            "version": prediction.model_version,
            "sha256": prediction.model_sha256,
        },
    }
    if hidden:
        return body
    return body | {
        "breasts": prediction.breasts,
        "probability": prediction.probability,
        "prediction": prediction.label or None,
        "confidence": prediction.confidence,
        "operating_point_reached": prediction.reaches_operating_point,
    }


_NO_AI: Final[dict[str, Any]] = {
    "breasts": [], "probability": None, "prediction": None, "confidence": None, "operating_point": None,
    "operating_point_reached": None, "threshold": None, "thresholds": {}, "model": None,
}  # fmt: skip


def _timings(newest: Round | None, deliveries: list[Delivery]) -> dict[str, float]:
    if newest is None:
        return {}
    sent = [row.send_ms for row in deliveries if row.send_ms is not None and row.report.round == newest]
    return {**newest.timings_ms, **({"send": max(sent)} if sent else {})}


def _reports(study: Study) -> list[dict[str, Any]]:
    rows = Report.objects.filter(round__study=study).select_related("round", "source")
    return [_report(study, row) for row in rows.order_by("-round__number", "kind", "id")]


def _report(study: Study, report: Report) -> dict[str, Any]:
    where = [study.study_instance_uid, report.sop_instance_uid]
    return {
        "sop_instance_uid": report.sop_instance_uid,
        "kind": report.kind,
        "round": report.round.number,
        "created_at": report.created_at,
        "source_sop_instance_uid": None if report.source is None else report.source.sop_instance_uid,
        "html_url": reverse("study-report", args=where) if report.kind in READABLE_KINDS else None,
        "dicom_url": reverse("study-report-file", args=where),
        "path": report.path,
    }


def _priors(user: Person, study: Study) -> list[dict[str, Any]]:
    rows = list(Prior.objects.filter(search__study=study))
    uids = [row.study_instance_uid for row in rows]
    seen = selectors.studies_for(user).filter(study_instance_uid__in=uids)
    visible = set(seen.values_list("study_instance_uid", flat=True))
    return [
        {
            "study_instance_uid": row.study_instance_uid,
            "study_date": row.study_date.isoformat(),
            "state": row.state,
            "images_expected": row.images_expected,
            "images_here": row.images_here,
            "reason": row.reason or None,
            "visible": row.study_instance_uid in visible,
        }
        for row in rows
    ]


def _assessments(study: Study) -> list[dict[str, Any]]:
    # the two applications know each other's rows by number and name only
    rows: Any = apps.get_model("chatbot", "Assessment")._default_manager
    found = rows.filter(study_instance_uid=study.study_instance_uid, attached_at__isnull=False)
    return [
        {
            "id": row.pk,
            "level": row.level,
            "language": row.language,
            "audience": row.audience,
            "rule_set_version": row.rule_set_version,
            "created_at": row.created_at,
            "attached_at": row.attached_at,
            "attached_by": None if row.attached_by is None else row.attached_by.get_username(),
        }
        for row in found.select_related("attached_by")
    ]


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "destination": str(row.destination),
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status or None,
        "reason": row.reason or None,
        "events": [
            {"state": event.state, "at": event.at.isoformat(), "reason": event.reason or None}
            for event in row.events.all()
        ],
    }
