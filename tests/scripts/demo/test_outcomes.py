"""What came of a study: the words of the report that came back, or why there is none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import Comprehensive3DSRStorage

from dicom_node.sr.codes import Concept
from dicom_node.sr.content import (
    Algorithm,
    BreastResult,
    ImageResult,
    Label,
    NotAnalysedImage,
    OperatingPoint,
    Predecessor,
    ReportContent,
    StudyResult,
)
from dicom_node.sr.measurement import build_measurement_report, to_part10
from scripts.demo.outcomes import outcome_of
from scripts.demo.pacs import Report
from scripts.demo.studies import Study

REASON = "The view is not named, so the image was not analysed."


@pytest.fixture
def study(phantom_study: Study) -> Study:
    return phantom_study


def _content(study: Study, probability: float, predecessor: Predecessor | None = None) -> ReportContent:
    uids = [picture.sop_instance_uid for picture in study.pictures]
    return ReportContent(
        study_instance_uid=study.study_instance_uid,
        round_number=2 if predecessor else 1,
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
        algorithm=Algorithm("Test", "1", "0" * 64, "Nobody"),
        operating_point=OperatingPoint("middle", 0.5),
        images=(ImageResult(uids[0], "R", "CC", probability, Label.MALIGNANT),),
        breasts=(BreastResult("R", probability, Label.MALIGNANT),),
        study=StudyResult(probability, Label.MALIGNANT),
        not_analysed=tuple(
            NotAnalysedImage(uid, "L", None, Concept("NOVIEW", "99TEST", "No view"), REASON) for uid in uids[1:]
        ),
        predecessor=predecessor,
    )


def _report(study: Study, content: ReportContent, path: Path) -> Report:
    headers = [dcmread(picture.path, stop_before_pixels=True) for picture in study.pictures]
    report = build_measurement_report(content, headers)
    path.write_bytes(to_part10(report))
    return Report(study.study_instance_uid, str(report.SOPClassUID), str(report.SOPInstanceUID), path)


def test_scores_are_those_the_report_states(study: Study, tmp_path: Path) -> None:
    report = _report(study, _content(study, 0.75), tmp_path / "sr.dcm")
    outcome = outcome_of(study, {}, {"timings_ms": {"infer": 12.5}}, [report])
    first, second = outcome.rows[:2]
    assert (first.laterality, first.view, first.prediction) == ("R", "CC", "Malignant")
    assert first.score == pytest.approx(0.75)
    assert (second.laterality, second.view, second.score) == ("L", "", None)
    assert (second.prediction, second.remark) == ("not analysed", REASON)
    assert outcome.score == pytest.approx(0.75)
    assert outcome.model == "Test 1, sha256 000000000000; it says Malignant from 0.500 up (middle)"
    assert outcome.timings_ms == {"infer": 12.5}
    assert outcome.failure == ""


def test_the_report_of_the_last_round_counts(study: Study, tmp_path: Path) -> None:
    first = _report(study, _content(study, 0.75), tmp_path / "1.dcm")
    predecessor = Predecessor(study.study_instance_uid, "1.2.3", Comprehensive3DSRStorage, first.sop_instance_uid)
    second = _report(study, _content(study, 0.875, predecessor), tmp_path / "2.dcm")
    outcome = outcome_of(study, {}, {}, [second, first])
    assert outcome.score == pytest.approx(0.875)
    assert outcome.reports == (second.path, first.path)


def test_a_report_that_is_none_of_the_nodes_is_a_failure(study: Study) -> None:
    image = study.pictures[0]
    foreign = Report(study.study_instance_uid, Comprehensive3DSRStorage, image.sop_instance_uid, image.path)
    assert "cannot be read" in outcome_of(study, {}, {"state": "SENT"}, [foreign]).failure


def test_a_study_that_failed_says_at_which_stage(study: Study) -> None:
    facts = {"state": "FAILED", "failure": {"stage": "infer", "reason": "no memory"}}
    assert outcome_of(study, {}, facts, []).failure == "failed at stage infer: no memory"


def test_an_image_that_was_not_taken_says_why(study: Study) -> None:
    outcome = outcome_of(study, {p.path: "refused with status A700" for p in study.pictures}, {}, [])
    assert {(row.prediction, row.remark) for row in outcome.rows} == {("not taken", "refused with status A700")}
    assert outcome.failure == "the node took none of its images"
