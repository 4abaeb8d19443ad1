"""A phantom study through the analysis: which objects come of it, whether they are valid, and who gets them."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.db import IntegrityError, transaction
from pydicom import dcmread
from pytest_django.fixtures import Settings

from dicom_node.sr.cad_reading import read_cad_report
from dicom_node.sr.content import ReportContent
from tests import synthetic
from tests.dicom_node.validators import check_attributes
from tests.factories import make_report, make_round, make_study, uid
from tests.journey.pacs import PlayingPacs
from tests.webapp.studies.phantom_round import phantom_round
from webapp.studies import checks, claims, delivery, pipeline, tasks
from webapp.studies.models import Delivery, Destination, ImageResult, Report, Round, StudyState

pytestmark = pytest.mark.django_db

MARKS = {"mass_threshold": 1e-6, "false_marks_per_film": 9.0, "sensitivity": 0.9, "origin": "a test, which marks much"}
EVERY_KIND = sorted(Report.Kind.values)
Manifested = Callable[..., None]


@pytest.fixture
def manifested(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifested:
    """Put the shipped network in force under another manifest; it is loaded once, because that takes seconds."""
    read_manifest = pytest.importorskip("inference.manifest").read_manifest
    values = json.loads((Path(settings.NODE_MODELS_DIR) / "manifest.json").read_text("utf-8"))
    loaded = pipeline.model()

    def put_in_force(threshold: float, marks: dict[str, Any] | None) -> None:
        changed = values | {"operating_points": {"balanced": {"threshold": threshold}}, "marks": marks}
        (tmp_path / "manifest.json").write_text(json.dumps(changed), "utf-8")
        model = replace(loaded, manifest=read_manifest(tmp_path))
        monkeypatch.setattr(pipeline, "_load", lambda: model)

    return put_in_force


@pytest.fixture
def pacs() -> Iterator[PlayingPacs]:
    """A PACS that is up."""
    with PlayingPacs() as playing:
        yield playing


@pytest.fixture
def archive(settings: Settings, tmp_path: Path) -> Path:
    """An archive of the test's own."""
    settings.NODE_ARCHIVE_DIR = tmp_path / "archive"
    settings.NODE_ARCHIVE_DIR.mkdir()
    return tmp_path / "archive"


def _analysed(archive: Path) -> Round:
    round_ = phantom_round(archive)
    tasks.analyse(round_.pk)
    round_.refresh_from_db()
    return round_


def _want(pacs: PlayingPacs, *kinds: str) -> None:
    Destination.objects.create(ae_title="PACS", host="127.0.0.1", port=pacs.port, objects_wanted=list(kinds))


def _deliver_all() -> None:
    for pk in Delivery.objects.values_list("pk", flat=True):
        claimed = claims.take_delivery(pk)
        assert claimed is not None
        delivery.send(claimed)


def _kinds(round_: Round) -> Counter[str]:
    return Counter(round_.reports.values_list("kind", flat=True))


def _cad(round_: Round, archive: Path) -> ReportContent:
    return read_cad_report(dcmread(archive / round_.reports.get(kind=Report.Kind.CAD).path))


@pytest.mark.model
@pytest.mark.peer("dciodvfy")
def test_every_wanted_object_is_made_valid_and_delivered(
    manifested: Manifested, archive: Path, pacs: PlayingPacs
) -> None:
    manifested(0.0, MARKS)
    _want(pacs, *EVERY_KIND)
    round_ = _analysed(archive)
    assert _kinds(round_) == {"MEASUREMENT": 1, "CAD": 1, "PDF": 1, "KEY_IMAGE": 4, "PRESENTATION": 4}
    assert {report.pk: check_attributes(archive / report.path) for report in round_.reports.all()} == {
        report.pk: () for report in round_.reports.all()
    }
    _deliver_all()
    arrived = pacs.reports(round_.study.study_instance_uid)
    assert set(arrived) == set(round_.reports.values_list("sop_instance_uid", flat=True))
    round_.refresh_from_db()
    assert (round_.state, round_.objects_missing) == (StudyState.SENT, {})
    _check_marks(round_, _cad(round_, archive))


def _check_marks(round_: Round, content: ReportContent) -> None:
    """Each mark lies in its image, has the image's calibrated probability, and is no more certain than 100 %."""
    assert content.detects
    assert {found.sop_instance_uid for found in content.findings} == {
        image.sop_instance_uid for image in content.images
    }
    probabilities = dict(
        ImageResult.objects.filter(round=round_).values_list("instance__sop_instance_uid", "probability")
    )
    for found in content.findings:
        assert found.probability == pytest.approx(probabilities[found.sop_instance_uid], abs=1e-6)
        assert 0 < found.certainty <= 1
        assert 0 <= found.centre[0] <= 768
        assert 0 <= found.centre[1] <= 1024
    assert [found.composite for found in content.findings] == [None] * len(content.findings)
    assert "mass_threshold=1e-06" in content.algorithm.parameters


@pytest.mark.model
def test_the_phantoms_mass_is_marked_where_it_was_drawn_and_both_views_are_one_feature(
    manifested: Manifested, archive: Path, pacs: PlayingPacs
) -> None:
    manifested(0.0, MARKS | {"mass_threshold": 0.8})
    _want(pacs, "CAD")
    round_ = _analysed(archive)
    content = _cad(round_, archive)
    views = {image.sop_instance_uid: (image.laterality, image.view) for image in content.images}
    assert sorted(views[found.sop_instance_uid] for found in content.findings) == sorted(views.values())
    for found in content.findings:
        assert math.dist(found.centre, _drawn_mass(*views[found.sop_instance_uid])) < 40
    names = {found.composite for found in content.findings}
    assert {str(name)[:9] for name in names} == {"R-CC-MLO-", "L-CC-MLO-"}


