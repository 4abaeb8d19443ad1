"""Upload -> prediction, through the same pipeline as a pushed study."""

import time
from dataclasses import dataclass, replace
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.diagnosis import attachments, decode_pool, drawing, heatmaps, selectors, storing
from webapp.diagnosis.attachments import Attachment
from webapp.diagnosis.decode_pool import Decoded
from webapp.diagnosis.decoding import DicomIdentity, Facts
from webapp.diagnosis.errors import Overload, Refusal
from webapp.diagnosis.lane import lane
from webapp.diagnosis.models import Diagnosis, UploadKey
from webapp.diagnosis.receiving import Received
from webapp.problems import Problem
from webapp.studies import events, holding, pipeline
from webapp.studies.pipeline import Looked, NotAnalysedImage, Presented


@dataclass(frozen=True)
class Order:
    """One upload, and what is asked for it."""

    upload: Received
    user: User | AnonymousUser
    address: str
    laterality: str = ""
    view: str = ""
    store: bool = False
    attachment: Attachment | None = None
    idempotency_key: str = ""

    @property
    def owner(self) -> User | None:
        """The account that the row belongs to."""
        return self.user if isinstance(self.user, User) else None


@dataclass(frozen=True)
class Outcome:
    """The row of an upload, and whether it was there before."""

    row: Diagnosis
    is_replayed: bool


@dataclass(frozen=True)
class _Finding:
    looked: Looked
    facts: Facts
    heatmap: str
    latency_ms: float


def diagnose(order: Order) -> Outcome:
    """Score the upload and write its row; the same upload again returns the row that is there.

    Raises
    ------
    Problem
        With what to do: 4xx where the upload is refused, 503 where there is no room for it now.
    """
    try:
        return _diagnose(order)
    except Refusal as refusal:
        raise Problem(HTTPStatus(refusal.status), refusal.detail) from refusal
    except Overload as overload:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, overload.detail, overload.retry_after_seconds) from overload


def _diagnose(order: Order) -> Outcome:
    started = time.perf_counter()
    earlier = _earlier(order)
    if earlier is not None:
        return Outcome(_complete(earlier, order), is_replayed=True)
    holding.refuse_when_held()
    with lane().admitted():
        decoded = decode_pool.pool().decode(order.upload.stream)
        facts = _agree(decoded.facts, order)
        if order.store and facts.dicom is None:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Only a DICOM file can be stored as a study.")
        looked, png = lane().run(
            lambda: _look(replace(decoded, facts=facts), order.upload.sha256), settings.NODE_UPLOAD_SECONDS_LIMIT
        )
    name = heatmaps.keep(png) if png else ""
    try:
        outcome = _record(order, _Finding(looked, facts, name, (time.perf_counter() - started) * 1000))
    except BaseException:
        heatmaps.remove(name)
        raise
    if outcome.is_replayed:
        heatmaps.remove(name)
    return outcome


def _earlier(order: Order) -> Diagnosis | None:
    if order.idempotency_key:
        found = selectors.upload_of_key(order.user, order.idempotency_key)
        if found is not None and found.image_sha256 != order.upload.sha256:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "This Idempotency-Key came before with another image. Use a new key for each image.",
            )
        if found is not None:
            return found
    return selectors.same_upload(order.user, order.upload.sha256, timezone.now())


def _agree(facts: Facts, order: Order) -> Facts:
    """Take side and view from the header, or from the form where there is none; refuse a contradiction."""
    for name, stated, found in (
        ("laterality", order.laterality, facts.laterality),
        ("view", order.view, facts.view),
    ):
        if stated and found and stated != found:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"The field '{name}' says {stated}, the image's header says {found}. Please correct one of them.",
            )
    return replace(
        facts, laterality=facts.laterality or order.laterality or None, view=facts.view or order.view or None
    )


def _look(decoded: Decoded, key: str) -> tuple[Looked, bytes]:
    facts = decoded.facts
    presented = Presented(facts.pixel_aspect, facts.laterality, facts.view, facts.flip_horizontal, facts.flip_vertical)
    outcome = pipeline.look(decoded.pixels, key, presented)
    if isinstance(outcome, NotAnalysedImage):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"The image was not analysed: {outcome.reason}")
    return outcome, b"" if outcome.heat is None else drawing.draw(decoded.pixels, outcome.heat)


def _record(order: Order, finding: _Finding) -> Outcome:
    try:
        with transaction.atomic():
            if order.owner is not None:
                User.objects.select_for_update().get(pk=order.owner.pk)  # two uploads of one image come one by one
            earlier = _earlier(order)
            row = earlier or _new_row(order, finding)
            if earlier is None:
                events.tell(events.upload_scored, __name__, upload=_told(row, order))
            if order.store and not row.study_instance_uid and finding.facts.dicom is not None:
                _store(row, order, finding.facts.dicom)
            _finish(row, order)
            return Outcome(row, is_replayed=earlier is not None)
    except IntegrityError:
        # an anonymous upload under the same key was first
        found = _earlier(order)
        if found is None:
            raise
        return Outcome(found, is_replayed=True)


def _told(row: Diagnosis, order: Order) -> events.UploadScored:
    return events.UploadScored(
        upload_id=row.pk,
        file_name=order.upload.client_name,
        username=order.user.get_username(),
        label=row.label,
        probability=row.probability,
        confidence=row.confidence,
        model_version=row.model_version,
        model_sha256=row.model_sha256,
        operating_point=row.operating_point,
        latency_ms=row.latency_ms,
    )


def _complete(row: Diagnosis, order: Order) -> Diagnosis:
    """Do what an earlier upload of the same bytes was not asked for."""
    wanted = order.store and not row.study_instance_uid
    facts = decode_pool.pool().decode(order.upload.stream).facts if wanted else None
    if facts is not None and facts.dicom is None:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Only a DICOM file can be stored as a study.")
    with transaction.atomic():
        if facts is not None and facts.dicom is not None:
            _store(row, order, facts.dicom)
        _finish(row, order)
    return row


def _store(row: Diagnosis, order: Order, identity: DicomIdentity) -> None:
    row.study_instance_uid = storing.store(order.upload.stream, identity, order.address, order.owner)
    row.save(update_fields=["study_instance_uid"])


def _finish(row: Diagnosis, order: Order) -> None:
    if order.attachment is not None and order.owner is not None:
        attachments.attach(order.attachment, row, order.owner)
    if order.idempotency_key:
        UploadKey.objects.get_or_create(user=order.owner, key=order.idempotency_key, defaults={"diagnosis": row})


def _new_row(order: Order, finding: _Finding) -> Diagnosis:
    prediction, facts = finding.looked.prediction, finding.facts
    return Diagnosis.objects.create(
        user=order.owner,
        image_sha256=order.upload.sha256,
        image_format=facts.image_format,
        laterality=facts.laterality or "",
        view=facts.view or "",
        label=prediction.label,
        probability=prediction.probability,
        confidence=prediction.confidence,
        operating_point=prediction.operating_point,
        threshold=prediction.threshold,
        model_name=prediction.model.name,
        model_version=prediction.model.version,
        model_sha256=prediction.model.sha256,
        latency_ms=finding.latency_ms,
        warnings=facts.warnings,
        heatmap=finding.heatmap,
    )
