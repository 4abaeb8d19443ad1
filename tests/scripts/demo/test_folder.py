"""The demo's data folder: empty at each start, and nobody else's."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.demo.errors import UsageError
from scripts.demo.folder import emptied


def test_each_run_starts_empty(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "demo"
    with emptied(folder):
        (folder / "node" / "archive").mkdir(parents=True)
        (folder / "node.log").write_text("first run")
    with emptied(folder):
        assert [entry.name for entry in folder.iterdir()] == [".mammonode-demo"]


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="not made by the demo"), emptied(tmp_path):
        pass
    assert (tmp_path / "thesis.tex").exists()


def test_two_demos_cannot_use_one_folder(tmp_path: Path) -> None:
    with (
        emptied(tmp_path / "demo"),
        pytest.raises(UsageError, match="Another demo is using"),
        emptied(tmp_path / "demo"),
    ):
        pass


def test_a_link_in_the_folder_is_removed_and_its_target_kept(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "kept").write_text("")
    with emptied(tmp_path / "demo") as folder:
        (folder / "link").symlink_to(target)
    with emptied(tmp_path / "demo"):
        assert (target / "kept").exists()


def test_nobody_else_may_look_into_the_folder(tmp_path: Path) -> None:
    with emptied(tmp_path / "demo") as folder:
        assert folder.stat().st_mode & 0o077 == 0


def test_a_node_left_behind_is_named_and_not_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with emptied(folder):
        (folder / "node").mkdir()
    left = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pause()"], env={"NODE_DATA_DIR": str(folder / "node")}
    )
    try:
        with pytest.raises(UsageError, match=f"kill {left.pid}"), emptied(folder):
            pass
        assert (folder / "node").exists()
    finally:
        left.kill()
        left.wait()
