from dataclasses import replace
from datetime import timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_node.sr import identity
from dicom_node.sr.content import OperatingPoint, ReportContent
from dicom_node.sr.identity import ReportKind, derive_uid, report_instance_uid, report_series_uid, tracking_uid
from tests.dicom_node.sr.cases import ALGORITHM, content_of, four_views, predecessor_of

CONTENT = content_of(four_views())
KIND = ReportKind.MEASUREMENT


@given(st.lists(st.text(), max_size=5))
def test_derived_uids_are_valid_uuid_uids(parts: list[str]) -> None:
    uid = derive_uid(*parts)
    assert uid.is_valid
    assert len(uid) <= 44
    number = UUID(int=int(uid.removeprefix("2.25.")))
    assert number.version == 8
    assert number.variant == RFC_4122


def test_derived_uids_do_not_change_between_versions_of_the_node() -> None:
    assert derive_uid("a", "b") == "2.25.153817730566347066470435147807756054438"


def test_parts_are_not_merely_joined() -> None:
    assert derive_uid("ab", "c") != derive_uid("a", "bc")
    assert derive_uid("a") != derive_uid("a", "")


def test_the_same_content_is_the_same_report() -> None:
    assert report_instance_uid(CONTENT, KIND) == report_instance_uid(content_of(four_views()), KIND)


def _next_round(content: ReportContent) -> ReportContent:
    return replace(content, round_number=2, predecessor=predecessor_of(content))


def test_a_repeated_analysis_with_other_last_digits_is_the_same_report() -> None:
    again = content_of(four_views(), probabilities=(0.8750001, 0.03125, 0.90625, 0.015625))
    later = replace(again, created_at=again.created_at + timedelta(hours=1))
    assert report_instance_uid(later, KIND) == report_instance_uid(CONTENT, KIND)


@pytest.mark.parametrize(
    "other",
    [
        _next_round(CONTENT),
        replace(CONTENT, algorithm=replace(ALGORITHM, sha256="f" * 64)),
        replace(CONTENT, operating_point=OperatingPoint("sensitive", 0.375)),
        replace(CONTENT, operating_point=OperatingPoint("balanced", 0.4)),
        replace(CONTENT, study_instance_uid="1.2.3"),
    ],
)
def test_a_new_round_model_operating_point_or_study_is_a_new_report(other: ReportContent) -> None:
    assert report_instance_uid(other, KIND) != report_instance_uid(CONTENT, KIND)


def test_each_kind_of_report_has_its_own_instance_and_series() -> None:
    assert len({report_instance_uid(CONTENT, kind) for kind in ReportKind}) == len(ReportKind)
    assert len({report_series_uid("1.2.3", ALGORITHM, kind) for kind in ReportKind}) == len(ReportKind)


def test_the_rounds_of_one_model_share_a_series_and_another_model_has_its_own() -> None:
    series = report_series_uid(CONTENT.study_instance_uid, ALGORITHM, KIND)
    assert series == report_series_uid(_next_round(CONTENT).study_instance_uid, ALGORITHM, KIND)
    assert series != report_series_uid(CONTENT.study_instance_uid, replace(ALGORITHM, sha256="f" * 64), KIND)
    assert series != report_series_uid("1.2.3", ALGORITHM, KIND)


def test_what_is_tracked_keeps_its_uid_through_rounds_and_models() -> None:
    assert tracking_uid("1.2.3", "image", "1.2.4") == tracking_uid("1.2.3", "image", "1.2.4")
    scopes = [("image", "1.2.4"), ("image", "1.2.5"), ("breast", "L"), ("breast", "R"), ("study",)]
    assert len({tracking_uid("1.2.3", *scope) for scope in scopes}) == len(scopes)


def test_the_model_is_named_as_a_device_with_its_digest_and_time() -> None:
    item = identity.contributing_equipment(ALGORITHM, CONTENT.created_at)
    assert item.ManufacturerModelName == "MammoCNN"
    assert item.SoftwareVersions == "1.2.0"
    assert item.DeviceSerialNumber == ALGORITHM.sha256
    assert item.ContributionDateTime == "20240102113015.250000+0000"
    assert item.PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
    assert identity.device_uid(ALGORITHM) != identity.device_uid(replace(ALGORITHM, sha256="f" * 64))
