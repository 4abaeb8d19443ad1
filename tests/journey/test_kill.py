"""kill -9 at random moments, 20 times the receiver in a transfer and 20 times the worker at its inference.

The moments are drawn evenly from the measured length of an undisturbed transfer or analysis. What must hold
afterwards: every acknowledged object is there, every study has exactly one report a round, and nothing that
looks complete is incomplete.
"""

import contextlib
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests import figures
from tests.journey import studies
from tests.journey.node import RECEIVER, WORKER, Node, Study
from tests.journey.pacs import PlayingPacs
from tests.journey.sender import UnreachableError, send
from tests.journey.waiting import wait_until

KILLS = 20
SEED = 20240117


@dataclass
class Storm:
    """What was sent and acknowledged in the course of the kills, and how many of these hit their moment."""

    sent: dict[str, Path] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    missing_after_restart: dict[int, list[str]] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    hits: int = 0


@pytest.fixture(scope="module")
def node(hardy_node: Node) -> Node:
    return hardy_node.start()


@pytest.fixture(scope="module")
def receiver_storm(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Storm:
    """Kill the receiver in 20 transfers; the sender then does what a PACS does: it sends again what got no answer."""
    folder, rng, storm = tmp_path_factory.mktemp("receiver"), random.Random(SEED), Storm()
    transfer_seconds = _undisturbed_transfer(node, folder)
    sent = []
    for number in range(KILLS):
        study = studies.four_views(folder, f"receiver-{number}", rows=1536, columns=1152)
        storm.sent.update(zip(study.sop_instance_uids, study.paths, strict=True))
        answered = _send_and_kill(node, study, rng.uniform(0, transfer_seconds))
        storm.hits += len(answered) < len(study.paths)
        storm.acknowledged |= answered
        wait_until(node.is_accepting, 60, "the receiver accepting again", seen=node.pids)
        storm.missing_after_restart[number] = [uid for uid in answered if not _is_whole(node, storm, uid)]
        again = [path for uid, path in zip(study.sop_instance_uids, study.paths, strict=True) if uid not in answered]
        if again:
            storm.acknowledged |= {one.sop_instance_uid for one in send(again, node.dicom_port) if one.is_acknowledged}
        sent.append(study)
    for study in sent:
        storm.studies[study.uid] = node.wait_for_study(
            study.uid, also=lambda found: len(found["images"]) == 4, timeout_seconds=180
        )
    return storm


def _undisturbed_transfer(node: Node, folder: Path) -> float:
    study = studies.four_views(folder, "undisturbed transfer", rows=1536, columns=1152)
    started = time.perf_counter()
    assert all(answer.is_acknowledged for answer in send(study.paths, node.dicom_port))
    seconds = time.perf_counter() - started
    node.wait_for_study(study.uid)
    return seconds


def _send_and_kill(node: Node, study: studies.PhantomStudy, delay_seconds: float) -> set[str]:
    """Send a study, kill the receiver after the delay, and return what was acknowledged."""
    pid = node.pid(RECEIVER)
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    killer = threading.Timer(delay_seconds, _kill, [family])
    killer.start()
    try:
        answers = send(study.paths, node.dicom_port, patience_seconds=8)
    except UnreachableError:
        answers = []
    killer.join()
    psutil.wait_procs(family, timeout=10)
    return {answer.sop_instance_uid for answer in answers if answer.is_acknowledged}


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _is_whole(node: Node, storm: Storm, sop_instance_uid: str) -> bool:
    stored = node.archived(sop_instance_uid)
    return stored is not None and studies.data_set_bytes(stored) == studies.data_set_bytes(storm.sent[sop_instance_uid])


def test_most_kills_hit_the_receiver_in_a_transfer(receiver_storm: Storm) -> None:
    figures.note(f"{receiver_storm.hits} of {KILLS} kills of the receiver interrupted a transfer")
    assert receiver_storm.hits >= KILLS // 4


def test_every_acknowledged_object_is_there_when_the_receiver_comes_back(receiver_storm: Storm) -> None:
    assert {kill: lost for kill, lost in receiver_storm.missing_after_restart.items() if lost} == {}


def test_whatever_got_no_answer_is_taken_when_it_comes_again(receiver_storm: Storm) -> None:
    assert set(receiver_storm.sent) - receiver_storm.acknowledged == set()


def test_nothing_that_looks_complete_is_incomplete(node: Node, receiver_storm: Storm) -> None:
    broken = [uid for uid in receiver_storm.sent if not _is_whole(node, receiver_storm, uid)]
    assert broken == []
    wait_until(lambda: not any((node.data / "archive" / "incoming").iterdir()), 30, "no leftovers of broken transfers")


def test_every_study_of_the_killed_receiver_has_one_report_a_round(steady: PlayingPacs, receiver_storm: Storm) -> None:
    assert len(receiver_storm.studies) == KILLS
    _assert_one_report_a_round(steady, receiver_storm)


@pytest.fixture(scope="module")
def worker_storm(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Storm:
    """Kill the worker in 20 analyses: mostly the process that infers, twice its parent, twice both."""
    folder, rng, storm = tmp_path_factory.mktemp("worker"), random.Random(SEED), Storm()
    analysis_seconds = _undisturbed_analysis(node, folder)
    for number in range(KILLS):
        study = studies.four_views(folder, f"worker-{number}")
        answers = send(study.paths, node.dicom_port)
        acknowledged_at = time.perf_counter()
        assert all(answer.is_acknowledged for answer in answers), answers
        parent = psutil.Process(node.pid(WORKER))
        children = parent.children(recursive=True)
        victims = {0: [parent], 1: [*children, parent]}.get(number % 10, children)
        killer = threading.Timer(
            max(0.0, acknowledged_at + rng.uniform(0, analysis_seconds) - time.perf_counter()),
            _kill,
            [victims],
        )
        killer.start()
        killer.join()
        psutil.wait_procs(victims, timeout=10)
        found = node.study(study.uid)
        storm.hits += found is not None and found["state"] in {"RECEIVING", "COMPLETE"}
        storm.studies[study.uid] = node.wait_for_study(study.uid, timeout_seconds=120)
    return storm


def _undisturbed_analysis(node: Node, folder: Path) -> float:
    """Return the seconds from the last acknowledgement until the report is written."""
    study = studies.four_views(folder, "undisturbed analysis")
    send(study.paths, node.dicom_port)
    started = time.perf_counter()
    node.wait_for_study(study.uid, ("ANALYSED", "SENT"))
    return time.perf_counter() - started


def test_most_kills_hit_the_worker_before_its_report(worker_storm: Storm) -> None:
    figures.note(f"{worker_storm.hits} of {KILLS} kills of the worker interrupted an analysis")
    assert worker_storm.hits >= KILLS // 4


def test_every_study_of_the_killed_worker_has_one_report_a_round(steady: PlayingPacs, worker_storm: Storm) -> None:
    assert len(worker_storm.studies) == KILLS
    assert {study["round"] for study in worker_storm.studies.values()} == {1}
    _assert_one_report_a_round(steady, worker_storm)


def test_an_interrupted_analysis_ends_with_the_scores_of_an_undisturbed_one(worker_storm: Storm) -> None:
    # all phantoms of the storm have the same pixels, so whatever differs was left half done
    scores = Counter(
        tuple(sorted((one["laterality"], one["view"], round(one["probability"], 6)) for one in study["images"]))
        for study in worker_storm.studies.values()
    )
    assert len(scores) == 1, scores


def test_no_process_outlives_the_one_that_started_it(node: Node, worker_storm: Storm) -> None:
    wait_until(lambda: not node.orphans(), 30, "orphans of killed processes gone", seen=node.orphans)


def _assert_one_report_a_round(pacs: PlayingPacs, storm: Storm) -> None:
    for uid, study in storm.studies.items():
        assert study["state"] == "SENT", study
        assert all(image["analysed"] for image in study["images"]), study
        rounds = Counter((report["kind"], report["round"]) for report in study["reports"])
        assert set(rounds.values()) == {1}, (uid, study["reports"])
        assert {number for _, number in rounds} == set(range(1, study["round"] + 1)), study
        written = {report["sop_instance_uid"] for report in study["reports"]}
        assert set(pacs.reports(uid)) == written, (uid, "what the PACS holds is not what the node wrote")
