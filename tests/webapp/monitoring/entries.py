"""Rows of the prediction log for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from webapp.monitoring.models import PredictionEntry

_numbers = count(1)


def make_entry(
    *, at: datetime | None = None, level: str = "STUDY", probability: float = 0.2, **facts: Any
) -> PredictionEntry:
    """Return an entry of a study of its own."""
    defaults: dict[str, Any] = {
        "source": "DICOM",
        "result": "ANALYSED",
        "study_instance_uid": f"2.25.99.{next(_numbers)}",
        "round_number": 1,
        "prediction": "Malignant" if probability >= 0.5 else "Benign",
        "malignancy_probability": probability,
        "confidence": max(probability, 1 - probability),
        "model_version": "0.2.0",
        "model_sha256": "a" * 64,
        "operating_point": "balanced",
        "asked_by": "PACS",
    }
    return PredictionEntry.objects.create(at=at or timezone.now(), level=level, **(defaults | facts))
