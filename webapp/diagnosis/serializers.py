"""Rows -> JSON of the upload API."""

from typing import Any

from webapp.diagnosis.models import Diagnosis


def diagnosis_body(row: Diagnosis) -> dict[str, Any]:
    """Return the answer; clients that read only the first two keys keep working."""
    return {
        "prediction": row.label,
        "confidence": round(row.confidence, 4),
        "malignancy_probability": round(row.probability, 4),
        "id": row.pk,
        "operating_point": {"name": row.operating_point, "threshold": round(row.threshold, 4)},
        "model": {"name": row.model_name, "version": row.model_version, "sha256": row.model_sha256},
        "latency_ms": round(row.latency_ms, 1),
        "research_use_only": True,
    }
