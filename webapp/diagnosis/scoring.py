"""Upload -> prediction, through the same pipeline as a pushed study."""

import hashlib
import tempfile
import time
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile

from webapp.diagnosis import validation
from webapp.diagnosis.models import Diagnosis
from webapp.problems import Problem
from webapp.studies import events, holding, pipeline
from webapp.studies.pipeline import NotAnalysedImage, Scored


def diagnose(upload: UploadedFile[bytes], user: User) -> Diagnosis:
    """Score the upload and write its row."""
    holding.refuse_when_held()
    started = time.perf_counter()
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    prediction, image_format = _score(upload, digest.hexdigest())
    row = Diagnosis.objects.create(
        user=user,
        image_sha256=digest.hexdigest(),
        image_format=image_format,
        label=prediction.label,
        probability=prediction.probability,
        confidence=prediction.confidence,
        operating_point=prediction.operating_point,
        threshold=prediction.threshold,
        model_name=prediction.model.name,
        model_version=prediction.model.version,
        model_sha256=prediction.model.sha256,
        latency_ms=(time.perf_counter() - started) * 1000,
    )
    events.tell(events.upload_scored, __name__, upload=_told(row, upload.name or "", user))
    return row


def _told(row: Diagnosis, file_name: str, user: User) -> events.UploadScored:
    return events.UploadScored(
        upload_id=row.pk,
        file_name=file_name,
        username=user.get_username(),
        label=row.label,
        probability=row.probability,
        confidence=row.confidence,
        model_version=row.model_version,
        model_sha256=row.model_sha256,
        operating_point=row.operating_point,
        latency_ms=row.latency_ms,
    )


def _score(upload: UploadedFile[bytes], key: str) -> tuple[Scored, str]:
    if not validation.is_dicom(validation.head_of(upload)):
        pixels, image_format = validation.grey_levels(upload)
        return _scored(pipeline.score_picture(pixels, key)), image_format
    with tempfile.NamedTemporaryFile(suffix=".dcm", dir=settings.NODE_DATA_DIR) as copy:
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.flush()
        outcome = pipeline.score_file(Path(copy.name), key)
    return _scored(outcome), "DICOM"


def _scored(outcome: Scored | NotAnalysedImage) -> Scored:
    if isinstance(outcome, NotAnalysedImage):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"The image was not analysed: {outcome.reason}")
    return outcome
