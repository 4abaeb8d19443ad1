"""The disk reserve is reached: refused in time with A700, nothing lost, and work goes on without a restart."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journey import studies
from tests.journey.conftest import StartNode
from tests.journey.node import Node
from tests.journey.pacs import PlayingPacs
from tests.journey.sender import send

OUT_OF_RESOURCES = range(0xA700, 0xA800)
MIB = 1024**2
ROOM_BYTES, RESERVE_BYTES = 112 * MIB, 48 * MIB


@dataclass(frozen=True)
class Disk:
    """A folder on a file system that nobody else writes to, and the reserve that suits it."""

    folder: Path
    reserve_bytes: int


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """Mount a small file system where that is allowed; else take the memory file system, which is quiet."""
    folder = tmp_path_factory.mktemp("small-disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES + RESERVE_BYTES}", "journey", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        try:
            yield Disk(folder, RESERVE_BYTES)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        return
    shared = Path("/dev/shm")
    if not shared.is_dir() or _free_bytes(shared) < 2 * ROOM_BYTES:
        pytest.skip("neither a right to mount a small file system nor room in /dev/shm")
    with tempfile.TemporaryDirectory(prefix="mammonode-", dir=shared) as name:
        yield Disk(Path(name), _free_bytes(shared) - ROOM_BYTES)


def _free_bytes(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


@pytest.fixture(scope="module")
def node(start_node: StartNode, disk: Disk, playing_pacs: PlayingPacs) -> Iterator[Node]:
    crowded = start_node(
        disk.folder,
        NODE_DESTINATIONS=playing_pacs.destination,
        NODE_DISK_RESERVE_BYTES=str(disk.reserve_bytes),
    )
    yield crowded
    crowded.finish()


class Filler:
    """A file that takes room on the disk until told to leave just so much."""

    def __init__(self, disk: Disk) -> None:
        self._path, self._reserve_bytes = disk.folder / "filler", disk.reserve_bytes

    def leave(self, beyond_the_reserve_bytes: int) -> None:
        """Take so much that the reserve and this many bytes are left; fewer than none: the reserve is touched."""
        self._path.unlink(missing_ok=True)
        size = _free_bytes(self._path.parent) - self._reserve_bytes - beyond_the_reserve_bytes
        assert size > 0, "the disk is fuller than wanted already"
        with self._path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def go(self) -> None:
        self._path.unlink(missing_ok=True)


@pytest.fixture
def filler(disk: Disk) -> Iterator[Filler]:
    one = Filler(disk)
    yield one
    one.go()


def _nothing_is_left_of(study: studies.PhantomStudy, node: Node) -> None:
    assert [uid for uid in study.sop_instance_uids if node.archived(uid) is not None] == []
    assert list((node.data / "archive" / "incoming").iterdir()) == []
    assert node.study(study.uid) is None


def test_below_the_reserve_objects_are_refused_and_taken_again_later(
    node: Node, filler: Filler, playing_pacs: PlayingPacs, tmp_path: Path
) -> None:
    before = studies.four_views(tmp_path, "before the disk is full")
    assert all(answer.is_acknowledged for answer in send(before.paths, node.dicom_port))
    node.wait_for_study(before.uid)
    processes = node.pids()

    filler.leave(-4 * MIB)
    refused = studies.four_views(tmp_path, "while the disk is full")
    answers = send(refused.paths, node.dicom_port)

    assert [answer.status in OUT_OF_RESOURCES for answer in answers] == [True] * 4, answers
    _nothing_is_left_of(refused, node)
    for uid, path in zip(before.sop_instance_uids, before.paths, strict=True):
        stored = node.archived(uid)
        assert stored is not None
        assert studies.data_set_bytes(stored) == studies.data_set_bytes(path)

    filler.go()
    assert all(answer.is_acknowledged for answer in send(refused.paths, node.dicom_port))
    study = node.wait_for_study(refused.uid)
    assert len(study["images"]) == 4
    assert len(playing_pacs.reports(refused.uid)) == 1
    assert node.pids() == processes, "a process was restarted"


def test_the_study_that_is_under_way_is_analysed_while_new_ones_are_refused(
    node: Node, filler: Filler, playing_pacs: PlayingPacs, tmp_path: Path
) -> None:
    under_way = studies.four_views(tmp_path, "under way")
    assert all(answer.is_acknowledged for answer in send(under_way.paths, node.dicom_port))
    filler.leave(-4 * MIB)

    node.wait_for_study(under_way.uid)

    assert len(playing_pacs.reports(under_way.uid)) == 1


def test_an_object_larger_than_the_whole_room_leaves_nothing_behind(node: Node, filler: Filler, tmp_path: Path) -> None:
    # 66 MiB each: more than the room and the reserve hold together
    study = studies.write(
        [studies.image("too large", rows=7000, columns=5000, instance_number=number) for number in (1, 2)],
        tmp_path,
        "too large",
    )
    filler.leave(8 * MIB)
    processes = node.pids()

    answers = send(study.paths, node.dicom_port)

    assert [answer.status in OUT_OF_RESOURCES for answer in answers] == [True] * 2, answers
    _nothing_is_left_of(study, node)
    assert node.pids() == processes, "a process was restarted"
