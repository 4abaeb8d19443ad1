"""Destinations that are down, full or hostile cost delay, not data; repeated and late images end well."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey import reports, studies
from tests.journey.node import Node, Study
from tests.journey.pacs import PlayingPacs
from tests.journey.sender import send
from tests.journey.waiting import wait_until

SUCCESS, OUT_OF_RESOURCES, CANNOT_UNDERSTAND, COERCED = 0x0000, 0xA700, 0xC000, 0xB000


@pytest.fixture(scope="module")
def node(hardy_node: Node) -> Node:
    return hardy_node.start()


@pytest.fixture(autouse=True)
def good_mood(moody: PlayingPacs) -> Iterator[None]:
    yield
    moody.answer = lambda _: SUCCESS
    moody.start()


def _push(node: Node, study: studies.PhantomStudy) -> None:
    answers = send(study.paths, node.dicom_port)
    assert all(answer.is_acknowledged for answer in answers), answers


def _delivery(study: Study, destination: PlayingPacs) -> dict[str, object]:
    (found,) = [one for one in study["deliveries"] if str(one["destination"]).startswith(destination.ae_title)]
    return dict(found)


def test_a_destination_that_is_down_gets_its_report_when_it_is_up_again(
    node: Node, steady: PlayingPacs, moody: PlayingPacs, tmp_path: Path
) -> None:
    moody.stop()
    study = studies.four_views(tmp_path, "destination down")
    _push(node, study)

    waiting = node.wait_for_study(
        study.uid, ("ANALYSED",), also=lambda found: int(str(_delivery(found, moody)["attempts"])) >= 2
    )
    assert _delivery(waiting, moody)["state"] == "QUEUED"
    assert _delivery(waiting, moody)["reason"]
    wait_until(lambda: steady.reports(study.uid), 30, "the other destination served meanwhile")

    moody.start()
    sent = node.wait_for_study(study.uid)
    assert _delivery(sent, moody)["state"] == "SENT"
    assert set(moody.reports(study.uid)) == set(steady.reports(study.uid))
    assert len(moody.arrivals(study.uid)) == 1


def test_a_destination_that_is_full_is_tried_until_it_has_room(node: Node, moody: PlayingPacs, tmp_path: Path) -> None:
    refusals = iter([OUT_OF_RESOURCES] * 3)
    moody.answer = lambda _: next(refusals, SUCCESS)
    study = studies.four_views(tmp_path, "destination full")
    _push(node, study)

    sent = node.wait_for_study(study.uid)

    assert _delivery(sent, moody)["attempts"] == 4
    assert len(moody.arrivals(study.uid)) == 1


def test_a_destination_that_refuses_for_good_does_not_harm_the_other(
    node: Node, steady: PlayingPacs, moody: PlayingPacs, tmp_path: Path
) -> None:
    moody.answer = lambda _: CANNOT_UNDERSTAND
    study = studies.four_views(tmp_path, "destination hostile")
    _push(node, study)

    failed = node.wait_for_study(study.uid, ("FAILED",))

    assert failed["failure"]["stage"] == "send"
    assert failed["failure"]["reason"]
    refused = _delivery(failed, moody)
    assert refused["state"] == "FAILED"
    assert "C000" in str(refused["reason"]).upper()
    assert refused["attempts"] == 1
    assert _delivery(failed, steady)["state"] == "SENT"
    assert len(steady.reports(study.uid)) == 1


def test_the_same_objects_again_change_nothing(node: Node, steady: PlayingPacs, tmp_path: Path) -> None:
    study = studies.four_views(tmp_path, "sent twice")
    _push(node, study)
    first = node.wait_for_study(study.uid)

    _push(node, study)
    _push(node, studies.write([studies.image("sent later")], tmp_path, "sent later"))
    # what the second push had set going would be done by the time a later study has been quiet and is done
    node.wait_for_study(studies.image("sent later").StudyInstanceUID)

    again = node.study(study.uid)
    assert again is not None
    assert (again["round"], again["state"]) == (1, "SENT")
    assert again["reports"] == first["reports"]
    assert len(steady.arrivals(study.uid)) == 1


def test_other_bytes_under_a_known_uid_are_kept_aside_and_the_first_stay_in_force(
    node: Node, steady: PlayingPacs, tmp_path: Path
) -> None:
    study = studies.four_views(tmp_path, "changed")
    _push(node, study)
    node.wait_for_study(study.uid)
    changed = studies.image("changed", laterality="R", view="CC", instance_number=1)
    assert str(changed.SOPInstanceUID) == study.sop_instance_uids[0]
    changed.WindowWidth = "77"
    other = studies.write([changed], tmp_path, "changed otherwise")

    (answer,) = send(other.paths, node.dicom_port)

    assert answer.status == COERCED
    stored = node.archived(study.sop_instance_uids[0])
    assert stored is not None
    assert studies.data_set_bytes(stored) == studies.data_set_bytes(study.paths[0])
    aside = list((node.data / "archive" / "conflicts" / study.sop_instance_uids[0]).glob("*.dcm"))
    assert [studies.data_set_bytes(path) for path in aside] == [studies.data_set_bytes(other.paths[0])]
    assert len(steady.reports(study.uid)) == 1


def test_a_late_image_opens_a_second_round_whose_report_replaces_the_first(
    node: Node, steady: PlayingPacs, tmp_path: Path
) -> None:
    study = studies.four_views(tmp_path, "late image")
    _push(node, study)
    node.wait_for_study(study.uid)
    (first_uid,) = steady.reports(study.uid)

    late = studies.write([studies.image("late image", laterality="L", view="ML", instance_number=9)], tmp_path, "late")
    _push(node, late)
    found = node.wait_for_study(study.uid, number=2)

    assert sorted(report["round"] for report in found["reports"]) == [1, 2]
    (second,) = [one for uid, one in steady.reports(study.uid).items() if uid != first_uid]
    assert reports.predecessors(second) == {first_uid}
    assert reports.evidence(second) == {*study.sop_instance_uids, *late.sop_instance_uids}
    assert len(found["images"]) == 5
