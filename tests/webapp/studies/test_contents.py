"""Marked places as findings: their coordinates, numbers and names, and when two of them are one feature."""

import pytest

from dicom_node.sr.findings import Finding
from tests.factories import make_instance, make_study
from webapp.studies.contents import findings_of
from webapp.studies.models import Instance
from webapp.studies.pipeline import Analysis, MarkedPlace

pytestmark = pytest.mark.django_db


def _rows(*views: tuple[str, str]) -> list[Instance]:
    study = make_study(views=())
    return [make_instance(study, *view) for view in views]


def _found(rows: list[Instance], *marked: Instance) -> tuple[Finding, ...]:
    score = pytest.importorskip("inference.contract").ImageScore
    places = tuple(
        MarkedPlace(row.sop_instance_uid, row=20.25 + 50 * number, column=10.5, mass=0.75)
        for number, row in enumerate(marked)
    )
    scores = {row.sop_instance_uid: score(row.sop_instance_uid, row.laterality, row.view, 0.5, 0.875) for row in rows}
    return findings_of(Analysis(None, scores, (), {}, places), {row.sop_instance_uid: row for row in rows})


def test_a_place_becomes_a_finding_column_first_with_its_score_and_its_images_probability() -> None:
    rows = _rows(("R", "CC"))
    (found,) = _found(rows, rows[0])
    assert found.centre == (10.5, 20.25)
    assert (found.certainty, found.probability) == (0.75, 0.875)
    assert found.outline == ()
    assert found.identifier.startswith("RCC-")
    assert found.identifier.endswith("-r20c10")
    assert found.composite is None


def test_one_mark_in_each_view_of_a_breast_is_one_feature() -> None:
    rows = _rows(("R", "CC"), ("R", "MLO"), ("L", "CC"), ("L", "MLO"))
    found = _found(rows, *rows)
    names = [finding.composite for finding in found]
    assert names[0] == names[1]
    assert names[2] == names[3]
    assert len(set(names)) == 2
    assert names[0] is not None
    assert names[0].startswith("R-CC-MLO-")


@pytest.mark.parametrize(
    ("views", "marked"),
    [
        ([("R", "CC"), ("R", "MLO")], [0]),
        ([("R", "CC"), ("R", "MLO")], [0, 0, 1]),
        ([("R", "CC"), ("R", "MLO")], [0, 0, 1, 1]),
        ([("R", "CC"), ("L", "MLO")], [0, 1]),
        ([("R", "CC"), ("R", "CC"), ("R", "MLO")], [0, 1, 2]),
        ([("R", "CC"), ("R", "CC")], [0, 1]),
        ([("", "CC"), ("", "MLO")], [0, 1]),
    ],
    ids=["one", "two in CC", "two in each", "other breast", "two CC views", "same view", "unknown side"],
)
def test_marks_that_could_belong_together_otherwise_stay_alone(views: list[tuple[str, str]], marked: list[int]) -> None:
    rows = _rows(*views)
    found = _found(rows, *(rows[index] for index in marked))
    assert [finding.composite for finding in found] == [None] * len(marked)
    assert len({finding.identifier for finding in found}) == len(marked)
