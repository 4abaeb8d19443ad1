"""Puts together what came of each study: scores out of the report that came back, timings out of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.uid import Comprehensive3DSRStorage

from dicom_node.errors import ReportError
from dicom_node.sr.content import NotAnalysedImage, ReportContent
from dicom_node.sr.reading import read_measurement_report
from scripts.demo.pacs import Refusal, Report
from scripts.demo.results import ChapterOutcome, Outcome, Row
from scripts.demo.studies import Chapter, Picture, Study


def collect(
    chapter: Chapter,
    refusals: Sequence[Refusal],
    facts: Mapping[str, Mapping[str, Any]],
    reports: Mapping[str, Sequence[Report]],
) -> ChapterOutcome:
    """Return what came of a chapter; `facts` (the API's words) and `reports` go by Study Instance UID."""
    reasons = {refusal.picture.path: refusal.reason for refusal in refusals}
    studies = (
        outcome_of(study, reasons, facts.get(study.study_instance_uid, {}), reports.get(study.study_instance_uid, ()))
        for study in chapter.studies
    )
    return ChapterOutcome(chapter.title, tuple(studies))


def outcome_of(
    study: Study, reasons: Mapping[Path, str], facts: Mapping[str, Any], reports: Sequence[Report]
) -> Outcome:
    """Return what came of one study; `reasons` says by path why an image was not taken."""
    failure, content = "", None
    try:
        content = _newest(reports)
    except ReportError as error:
        failure = f"a report came back that cannot be read: {error}"
    if content is None and not failure:
        failure = _failure(facts)
    result = content.study if content else None
    return Outcome(
        label=study.label,
        rows=tuple(_row(picture, content, reasons.get(picture.path, "")) for picture in study.pictures),
        score=result.probability if result else None,
        prediction=result.label.value if result else "",
        model=_model(content) if content else "",
        timings_ms=facts.get("timings_ms") or {},
        reports=tuple(report.path for report in reports),
        failure=failure,
    )


def _newest(reports: Sequence[Report]) -> ReportContent | None:
    """Return the content of the last round: a late image makes another report, which replaces the first."""
    contents = [
        read_measurement_report(dcmread(report.path))
        for report in reports
        if report.sop_class_uid == Comprehensive3DSRStorage
    ]
    return max(contents, key=lambda content: content.round_number, default=None)


def _model(content: ReportContent) -> str:
    algorithm, point = content.algorithm, content.operating_point
    return (
        f"{algorithm.name} {algorithm.version}, sha256 {algorithm.sha256[:12]}; "
        f"it says Malignant from {point.threshold:.3f} up ({point.name})"
    )


def _row(picture: Picture, content: ReportContent | None, refusal: str) -> Row:
    row = Row(pathology=picture.pathology, file=picture.file)
    if refusal:
        return replace(row, prediction="not taken", remark=refusal)
    if content is None:
        return row
    for image in content.all_images:
        if image.sop_instance_uid != picture.sop_instance_uid:
            continue
        row = replace(row, laterality=image.laterality or "", view=image.view or "")
        if isinstance(image, NotAnalysedImage):
            return replace(row, prediction="not analysed", remark=image.explanation)
        return replace(row, score=image.probability, prediction=image.label.value)
    return replace(row, remark="the report does not name it")


def _failure(facts: Mapping[str, Any]) -> str:
    failure = facts.get("failure")
    if failure:
        return f"failed at stage {failure['stage']}: {failure['reason']}"
    return "no report came back" if facts else "the node took none of its images"
