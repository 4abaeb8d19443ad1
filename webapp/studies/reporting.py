"""An analysis becomes rows and a report; the file is durable before its row."""

import logging
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from pydicom import Dataset

from dicom_node.archive import Archive
from dicom_node.eligibility import NotAnalysed
from dicom_node.errors import ArchiveError, DicomNodeError
from dicom_node.sr import content as sr
from dicom_node.sr import measurement
from webapp.studies import contents, delivery, events, objects, saliency_files
from webapp.studies.errors import StageError
from webapp.studies.headers import read_header
from webapp.studies.intake import archived_path
from webapp.studies.models import ImageResult, Instance, Prediction, Report, Round, StudyState
from webapp.studies.objects import Built, Material
from webapp.studies.pipeline import Analysis, StoredImage

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Evidence:
    """The images of a round: their rows, their headers, and what the pipeline needs of them."""

    instances: tuple[Instance, ...]
    headers: tuple[Dataset, ...]
    images: tuple[StoredImage, ...]


def gather(round_: Round) -> Evidence:
    """Collect every image up to this round."""
    rows = Instance.objects.filter(study=round_.study, round__number__lte=round_.number)
    instances = tuple(rows.order_by("sop_instance_uid"))
    paths = [settings.NODE_ARCHIVE_DIR / row.path for row in instances]
    headers = tuple(_read(path) for path in paths)
    images = tuple(
        StoredImage(row.sop_instance_uid, path, NotAnalysed[row.not_analysed] if row.not_analysed else None)
        for row, path in zip(instances, paths, strict=True)
    )
    return Evidence(instances, headers, images)


def _read(path: Path) -> Dataset:
    try:
        return read_header(path)
    except (OSError, DicomNodeError) as error:
        raise StageError("convert", f"the stored file {path.name} cannot be read: {error}") from error


def write(round_: Round, evidence: Evidence, analysis: Analysis) -> list[int]:
    """Write report, rows and deliveries of one analysed round; return the ids of the deliveries."""
    started = time.perf_counter()
    try:
        content = contents.content_of(round_, evidence.instances, analysis)
        paths = {image.sop_instance_uid: image.path for image in evidence.images}
        made, missing = _make_all(round_, Material(content, evidence.headers, paths, analysis.heat))
    except ArchiveError:
        raise
    except DicomNodeError as error:
        raise StageError("report", str(error)) from error
    report_ms = (time.perf_counter() - started) * 1000
    with transaction.atomic():
        locked = Round.objects.select_for_update().select_related("study").get(pk=round_.pk)
        if locked.state != StudyState.COMPLETE:
            return []
        _write_results(locked, evidence, analysis, content)
        rows = [_row(locked, one, evidence) for one in made]
        locked.objects_missing = missing
        _close(locked, round_, {**analysis.timings_ms, "report": report_ms}, evidence.instances)
        deliveries = delivery.queue_for(rows)
        events.tell(events.prediction_made, __name__, round_=locked, evidence=evidence, analysis=analysis)
        if missing:
            delivery.settle(locked.pk)  # where nothing else is to be sent, nothing else would
    written = ", ".join(f"{row.kind} {row.sop_instance_uid}" for row in rows)
    _log.info("study %s round %d is analysed: %s", locked.study, locked.number, written)
    return deliveries


@dataclass(frozen=True, eq=False)
class _Made:
    kind: str
    built: Built
    path: Path


