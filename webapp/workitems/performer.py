"""The node as a performer: work items of a worklist elsewhere start analyses here.

The row with the key of the claim stands before the claim goes out, so a process that dies in between finds out
afterwards whether the claim was heard. Only studies that are here are claimed; nothing is fetched for a work item.
"""

import logging

from django.conf import settings
from django.utils import timezone
from pydicom.uid import generate_uid

from dicom_node import ups
from dicom_node.dicomweb import Origin
from dicom_node.errors import DicomNodeError, SendError
from webapp.studies import dispatch
from webapp.studies.headers import read_header
from webapp.studies.models import Report, Round, Study, StudyState
from webapp.workitems.models import Performance

_log = logging.getLogger(__name__)

_AT_ONCE = 20
_OPEN = (Performance.State.CLAIMING, Performance.State.IN_PROGRESS)


def perform() -> None:
    """Go on with what was claimed, then claim what waits. An origin that is down costs this turn only."""
    if not settings.NODE_WORKLIST_FROM:
        return
    try:
        origin = Origin(
            settings.NODE_WORKLIST_FROM,
            bearer_token=settings.NODE_WORKLIST_TOKEN,
            ca_file=settings.NODE_WEB_CA_FILE,
        )
        for row in Performance.objects.filter(origin=origin.url, state__in=_OPEN)[:_AT_ONCE]:
            _go_on(row, origin)
        for work in ups.find_scheduled(origin, settings.NODE_AE_TITLE)[:_AT_ONCE]:
            _take_up(work, origin)
    except SendError as error:
        _log.warning("the worklist waits: %s", error)


def _take_up(work: ups.ScheduledWork, origin: Origin) -> None:
    study = Study.objects.filter(study_instance_uid=work.study_instance_uid, instances__isnull=False).first()
    if study is None:
        return  # it stays scheduled until its images are here, or somebody else takes it
    row, is_new = Performance.objects.get_or_create(
        origin=origin.url, uid=work.uid, defaults={"study": study, "transaction_uid": generate_uid()}
    )
    if is_new:
        _go_on(row, origin)


def _go_on(row: Performance, origin: Origin) -> None:
    if row.state == Performance.State.CLAIMING and not _claim(row, origin):
        return
    round_ = row.study.rounds.order_by("-number").first()
    if row.study.state == StudyState.RECEIVING or row.study.instances.filter(round__isnull=True).exists():
        dispatch.complete_by_staff(row.study.study_instance_uid)
    elif round_ is not None and round_.analysed_at is not None and round_.state != StudyState.FAILED:
        outputs = [_output(report) for report in round_.reports.all()]
        period = (row.started_at, timezone.now())
        kept = ups.complete(origin, row.uid, row.transaction_uid, settings.NODE_AE_TITLE, period, outputs)
        _end(row, Performance.State.COMPLETED if kept else Performance.State.LOST, "")
    elif round_ is not None and round_.state == StudyState.FAILED:
        _give_up(row, round_, origin)


def _claim(row: Performance, origin: Origin) -> bool:
    """Claim, or find that an earlier claim was heard though its answer was not."""
    is_ours = ups.claim(origin, row.uid, row.transaction_uid) or ups.report_progress(
        origin, row.uid, row.transaction_uid, 0, "claimed"
    )
    if not is_ours:
        _end(row, Performance.State.LOST, "Somebody else claimed it, or it is gone.")
        return False
    row.state = Performance.State.IN_PROGRESS
    row.save(update_fields=["state"])
    ups.report_progress(origin, row.uid, row.transaction_uid, 10, "the analysis is queued")
    return True


def _give_up(row: Performance, round_: Round, origin: Origin) -> None:
    if round_.failure_stage == "send" and round_.reports.exists():
        reason = "The analysis is done, but a destination refused its report."
    else:
        reason = f"The analysis failed at stage {round_.failure_stage}."
    kept = ups.cancel(origin, row.uid, row.transaction_uid, reason)
    _end(row, Performance.State.CANCELED if kept else Performance.State.LOST, reason)


def _output(report: Report) -> ups.Output:
    try:
        header = read_header(settings.NODE_ARCHIVE_DIR / report.path)
        series = str(header.SeriesInstanceUID)
    except (OSError, DicomNodeError, AttributeError) as error:
        raise SendError(f"The report {report.sop_instance_uid} cannot be read.", permanent=False) from error
    return ups.Output(
        report.round.study.study_instance_uid,
        series,
        report.sop_class_uid,
        report.sop_instance_uid,
    )


def _end(row: Performance, state: Performance.State, reason: str) -> None:
    row.state, row.reason, row.finished_at = state, reason, timezone.now()
    row.save()
    _log.info("work item %s ends %s. %s", row.uid, state, reason)
