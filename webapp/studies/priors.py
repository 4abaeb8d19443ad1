"""Earlier mammograms of a study: looked for on its arrival, fetched in the background, never analysed.

The rows come before the objects: a study is marked as a prior before its objects are asked for, so that they are
told apart when they come. What came is counted in the rows of the objects, whatever the archive says it sent.
"""

import logging
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dicom_node import priors as pacs
from dicom_node.errors import DicomNodeError, SendError
from dicom_node.requestor import Peer, Timeouts
from webapp.studies import audit_dicom, claims, dicom_tls, queueing
from webapp.studies.headers import read_header
from webapp.studies.intake import header_text
from webapp.studies.models import Instance, Prior, PriorSearch, Study, StudyState
from webapp.studies.peer_text import parse_destination

_log = logging.getLogger(__name__)

_OLDEST = timedelta(days=1)
_PATIENCE = timedelta(seconds=60)
_AT_ONCE = 20
_QUERY = Timeouts(response_seconds=30.0)


def due_searches(now: datetime | None = None) -> list[int]:
    """Open a search for each study that came lately, and return the ids of those to be taken up now."""
    if not settings.NODE_PRIORS_FROM:
        return []
    now = now or timezone.now()
    fresh = Study.objects.filter(prior_search__isnull=True, created_at__gte=now - _OLDEST)
    for study in fresh.exclude(state=StudyState.PRIOR)[:_AT_ONCE]:
        PriorSearch.objects.get_or_create(study=study, defaults={"next_attempt_at": now})
    waiting = PriorSearch.objects.filter(state=PriorSearch.State.QUEUED, next_attempt_at__lte=now)
    found = [
        row.pk
        for row in waiting.order_by("next_attempt_at")[:_AT_ONCE]
        if (row.queued_at is None or row.queued_at <= now - _PATIENCE)
        and not claims.is_live(row.claimed_by, row.claimed_until)
    ]
    PriorSearch.objects.filter(pk__in=found).update(queued_at=now)
    return found


def fetch(search: PriorSearch) -> None:
    """Find and fetch the priors of one claimed search, and write down how much of them came."""
    wanted = parse_destination(settings.NODE_PRIORS_FROM)
    archive = Peer(wanted.ae_title, wanted.host, wanted.port, dicom_tls.outward(wanted.profile.tls))
    deadline = time.monotonic() + settings.NODE_PRIORS_SECONDS
    bounds = pacs.Bounds(settings.NODE_PRIORS_MOST, settings.NODE_PRIORS_YEARS, settings.NODE_PRIORS_SECONDS)
    study = search.study
    if search.attempts > settings.NODE_PRIORS_ATTEMPTS_LIMIT:
        _end(search, "The process that worked on it died, or met an error that its log has.", permanent=True)
        return
    try:
        found = _find(study, archive, bounds)
        rows = [(_row(search, one), one) for one in found]
        is_permanent = True
        for row, one in rows:
            left = replace(bounds, seconds=deadline - time.monotonic())
            is_permanent = _retrieve(row, one, archive, left) and is_permanent
    except SendError as error:
        _end(search, str(error), permanent=error.permanent)
    else:
        _end(search, "", permanent=is_permanent)


def _find(study: Study, archive: Peer, bounds: pacs.Bounds) -> tuple[pacs.PriorStudy, ...]:
    """Ask the archive, and leave an event of it, answered or not."""
    found: tuple[pacs.PriorStudy, ...] | None = None
    uid = study.study_instance_uid
    try:
        found = pacs.find(archive, settings.NODE_AE_TITLE, study.patient_id, _day_of(study), uid, bounds, _QUERY)
    finally:
        audit_dicom.note_prior_search(uid, archive, None if found is None else len(found))
    return found


def _day_of(study: Study) -> date:
    """Return the day of the study, as its first image says; the day it came where no image says so."""
    first = study.instances.first()
    text = ""
    if first is not None:
        try:
            text = header_text(read_header(settings.NODE_ARCHIVE_DIR / first.path), "StudyDate", 8)
        except (OSError, DicomNodeError):
            _log.warning("the study date of %s cannot be read: its day of arrival is taken", study)
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return study.created_at.date()


def _row(search: PriorSearch, found: pacs.PriorStudy) -> Prior:
    row, _ = Prior.objects.update_or_create(
        search=search,
        study_instance_uid=found.study_instance_uid,
        defaults={"study_date": found.study_date, "images_expected": found.images},
    )
    return row


def _retrieve(row: Prior, found: pacs.PriorStudy, archive: Peer, bounds: pacs.Bounds) -> bool:
    """Fetch one prior; return whether another try cannot help, be it that all is here."""
    if row.state in {Prior.State.HERE, Prior.State.RETRIEVED}:
        return True
    if not _mark(found.study_instance_uid, row.search.study):
        row.state, row.images_here, row.reason = Prior.State.HERE, _count(found), ""
        row.save()
        return True
    try:
        moved = pacs.retrieve(found, archive, settings.NODE_AE_TITLE, bounds)
    except SendError as error:
        moved = pacs.Retrieval(0, 0, whole=False, permanent=error.permanent, message=str(error))
    row.images_here = _count(found)
    missing = row.images_expected is not None and row.images_here < row.images_expected
    if moved.whole and not missing and row.images_here:
        row.state, row.reason = Prior.State.RETRIEVED, ""
    else:
        row.state = Prior.State.PARTIAL if row.images_here else Prior.State.FAILED
        expected = "an unknown number of" if row.images_expected is None else row.images_expected
        row.reason = f"{row.images_here} of {expected} images came. {moved.message}".strip()
        _log.warning("prior %s is not whole: %s", row.study_instance_uid, row.reason)
        Study.objects.filter(
            study_instance_uid=row.study_instance_uid, state=StudyState.PRIOR, instances__isnull=True
        ).delete()
    row.save()
    return moved.whole or moved.permanent


@transaction.atomic
def _mark(study_instance_uid: str, current: Study) -> bool:
    """Mark a study as a prior before it comes; False where it came by itself before."""
    study, _ = Study.objects.get_or_create(
        study_instance_uid=study_instance_uid,
        defaults={
            "state": StudyState.PRIOR,
            "last_received_at": timezone.now(),
            "patient_id": current.patient_id,
            "patient_name": current.patient_name,
        },
    )
    return study.state == StudyState.PRIOR


def _count(found: pacs.PriorStudy) -> int:
    return Instance.objects.filter(
        study__study_instance_uid=found.study_instance_uid, series_instance_uid__in=found.series
    ).count()


def _end(search: PriorSearch, reason: str, *, permanent: bool) -> None:
    states = set(search.priors.values_list("state", flat=True))
    is_whole = not reason and states <= {Prior.State.HERE, Prior.State.RETRIEVED}
    search.claimed_by, search.claimed_until = "", None
    search.reason = reason
    if not is_whole and not permanent and search.attempts < settings.NODE_PRIORS_ATTEMPTS_LIMIT:
        search.next_attempt_at = timezone.now() + queueing.back_off(search.attempts)
        search.queued_at = None
    else:
        search.finished_at = timezone.now()
        came = states & {Prior.State.HERE, Prior.State.RETRIEVED, Prior.State.PARTIAL}
        search.state = PriorSearch.State.PARTIAL if came else PriorSearch.State.FAILED
        if is_whole:
            search.state = PriorSearch.State.DONE
    search.save()
    _log.info("priors of study %s: %s, %d found. %s", search.study, search.state, search.priors.count(), reason)
