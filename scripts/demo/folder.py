"""The demo's data folder: emptied at each start, and used by one demo at a time.

The published films, and a user's own files, are pushed as they are: their UIDs cannot be made new. To a node that
has kept them from the run before they are known objects, which change nothing and bring no new report. So each
run gives its node an empty folder.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.demo.errors import UsageError
from scripts.demo.leftovers import processes_of

NODE = "node"
"""Where in the folder the node keeps its data."""
_MARK = ".mammonode-demo"


@contextmanager
def emptied(folder: Path) -> Iterator[Path]:
    """Empty the folder, hold it, and yield it.

    Raises
    ------
    UsageError
        If the folder holds what no demo has put there, or another demo is using it.
    """
    mark = folder / _MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty and was not made by the demo: name another folder with --data.")
    # The node's first output names a password.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with mark.open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"Another demo is using {folder}: end it first, or name another folder with --data."
            ) from None
        _refuse_a_node_left_behind(folder)
        for entry in folder.iterdir():
            if entry == mark:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        yield folder


def _refuse_a_node_left_behind(folder: Path) -> None:
    """Raise UsageError when the node of a demo that was killed is still working in the folder."""
    left = processes_of(folder / NODE)
    if left:
        raise UsageError(
            f"A node that an earlier demo left behind is still using {folder}: "
            f"end it with `kill {left[0].pid}`, or name another folder with --data."
        )
