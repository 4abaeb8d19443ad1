"""A study whose report is proved: committed by Orthanc, found there, and still so after Orthanc was killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey import studies
from tests.journey.conftest import StartNode
from tests.journey.node import Node
from tests.journey.orthanc import Orthanc, orthanc
from tests.journey.sender import send
from tests.journey.waiting import wait_until

pytestmark = pytest.mark.peer("Orthanc")


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("keeper")) as peer:
        yield peer


@pytest.fixture(scope="module")
def node(start_node: StartNode, keeper: Orthanc) -> Node:
    started = start_node(NODE_DESTINATIONS=f"{keeper.destination}?commit=yes&read_back=yes")
    keeper.know("MAMMONODE", started.dicom_port)
    return started


def test_orthanc_commits_the_report_and_holds_it(node: Node, keeper: Orthanc, tmp_path: Path) -> None:
    study = studies.four_views(tmp_path, "commitment")
    assert all(answer.is_acknowledged for answer in send(study.paths, node.dicom_port))
    found = node.wait_for_study(study.uid, ("DELIVERED",))
    assert [row["state"] for row in found["deliveries"]] == ["VERIFIED"]
    assert [event["state"] for event in found["deliveries"][0]["events"]] == ["SENT", "COMMITTED", "VERIFIED"]
    assert len(keeper.reports_of(study.uid)) == 1


def test_report_reaches_an_orthanc_that_comes_back_from_the_dead(
    node: Node, keeper: Orthanc, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keeper.process.kill()
    study = studies.four_views(tmp_path, "commitment after death")
    assert all(answer.is_acknowledged for answer in send(study.paths, node.dicom_port))
    waiting = node.wait_for_study(study.uid, ("ANALYSED",), also=lambda one: bool(one["deliveries"][0]["reason"]))
    assert waiting["deliveries"][0]["state"] == "QUEUED"
    keeper.restart()
    node.wait_for_study(study.uid, ("DELIVERED",))
    wait_until(lambda: len(keeper.reports_of(study.uid)) == 1, 30, "exactly one report at Orthanc")
