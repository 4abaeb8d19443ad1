"""The archive keeps what it acknowledged, once, and never replaces anything."""

import os
import resource
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dicom_node.archive import Archive, StoreResult
from dicom_node.errors import ArchiveError, InvalidUid, ObjectNotFound, OutOfResources
from dicom_node.incoming import IncomingFile
from dicom_node.part10 import encode_file_meta

UID = "1.2.3.4"
SOP_CLASS = "1.2.840.10008.5.1.4.1.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
TOO_MUCH = 1 << 62


def part10(data_set: bytes = b"data set", syntax: str = EXPLICIT, uid: str = UID) -> bytes:
    return encode_file_meta(SOP_CLASS, uid, syntax) + data_set


def keep(archive: Archive, content: bytes, uid: str = UID) -> tuple[StoreResult, Path]:
    incoming = archive.new_file()
    incoming.write([content])
    return archive.keep(incoming, uid)


def names(archive: Archive) -> list[str]:
    return sorted(str(path.relative_to(archive.root)) for path in archive.root.rglob("*") if path.is_file())


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive", 0)
    archive.prepare()
    return archive


def test_new_object_lies_under_its_uid(archive: Archive) -> None:
    result, path = keep(archive, part10())
    assert (result, path) == (StoreResult.NEW, archive.path_of(UID))
    assert path.read_bytes() == part10()
    assert path == archive.find(UID)
    assert path.is_absolute()
    assert names(archive) == [str(path.relative_to(archive.root))]


def test_same_object_twice_changes_nothing(archive: Archive) -> None:
    _, path = keep(archive, part10())
    before = path.stat()
    assert keep(archive, part10()) == (StoreResult.SAME, path)
    assert path.stat() == before
    assert len(names(archive)) == 1


def test_file_meta_information_does_not_decide_what_is_the_same(archive: Archive) -> None:
    keep(archive, part10())
    other_meta = encode_file_meta("1.2.840.10008.5.1.4.1.1.7", UID, EXPLICIT) + b"data set"
    assert keep(archive, other_meta)[0] is StoreResult.SAME


@pytest.mark.parametrize(
    "newcomer",
    [part10(b"data sex"), part10(b"data set and more"), part10(b""), part10(syntax=IMPLICIT)],
    ids=["other bytes", "longer", "shorter", "other transfer syntax"],
)
def test_other_bytes_are_kept_aside_and_the_first_stays_in_force(archive: Archive, newcomer: bytes) -> None:
    _, first = keep(archive, part10())
    result, path = keep(archive, newcomer)
    assert result is StoreResult.CONFLICT
    assert path == archive.root / "conflicts" / UID / "1.dcm"
    assert path.read_bytes() == newcomer
    assert first.read_bytes() == part10()


def test_each_conflicting_object_is_kept_once(archive: Archive) -> None:
    keep(archive, part10())
    paths = [keep(archive, part10(content))[1].name for content in (b"a", b"b", b"a", b"c", b"b")]
    assert paths == ["1.dcm", "2.dcm", "1.dcm", "3.dcm", "2.dcm"]


def test_damaged_object_in_force_is_not_taken_for_the_same(archive: Archive) -> None:
    _, path = keep(archive, part10())
    path.write_bytes(b"damaged")
    assert keep(archive, part10())[0] is StoreResult.CONFLICT


def test_many_senders_of_one_object_make_one_object(archive: Archive) -> None:
    together = threading.Barrier(8)

    def send(_: int) -> StoreResult:
        incoming = archive.new_file()
        incoming.write([part10()])
        together.wait()
        return archive.keep(incoming, UID)[0]

    with ThreadPoolExecutor(8) as pool:
        results = sorted(result.value for result in pool.map(send, range(8)))
    assert results == ["new"] + ["same"] * 7
    assert len(names(archive)) == 1


def test_many_senders_of_different_bytes_lose_none(archive: Archive) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: keep(archive, part10(b"%d" % number)), range(24)))
    contents = {path.read_bytes() for _, path in kept}
    assert contents == {part10(b"%d" % number) for number in range(24)}
    assert [result for result, _ in kept].count(StoreResult.NEW) == 1


