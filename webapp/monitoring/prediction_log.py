"""Predictions -> rows of the log, counters and one JSON line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils import timezone
from pydicom import Dataset

from webapp.monitoring import event_lines, selectors, tallies
from webapp.monitoring.models import CanaryRun, PredictionEntry
from webapp.studies.events import UploadScored
from webapp.studies.intake import header_text
from webapp.studies.models import Delivery, ImageResult, Prediction, Round

if TYPE_CHECKING:  # they carry pixel code, and the receiving process, which counts too, stays small
    from webapp.studies.pipeline import Analysis
    from webapp.studies.reporting import Evidence

_Result, _Level, _Source = PredictionEntry.Result, PredictionEntry.Level, PredictionEntry.Source


def log_round(round_: Round, evidence: Evidence, analysis: Analysis) -> None:
    """Write the rows of one analysed round: its images and the study as a whole."""
    prediction = Prediction.objects.get(round=round_)
    results = list(ImageResult.objects.filter(round=round_).select_related("instance"))
    common = _common(round_, prediction, evidence)
    entries = [_of_image(common, row, analysis) for row in results]
    entries.append(_of_study(common, prediction))
    PredictionEntry.objects.bulk_create(entries, ignore_conflicts=True)
    if common["is_test"]:
        return
    _count(entries, round_.timings_ms)
    for entry in entries:
        _write_line(entry)


def _common(round_: Round, prediction: Prediction, evidence: Evidence) -> dict[str, object]:
    uid = round_.study.study_instance_uid
    header = evidence.headers[0] if evidence.headers else Dataset()
    senders = {row.received_from for row in evidence.instances}
    return {
        "at": prediction.created_at,
        "source": _Source.DICOM,
        "study_instance_uid": uid,
        "round_number": round_.number,
        "model_version": prediction.model_version,
        "model_sha256": prediction.model_sha256,
        "operating_point": prediction.operating_point,
        "asked_by": ", ".join(sorted(senders))[:150],
        "latency_ms": {stage: round(ms, 2) for stage, ms in round_.timings_ms.items()},
        "manufacturer": header_text(header, "Manufacturer", 64),
        "software_version": _first(header_text(header, "SoftwareVersions", 128)),
        "site": header_text(header, "InstitutionName", 64),
        "age_band": age_band(header_text(header, "PatientAge", 4)),
        "is_test": CanaryRun.objects.filter(study_instance_uid=uid).exists(),
    }


def _first(text: str) -> str:
    """Return the first of several values, as pydicom shows them."""
    return text.strip("[]").split(",")[0].strip(" '")[:64]


def age_band(patient_age: str) -> str:
    """Return the decade of an Age String such as 057Y; empty where it is none."""
    if len(patient_age) != 4 or not patient_age[:3].isdigit() or patient_age[3] != "Y":
        return ""
    decade = int(patient_age[:3]) // 10 * 10
    return "90+" if decade >= 90 else f"{decade}-{decade + 9}"


def _of_image(common: dict[str, object], row: ImageResult, analysis: Analysis) -> PredictionEntry:
    uid = row.instance.sop_instance_uid
    probability = row.probability
    return PredictionEntry(
        **common,
        level=_Level.IMAGE,
        result=_Result.NOT_ANALYSED if probability is None else _Result.ANALYSED,
        reason=row.not_analysed,
        sop_instance_uid=uid,
        prediction=row.label,
        malignancy_probability=probability,
        confidence=None if probability is None else max(probability, 1 - probability),
        raw_score=row.raw_score,
        input_mean=analysis.input_means.get(uid),
    )


def _of_study(common: dict[str, object], prediction: Prediction) -> PredictionEntry:
    return PredictionEntry(
        **common,
        level=_Level.STUDY,
        result=_Result.ANALYSED if prediction.label else _Result.NOT_ANALYSED,
        prediction=prediction.label,
        malignancy_probability=prediction.probability,
        confidence=prediction.confidence,
    )


def log_upload(upload: UploadScored) -> None:
    """Write the row of one scored upload."""
    entry = PredictionEntry.objects.create(
        at=timezone.now(),
        source=_Source.UPLOAD,
        level=_Level.IMAGE,
        result=_Result.ANALYSED,
        file_name=upload.file_name[:255],
        upload_id=upload.upload_id,
        prediction=upload.label,
        malignancy_probability=upload.probability,
        confidence=upload.confidence,
        model_version=upload.model_version,
        model_sha256=upload.model_sha256,
        operating_point=upload.operating_point,
        asked_by=upload.username[:150],
        latency_ms={"total": round(upload.latency_ms, 2)},
    )
    _count([entry], {"upload": upload.latency_ms})
    _write_line(entry)


def log_delivery(delivery: Delivery, outcome: str) -> None:
    """Note on a round's rows what became of its report, and how long sending took."""
    round_ = delivery.report.round
    rows = PredictionEntry.objects.filter(
        study_instance_uid=round_.study.study_instance_uid, round_number=round_.number, source=_Source.DICOM
    )
    analysed = rows.exclude(result=_Result.NOT_ANALYSED)
    if outcome == "sent":
        # a destination that failed keeps its mark, whichever came first
        analysed.exclude(result=_Result.SEND_FAILED).update(result=_Result.SENT)
        for entry in rows.only("pk", "latency_ms"):
            send_ms = max(float(entry.latency_ms.get("send", 0.0)), delivery.send_ms or 0.0)
            entry.latency_ms["send"] = round(send_ms, 2)
            entry.save(update_fields=["latency_ms"])
    elif outcome == "failed" or (outcome == "declined" and _took_nothing(delivery)):
        analysed.update(result=_Result.SEND_FAILED)


def _took_nothing(delivery: Delivery) -> bool:
    """Tell a destination that took nothing at all from one that took another kind of report."""
    return selectors.not_taken().filter(pk=delivery.pk).exists()


def _count(entries: list[PredictionEntry], timings_ms: Mapping[str, float]) -> None:
    for stage, ms in timings_ms.items():
        tallies.observe("stage_seconds", ms / 1000, tallies.STAGE_BUCKETS, stage=stage)
    for entry in entries:
        labels = {"level": entry.level.lower(), "source": entry.source.lower(), "model": entry.model_version}
        tallies.add("predictions", 1.0, prediction=entry.prediction.lower() or "none", **labels)
        if entry.malignancy_probability is not None:
            tallies.observe(
                "score",
                entry.malignancy_probability,
                tallies.SCORE_BUCKETS,
                level=entry.level.lower(),
                model=entry.model_version,
            )


def _write_line(entry: PredictionEntry) -> None:
    """Write the event: no file name and no user name, which may be a person's."""
    event_lines.write(
        "prediction",
        source=entry.source,
        level=entry.level,
        result=entry.result,
        reason=entry.reason,
        study_instance_uid=entry.study_instance_uid,
        sop_instance_uid=entry.sop_instance_uid,
        round=entry.round_number,
        upload_id=entry.upload_id,
        prediction=entry.prediction,
        confidence=entry.confidence,
        malignancy_probability=entry.malignancy_probability,
        model_version=entry.model_version,
        model_sha256=entry.model_sha256,
        operating_point=entry.operating_point,
        latency_ms=entry.latency_ms,
    )
