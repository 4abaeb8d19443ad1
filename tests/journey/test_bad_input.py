"""Damaged input: no crash, no hang; each object is refused, or not analysed, or failed, and always in words."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import figures
from tests.journey import bad_input, studies
from tests.journey.node import ENDED, REPOSITORY, Node, Study
from tests.journey.pacs import PlayingPacs
from tests.journey.sender import Answer, send
from tests.journey.waiting import wait_until

FILES = 10_000
# the rest goes through the library in processes of its own
THROUGH_THE_NODE = 204
FILES_A_STUDY = 12
THROUGH_THE_WEB = 60
PROCESSES = 2
LIBRARY_SECONDS = 240


@pytest.fixture(scope="module")
def memory_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of files are stored durably, and no disk is tested."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shutil.disk_usage(shared).free < 32 * 1024**2:
        yield tmp_path_factory.mktemp("library")
        return
    with tempfile.TemporaryDirectory(prefix="mammonode-", dir=shared) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def library_result(memory_folder: Path) -> dict[str, Any]:
    """Walk most of the files through the library, in two processes at once."""
    each = (FILES - THROUGH_THE_NODE) // PROCESSES
    running = []
    for number in range(PROCESSES):
        folder = memory_folder / str(number)
        folder.mkdir()
        first = THROUGH_THE_NODE + number * each
        command = [sys.executable, "-m", "tests.journey.library_door", str(folder), str(first), str(each)]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.append((process, folder))
    ended: Counter[str] = Counter()
    faults: list[str] = []
    for process, folder in running:
        out, err = _finish(process)
        if process.returncode != 0:
            seed = (folder / "seed").read_text(encoding="ascii") if (folder / "seed").exists() else "none"
            faults.append(f"the process ended with {process.returncode} at seed {seed}: {err[-2000:]!r}")
            continue
        found = json.loads(out)
        ended.update(found["ended"])
        faults += found["faults"]
    return {"ended": ended, "faults": faults}


def _finish(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    try:
        return process.communicate(timeout=LIBRARY_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()


def test_the_library_answers_every_damaged_file(library_result: dict[str, Any]) -> None:
    ended = library_result["ended"]
    for end, count in ended.most_common():
        figures.note(f"damaged files through the library: {count:5} {end}")
    assert library_result["faults"] == []
    assert sum(ended.values()) == FILES - THROUGH_THE_NODE


def test_the_damage_reaches_every_stage(library_result: dict[str, Any]) -> None:
    words = " ".join(library_result["ended"])
    for stage in ("InvalidObject", "ObjectMismatch", "InvalidUid", "(pixels)", "(header)", "kept, analysed"):
        assert stage in words, library_result["ended"]


@dataclass
class Fuzzed:
    """What the node answered to damaged files, and what became of those it kept."""

    answers: dict[str, Answer] = field(default_factory=dict)
    kept: list[Study] = field(default_factory=list)
    processes: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def fuzzed(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Fuzzed:
    """Send damaged files to the running node, some studies of a dozen, and see all of them through."""
    folder, result = tmp_path_factory.mktemp("fuzz"), Fuzzed(processes=node.pids())
    for number in range(THROUGH_THE_NODE // FILES_A_STUDY):
        name = f"fuzz {number}"
        sound = bad_input.sound_files(folder, name, rows=832, columns=512)
        for seed in range(number * FILES_A_STUDY, (number + 1) * FILES_A_STUDY):
            damaged = bad_input.damaged_file(sound, seed)
            path = folder / f"{seed}.dcm"
            path.write_bytes(damaged.content)
            # an association of its own each: a file that breaks its association must not hide the next
            (result.answers[damaged.what],) = send([path], node.dicom_port)
            path.unlink()
    wait_until(lambda: not _waiting(node), 180, "every study at its end", seen=lambda: _waiting(node))
    result.kept = [_complete_answer(node, row) for row in node.studies()]
    return result


def _waiting(node: Node) -> list[str]:
    return [f"{row['study_instance_uid']} {row['state']}" for row in node.studies() if row["state"] not in ENDED]


def _complete_answer(node: Node, row: Study) -> Study:
    found = node.study(row["study_instance_uid"])
    assert found is not None
    return found


def test_every_damaged_object_is_answered(fuzzed: Fuzzed) -> None:
    statuses = Counter("none" if one.status is None else f"{one.status:04X}" for one in fuzzed.answers.values())
    for status, count in statuses.most_common():
        figures.note(f"damaged objects through C-STORE: {count:5} answered {status}")
    assert [what for what, answer in fuzzed.answers.items() if answer.status is None] == []
    assert "A700" not in statuses, "damage is no lack of resources: the sender would try for ever"
    assert {"0000", "C000", "A900"} <= set(statuses)


def test_every_study_with_damaged_objects_ends_with_its_reason(fuzzed: Fuzzed) -> None:
    ends: Counter[str] = Counter()
    without_reason = []
    for study in fuzzed.kept:
        assert study["state"] in ENDED, study
        failure = study["failure"] or {}
        if study["state"] == "FAILED" and not (failure.get("stage") and failure.get("reason")):
            without_reason.append(study)
        if study["state"] != "FAILED":
            without_reason += [one for one in study["images"] if not one["analysed"] and not one["reason"]]
        ends.update("analysed" if one["analysed"] else "not analysed" for one in study["images"])
        ends[study["state"]] += 1
    figures.note(f"damaged objects that were kept, and their studies: {dict(ends)}")
    assert without_reason == []


def test_damage_is_never_an_unexpected_error(fuzzed: Fuzzed) -> None:
    # one bad image must not take the good ones of its study along
    failed = [study["failure"] for study in fuzzed.kept if study["state"] == "FAILED"]
    assert failed == []


def test_no_process_of_the_node_died_of_damaged_input(node: Node, fuzzed: Fuzzed) -> None:
    assert node.pids() == fuzzed.processes


def test_damaged_uploads_are_answered_in_words(node: Node, tmp_path: Path) -> None:
    sound = bad_input.sound_files(tmp_path, "uploads", rows=832, columns=512)
    statuses: Counter[int] = Counter()
    unanswered = []
    for seed in range(THROUGH_THE_WEB):
        damaged = bad_input.damaged_file(sound, seed)
        answer = requests.post(
            f"{node.url}/api/diagnosis/",
            files={"image": ("damaged.dcm", damaged.content)},
            headers=node.authorization,
            timeout=60,
        )
        statuses[answer.status_code] += 1
        if answer.status_code not in {200, 201, 400, 415, 422}:
            unanswered.append((damaged.what, answer.status_code, answer.text[:200]))
    figures.note(f"damaged files uploaded: answered {dict(statuses)}")
    assert unanswered == []


def test_a_sound_study_after_all_that_is_served_as_ever(
    node: Node, playing_pacs: PlayingPacs, fuzzed: Fuzzed, tmp_path: Path
) -> None:
    study = studies.four_views(tmp_path, "after the damage")
    assert all(answer.is_acknowledged for answer in send(study.paths, node.dicom_port))
    found = node.wait_for_study(study.uid)
    assert all(image["analysed"] for image in found["images"])
    assert len(playing_pacs.reports(study.uid)) == 1