@pytest.mark.parametrize("uid", ["../../outside", "..", "", "1/2", "1.2.3\0", "/etc/passwd"])
def test_no_path_is_made_from_what_is_no_uid(archive: Archive, uid: str) -> None:
    with pytest.raises(InvalidUid):
        archive.path_of(uid)
    with pytest.raises(InvalidUid):
        keep(archive, part10(), uid)
    assert names(archive) == []


def test_unknown_object_is_not_found(archive: Archive) -> None:
    with pytest.raises(ObjectNotFound):
        archive.find(UID)


def test_discarded_file_leaves_nothing(archive: Archive) -> None:
    incoming = archive.new_file()
    incoming.write([b"a", memoryview(b"b")])
    assert names(archive) != []
    incoming.discard()
    incoming.discard()
    assert names(archive) == []


def test_many_small_parts_are_written_in_order(archive: Archive) -> None:
    incoming = archive.new_file()
    parts = [b"%d," % number for number in range(5000)]
    incoming.write(parts)
    assert incoming.path.read_bytes() == b"".join(parts)
    assert incoming.size_bytes == len(b"".join(parts))
    incoming.discard()


def test_reserve_is_checked_before_and_during_a_transfer(archive: Archive) -> None:
    incoming = archive.new_file()
    archive.reserve.reserve_bytes = TOO_MUCH
    with pytest.raises(OutOfResources):
        archive.new_file()
    incoming.write([b"a" * 1000])
    with pytest.raises(OutOfResources):
        incoming.write([b"a" * (9 << 20)])
    incoming.discard()
    archive.reserve.reserve_bytes = 0
    assert keep(archive, part10())[0] is StoreResult.NEW


def test_full_disk_is_a_lack_of_resources(archive: Archive) -> None:
    incoming = archive.new_file()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # a write beyond it fails, as on a full disk
    try:
        with pytest.raises(OutOfResources):
            incoming.write([b"a" * 10_000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        incoming.discard()


def test_failing_disk_is_an_archive_error(archive: Archive) -> None:
    incoming = archive.new_file()
    incoming.write([part10()])
    incoming.path.unlink()
    with pytest.raises(ArchiveError):
        archive.keep(incoming, UID)
    assert names(archive) == []


def test_sweep_removes_what_a_crash_left_and_nothing_that_is_being_written(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    crash = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from dicom_node.archive import Archive
        file = Archive(Path(sys.argv[1]), 0).new_file()
        file.write([b"half an object"])
        os.kill(os.getpid(), 9)
        """
    )
    subprocess.run([sys.executable, "-c", crash, str(root)], cwd=Path(__file__).parents[2], check=False)
    archive = Archive(root, 0)
    assert len(names(archive)) == 1
    living = archive.new_file()
    assert Archive(root, 0).prepare() == 1
    assert names(archive) == [str(living.path.relative_to(root))]
    living.discard()


def test_opening_an_archive_again_costs_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        pytest.fail("nothing is to be synchronised")

    monkeypatch.setattr(os, "fsync", fsync)
    assert Archive(archive.root, 0).root == archive.root


def test_folder_that_was_removed_is_made_again(archive: Archive) -> None:
    archive.path_of(UID).parent.rmdir()
    with pytest.raises(ArchiveError):
        keep(archive, part10())
    Archive(archive.root, 0).prepare()
    assert keep(archive, part10())[0] is StoreResult.NEW


def test_own_report_is_stored_and_the_first_stays_in_force(archive: Archive) -> None:
    path = archive.store_bytes(UID, part10(b"first"))
    assert archive.store_bytes(UID, part10(b"first")) == path
    assert archive.store_bytes(UID, part10(b"second")) == path
    assert path.read_bytes() == part10(b"first")


def test_own_report_respects_the_reserve(archive: Archive) -> None:
    archive.reserve.reserve_bytes = TOO_MUCH
    with pytest.raises(OutOfResources):
        archive.store_bytes(UID, part10())


def test_folder_that_cannot_be_made_is_an_archive_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveError):
        Archive(tmp_path / "file" / "archive", 0)


def test_everything_is_synchronised_before_it_is_kept(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        order.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink()}")
        real_fsync(descriptor)

    def link(source: Path, target: Path) -> None:
        order.append("link")
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    incoming: IncomingFile = archive.new_file()
    incoming.write([part10()])
    _, path = archive.keep(incoming, UID)
    assert order == [f"fsync {incoming.path}", "link", f"fsync {path.parent}"]