def _make_all(round_: Round, material: Material) -> tuple[list[_Made], dict[str, str]]:
    """Make every wanted kind; return the objects, and by kind why there are none.

    The measurement report is what a round is for: without it the round has failed. Another kind that cannot be
    made, whatever the libraries that draw it raise, must not cost the report; it is missed, visibly, later.
    """
    made: list[_Made] = []
    missing: dict[str, str] = {}
    for kind in objects.wanted_kinds():
        try:
            made += _make(kind, round_, material)
        except (ArchiveError, DatabaseError, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            if kind == Report.Kind.MEASUREMENT:
                raise
            missing[kind] = _why(error)
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error(
                "study %s round %d has no %s at stage report: %s\n%s",
                *(round_.study, round_.number, kind, missing[kind], where),
            )
    return made, missing


def _why(error: Exception) -> str:
    """Return a sentence without patient data: foreign libraries may quote what they were given."""
    if isinstance(error, DicomNodeError | StageError):
        return str(error)
    return f"of an unexpected {type(error).__name__}; the log says where."


def _make(kind: str, round_: Round, material: Material) -> list[_Made]:
    """Build the objects of one kind and store them; the same round makes the same objects."""
    if kind in objects.REPLACING_KINDS:
        content = replace(material.content, predecessor=_predecessor(round_, kind))
        material = replace(material, content=content)
    return [_store(kind, built) for built in list(objects.BUILDERS[kind](material))]


def _store(kind: str, built: Built) -> _Made:
    part10 = measurement.to_part10(built.dataset)
    return _Made(kind, built, _archive().store_bytes(built.dataset.SOPInstanceUID, part10))


def _row(round_: Round, made: _Made, evidence: Evidence) -> Report:
    by_uid = {row.sop_instance_uid: row for row in evidence.instances}
    return Report.objects.create(
        round=round_,
        kind=made.kind,
        source=by_uid.get(made.built.source),
        sop_instance_uid=made.built.dataset.SOPInstanceUID,
        sop_class_uid=made.built.dataset.SOPClassUID,
        path=archived_path(made.path),
    )


def _archive() -> Archive:
    # the reserve stops receiving; what was received is finished out of it
    return Archive(settings.NODE_ARCHIVE_DIR, disk_reserve_bytes=0)


def _predecessor(round_: Round, kind: str) -> sr.Predecessor | None:
    """Return the newest earlier report of the same kind: another kind is not what it replaces."""
    earlier = (
        Report.objects.filter(round__study=round_.study, round__number__lt=round_.number, kind=kind)
        .order_by("-round__number")
        .first()
    )
    if earlier is None:
        return None
    header = _read(settings.NODE_ARCHIVE_DIR / earlier.path)
    return sr.Predecessor(
        round_.study.study_instance_uid,
        header.SeriesInstanceUID,
        earlier.sop_class_uid,
        earlier.sop_instance_uid,
    )


def _write_results(round_: Round, evidence: Evidence, analysis: Analysis, content: sr.ReportContent) -> None:
    prediction = analysis.prediction
    Prediction.objects.create(
        round=round_,
        model_name=content.algorithm.name,
        model_version=content.algorithm.version,
        model_sha256=content.algorithm.sha256,
        operating_point=content.operating_point.name,
        threshold=content.operating_point.threshold,
        label="" if content.study is None else content.study.label.value,
        probability=None if prediction is None else prediction.probability,
        confidence=None if prediction is None else prediction.confidence,
        breasts=[
            {"laterality": breast.laterality, "probability": breast.probability, "prediction": breast.label.value}
            for breast in content.breasts
        ],
    )
    _write_images(round_, evidence, analysis, content)
    _log.info(
        "prediction for study %s round %d: %s, probability %s, model %s, %d images scored, %d not analysed",
        round_.study,
        round_.number,
        "none" if content.study is None else content.study.label.value,
        "none" if prediction is None else f"{prediction.probability:.4f}",
        content.algorithm.version,
        len(content.images),
        len(analysis.not_analysed),
    )


def _write_images(round_: Round, evidence: Evidence, analysis: Analysis, content: sr.ReportContent) -> None:
    by_uid = {row.sop_instance_uid: row for row in evidence.instances}
    heat = analysis.heat
    names = {uid: saliency_files.keep(round_, uid, heat[uid]) for uid in analysis.scores if uid in heat}
    ImageResult.objects.bulk_create(
        [
            ImageResult(
                marks=contents.marks_in(content, image.sop_instance_uid),
                saliency=names.get(image.sop_instance_uid, ""),
                round=round_,
                instance=by_uid[image.sop_instance_uid],
                raw_score=analysis.scores[image.sop_instance_uid].raw_score,
                probability=image.probability,
                label=image.label.value,
            )
            for image in content.images
        ]
        + [
            ImageResult(
                round=round_,
                instance=by_uid[image.sop_instance_uid],
                not_analysed=image.code.name,
                reason=image.reason,
            )
            for image in analysis.not_analysed
        ]
    )


def _close(round_: Round, claimed: Round, timings_ms: dict[str, float], instances: Sequence[Instance]) -> None:
    """Set the round ANALYSED; ``claimed`` remembers when the work was taken up."""
    fresh = [row for row in instances if row.round_id == round_.pk]
    last = max(row.received_at for row in fresh)
    round_.timings_ms = {
        "receive": sum(row.receive_ms for row in fresh),
        "wait": _between_ms(last, round_.completed_at),
        "queue": _between_ms(round_.completed_at, claimed.claimed_at),
        **timings_ms,
    }
    round_.state, round_.analysed_at = StudyState.ANALYSED, timezone.now()
    round_.claimed_by, round_.claimed_until = "", None
    round_.save()
    delivery.show_on_study(round_)


def _between_ms(start: datetime, end: datetime | None) -> float:
    return 0.0 if end is None else max(0.0, (end - start).total_seconds() * 1000)


@transaction.atomic
def fail(round_: Round, error: StageError) -> None:
    """Set the round FAILED with the stage and the reason."""
    _log.error("study %s round %d %s", round_.study, round_.number, error)
    locked = Round.objects.select_for_update().select_related("study").get(pk=round_.pk)
    if locked.state != StudyState.COMPLETE:
        return
    locked.state, locked.failure_stage, locked.failure_reason = StudyState.FAILED, error.stage, error.reason
    locked.claimed_by, locked.claimed_until = "", None
    locked.save()
    delivery.show_on_study(locked)
    events.tell(events.round_failed, __name__, round_=locked, stage=error.stage)
