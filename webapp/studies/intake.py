"""Stored object -> rows. Runs in the receiving process, between the durable file and the status 0x0000."""

import logging
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from pydicom import Dataset

from dicom_node import eligibility, geometry
from dicom_node.archive import StoredObject, StoreResult
from dicom_node.eligibility import NotAnalysed
from dicom_node.errors import ConversionError
from dicom_node.image_file import MALFORMED
from webapp.accounts.models import main_site_pk
from webapp.studies import peers
from webapp.studies.models import ConflictingCopy, Instance, Report, Study, StudyState, StudyUpload

_log = logging.getLogger(__name__)


def header_text(header: Dataset, keyword: str, length: int) -> str:
    """Return an attribute as text that every database takes, cut at ``length``; empty where it is malformed."""
    try:
        value = header.get(keyword)
        return "" if value is None else str(value).replace("\x00", "").strip()[:length]
    except MALFORMED:
        # rows hold these for people's eyes; the object itself is kept as it came
        return ""


def _date(header: Dataset, keyword: str) -> date | None:
    text = header_text(header, keyword, 8)
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def archived_path(path: Path) -> str:
    """Return the path relative to the archive, as rows keep it."""
    return str(path.relative_to(settings.NODE_ARCHIVE_DIR))


@transaction.atomic
def record(stored: StoredObject, uploader: User | None = None) -> Instance | None:
    """Write the rows of one stored object; the same object again changes nothing.

    The first object of a study decides its site, and whose upload it is. What this node wrote itself and an archive
    sends back is no image of the study (None): it would show the AI's marks as one, and be analysed for ever.
    """
    if Report.objects.filter(sop_instance_uid=stored.sop_instance_uid).exists():
        _log.info("object %s of this node came back from %s", stored.sop_instance_uid, stored.calling_address)
        return None
    study = _study(stored, uploader)
    is_prior = study.state == StudyState.PRIOR and _was_fetched(stored)
    instance = Instance.objects.filter(sop_instance_uid=stored.sop_instance_uid).first()
    if stored.result is StoreResult.CONFLICT and instance is not None:
        _record_conflict(stored, instance)
        return instance
    if instance is not None and (is_prior or study.state != StudyState.PRIOR):
        return instance
    instance = instance or _new_instance(stored, study)
    study.last_received_at = stored.received_at
    # a prior that somebody pushes after all is a study like any other
    study.state = StudyState.PRIOR if is_prior else StudyState.RECEIVING
    study.save(update_fields=["last_received_at", "state"])
    return instance


def _study(stored: StoredObject, uploader: User | None) -> Study:
    header = stored.header
    study, is_new = Study.objects.get_or_create(
        study_instance_uid=stored.study_instance_uid,
        defaults={
            "last_received_at": stored.received_at,
            "state": StudyState.PRIOR if _was_fetched(stored) else StudyState.RECEIVING,
            "patient_id": header_text(header, "PatientID", 64),
            "patient_name": header_text(header, "PatientName", 324),
            "patient_birth_date": _date(header, "PatientBirthDate"),
            "accession_number": header_text(header, "AccessionNumber", 64),
            # asked for a new study only
            "site_id": lambda: _site_pk(stored, uploader),  # type: ignore[misc]
            "study_date": _date(header, "StudyDate"),
        },
    )
    if is_new and uploader is not None:
        StudyUpload.objects.create(study=study, user=uploader)
    return Study.objects.select_for_update().get(pk=study.pk)


def _site_pk(stored: StoredObject, uploader: User | None) -> int:
    """Return where a new study belongs: to the site of who sent it, or to the main one."""
    if uploader is None:
        found = peers.site_pk_of(stored.calling_ae_title, stored.calling_address)
    else:
        found = uploader.sites.order_by("pk").values_list("pk", flat=True).first()
    return main_site_pk() if found is None else found


def _was_fetched(stored: StoredObject) -> bool:
    """Tell whether this node asked for the object, rather than somebody pushing it.

    The C-STORE command of a C-MOVE names who asked. Some archives leave the name out, or write their own there:
    so what comes from the archive that priors are fetched from counts for a study that is marked as a prior.
    """
    if not settings.NODE_PRIORS_FROM:
        return False
    if stored.move_originator_ae_title == settings.NODE_AE_TITLE:
        return True
    archive = settings.NODE_PRIORS_FROM.partition("@")[0].strip()
    marked = Study.objects.filter(study_instance_uid=stored.study_instance_uid, state=StudyState.PRIOR)
    return stored.calling_ae_title == archive and marked.exists()


def _view_of(header: Dataset) -> tuple[str, str, str]:
    """Return laterality, view, and why the header alone rules out an analysis; each empty where there is none."""
    try:
        identity = geometry.identify_view(header)
        reason = eligibility.assess(header, identity)
    except ConversionError:
        return "", "", NotAnalysed.UNREADABLE.name
    return identity.laterality or "", identity.view or "", "" if reason is None else reason.name


def _new_instance(stored: StoredObject, study: Study) -> Instance:
    laterality, view, not_analysed = _view_of(stored.header)
    return Instance.objects.create(
        study=study,
        sop_instance_uid=stored.sop_instance_uid,
        sop_class_uid=stored.sop_class_uid,
        series_instance_uid=stored.series_instance_uid,
        transfer_syntax_uid=stored.transfer_syntax_uid,
        path=archived_path(stored.path),
        size_bytes=stored.size_bytes,
        laterality=laterality,
        view=view,
        not_analysed=not_analysed,
        received_from=stored.calling_ae_title[:16],
        received_address=stored.calling_address,
        received_at=stored.received_at,
        receive_ms=stored.receive_ms,
    )


def _record_conflict(stored: StoredObject, instance: Instance) -> None:
    ConflictingCopy.objects.get_or_create(
        path=archived_path(stored.path),
        defaults={
            "instance": instance,
            "received_from": stored.calling_ae_title[:16],
            "received_address": stored.calling_address,
            "received_at": stored.received_at,
        },
    )
    _log.warning(
        "object %s came again from %s with other bytes: the first stays in force, the newcomer is kept aside",
        stored.sop_instance_uid,
        stored.calling_address,
    )
