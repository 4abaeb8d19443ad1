"""SIGTERM: associations end cleanly, nothing is lost, and the next start takes up what was left."""

import threading
from pathlib import Path

import pytest

from tests.journey import studies
from tests.journey.node import Node
from tests.journey.pacs import PlayingPacs
from tests.journey.sender import Answer, send
from tests.journey.waiting import wait_until


@pytest.fixture(scope="module")
def node(hardy_node: Node) -> Node:
    return hardy_node.start()


def test_terminate_ends_associations_cleanly_and_the_next_start_finishes_the_work(
    node: Node, steady: PlayingPacs, tmp_path: Path
) -> None:
    token = node.first_run["api_token"]
    analysed = studies.four_views(tmp_path, "in analysis at the end")
    assert all(answer.is_acknowledged for answer in send(analysed.paths, node.dicom_port))
    arriving = studies.four_views(tmp_path, "in transfer at the end", rows=3328, columns=2560)
    answers: list[Answer] = []
    sender = threading.Thread(target=lambda: answers.extend(send(arriving.paths, node.dicom_port)))
    sender.start()
    wait_until(lambda: node.archived(arriving.sop_instance_uids[0]), 30, "the first object of the transfer")
    processes = node.family()

    code = node.stop()
    sender.join(60)

    assert code == 0
    assert [process for process in processes if process.is_running()] == []
    assert [answer.is_acknowledged for answer in answers] == [True] * 4, answers

    node.start()

    assert node.first_run["api_token"] == token
    for study in (analysed, arriving):
        found = node.wait_for_study(study.uid)
        assert found["round"] == 1
        assert len(found["images"]) == 4
        assert len(steady.reports(study.uid)) == 1