def _drawn_mass(laterality: str | None, view: str | None) -> tuple[float, float]:
    """Return column and row of the mass in a phantom: where it is brighter than the same breast without one."""
    with_mass, without = (
        synthetic.breast_phantom(laterality=str(laterality), view=str(view), seed=7, lesion=lesion).astype(np.float32)
        for lesion in (True, False)
    )
    row, column = np.unravel_index(int(cv2.GaussianBlur(with_mass - without, (0, 0), 9).argmax()), without.shape)
    return float(column), float(row)


@pytest.mark.model
def test_the_same_study_analysed_again_has_the_same_marks_and_names_them_alike(
    manifested: Manifested, archive: Path, pacs: PlayingPacs
) -> None:
    manifested(0.0, MARKS)
    _want(pacs, "CAD")
    first = _analysed(archive)
    second = make_round(first.study)
    first.study.instances.update(round=second)
    tasks.analyse(second.pk)
    one, two = _cad(first, archive), _cad(second, archive)
    assert one.findings == two.findings
    assert two.predecessor is not None
    assert two.predecessor.sop_instance_uid == first.reports.get(kind="CAD").sop_instance_uid


@pytest.mark.model
def test_a_model_whose_manifest_speaks_of_no_marks_makes_none(
    manifested: Manifested, archive: Path, pacs: PlayingPacs
) -> None:
    manifested(0.0, None)
    _want(pacs, "CAD", "PRESENTATION")
    round_ = _analysed(archive)
    assert _kinds(round_) == {"MEASUREMENT": 1, "CAD": 1}
    assert not _cad(round_, archive).detects


@pytest.mark.model
def test_images_below_the_operating_point_get_no_marks_and_the_highest_alone_is_shown(
    manifested: Manifested, archive: Path, pacs: PlayingPacs
) -> None:
    manifested(1.0, MARKS)
    _want(pacs, "CAD", "PRESENTATION", "KEY_IMAGE")
    round_ = _analysed(archive)
    content = _cad(round_, archive)
    assert (content.detects, content.findings) == (True, ())
    assert _kinds(round_) == {"MEASUREMENT": 1, "CAD": 1, "KEY_IMAGE": 1}
    shown = round_.reports.get(kind="KEY_IMAGE").source
    assert shown is not None
    highest = max(content.images, key=lambda image: image.probability)
    assert shown.sop_instance_uid == highest.sop_instance_uid


@pytest.mark.model
def test_nothing_but_the_measurement_report_is_made_where_nobody_wants_more(
    manifested: Manifested, archive: Path
) -> None:
    manifested(0.0, MARKS)
    Destination.objects.create(ae_title="OFF", host="h", port=1, active=False, objects_wanted=EVERY_KIND)
    assert _kinds(_analysed(archive)) == {"MEASUREMENT": 1}


@pytest.mark.model
def test_an_object_that_cannot_be_made_costs_no_report_and_is_missed_in_the_end(
    manifested: Manifested, archive: Path, pacs: PlayingPacs, settings: Settings
) -> None:
    manifested(0.5, None)
    settings.NODE_REPORT_LANGUAGE = "la"
    _want(pacs, "MEASUREMENT", "PDF")
    round_ = _analysed(archive)
    assert (round_.state, _kinds(round_)) == (StudyState.ANALYSED, {"MEASUREMENT": 1})
    _deliver_all()
    assert set(pacs.reports(round_.study.study_instance_uid)) == {round_.reports.get().sop_instance_uid}
    round_.refresh_from_db()
    assert (round_.state, round_.failure_stage) == (StudyState.FAILED, "report")
    assert "PDF could not be made" in round_.failure_reason
    assert "'la'" in round_.failure_reason


@pytest.mark.model
def test_a_round_of_which_nothing_can_be_sent_does_not_look_done(
    manifested: Manifested, archive: Path, pacs: PlayingPacs, settings: Settings
) -> None:
    manifested(0.5, None)
    settings.NODE_REPORT_LANGUAGE = "la"
    _want(pacs, "PDF")
    round_ = _analysed(archive)
    assert (round_.state, round_.failure_stage) == (StudyState.FAILED, "report")
    assert round_.analysed_at is not None


def test_a_round_has_one_report_of_a_kind_and_one_picture_of_an_image() -> None:
    round_ = make_round(make_study())
    make_report(round_)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_report(round_)
    first, second = round_.new_instances.all()[:2]
    for instance in (first, second):
        _picture(round_, source=instance)
    with pytest.raises(IntegrityError), transaction.atomic():
        _picture(round_, source=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        _picture(round_, source=None)
    assert round_.reports.count() == 3


def _picture(round_: Round, **values: Any) -> None:
    Report.objects.create(
        round=round_, kind=Report.Kind.KEY_IMAGE, sop_instance_uid=uid(), sop_class_uid="1.2.3", path="x", **values
    )


def test_a_language_that_no_page_is_written_in_stops_the_start(settings: Settings) -> None:
    settings.NODE_REPORT_LANGUAGE = "la"
    (message,) = checks._language()
    assert "en or fr" in str(message.hint)
    settings.NODE_REPORT_LANGUAGE = "fr"
    assert checks._language() == []
