"""Rows -> JSON of the studies API."""

from typing import Any

from rest_framework import serializers

from webapp.portal import selectors
from webapp.studies.models import Delivery, ImageResult, Instance, Prior, Report, Round, Study, StudyState
from webapp.studies.selectors import instances_of


class StudySummarySerializer(serializers.ModelSerializer[Study]):
    """A study in the list."""

    class Meta:
        model = Study
        fields = ["study_instance_uid", "state", "accession_number", "created_at", "last_received_at"]


def study_detail(study: Study) -> dict[str, Any]:
    """Return the study with its newest round: images, scores, timings, reports, deliveries."""
    newest = selectors.newest_round(study)
    body: dict[str, Any] = {
        "study_instance_uid": study.study_instance_uid,
        "state": study.state,
        "round": 0 if newest is None else newest.number,
        "accession_number": study.accession_number,
        "failure": None,
        "images": _images(study, newest),
        "breasts": [],
        "probability": None,
        "prediction": None,
        "confidence": None,
        "operating_point": None,
        "timings_ms": {},
        "reports": [],
        "deliveries": [],
        "priors": [_prior(row) for row in selectors.priors_of(study)],
        "model": None,
        "research_use_only": True,
    }
    if newest is not None:
        body.update(_round(newest))
    return body


def _round(round_: Round) -> dict[str, Any]:
    deliveries = list(selectors.deliveries_of(round_))
    sent = [row.send_ms for row in deliveries if row.send_ms is not None]
    body: dict[str, Any] = {
        "failure": None
        if round_.state != StudyState.FAILED
        else {"stage": round_.failure_stage, "reason": round_.failure_reason},
        "timings_ms": {**round_.timings_ms, **({"send": max(sent)} if sent else {})},
        "reports": [_report(report) for report in selectors.reports_of(round_.study)],
        "deliveries": [_delivery(row) for row in deliveries],
    }
    prediction = getattr(round_, "prediction", None)
    if prediction is not None:
        body |= {
            "breasts": prediction.breasts,
            "probability": prediction.probability,
            "prediction": prediction.label or None,
            "confidence": prediction.confidence,
            "operating_point": prediction.operating_point,
            "model": {
                "name": prediction.model_name,
                "version": prediction.model_version,
                "sha256": prediction.model_sha256,
            },
        }
    return body


def _images(study: Study, newest: Round | None) -> list[dict[str, Any]]:
    results = {} if newest is None else {row.instance_id: row for row in selectors.results_of(newest)}
    return [_image(instance, results.get(instance.pk)) for instance in instances_of(study)]


def _image(instance: Instance, result: ImageResult | None) -> dict[str, Any]:
    analysed = result is not None and result.probability is not None
    return {
        "sop_instance_uid": instance.sop_instance_uid,
        "laterality": instance.laterality or None,
        "view": instance.view or None,
        "analysed": analysed,
        "probability": None if result is None else result.probability,
        "prediction": (result.label or None) if result is not None else None,
        "reason": (result.reason or None) if result is not None else None,
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "sop_instance_uid": report.sop_instance_uid,
        "kind": report.kind,
        "round": report.round.number,
        "path": report.path,
    }


def _prior(row: Prior) -> dict[str, Any]:
    return {
        "study_instance_uid": row.study_instance_uid,
        "study_date": row.study_date.isoformat(),
        "state": row.state,
        "images_expected": row.images_expected,
        "images_here": row.images_here,
        "reason": row.reason or None,
    }


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "destination": str(row.destination),
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status or None,
        "reason": row.reason or None,
        "events": [
            {"state": event.state, "at": event.at.isoformat(), "reason": event.reason or None}
            for event in selectors.events_of(row)
        ],
    }
