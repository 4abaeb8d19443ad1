"""The command line of the demo."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.demo.errors import DemoError
from scripts.demo.node import REPOSITORY
from scripts.demo.play import Options, play
from scripts.demo.screen import Screen


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demo; return 0 when every report is back, else 1, 2 for a wrong call, 130 after Ctrl-C."""
    options = _parse(arguments)
    screen = Screen()
    # A terminal that closes, or a supervisor, ends the demo as Ctrl-C does: with the node stopped in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        play(options, screen)
    except KeyboardInterrupt:
        screen.print("Interrupted.")
        return 130
    except DemoError as error:
        if error.log:
            screen.print(f"\nThe end of the node's log:\n{error.log}")
        screen.print(f"\n{error}")
        return error.exit_status
    return 0


def _parse(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.demo",
        description="Start a node, push mammography studies to it as a PACS would, and show its reports.",
    )
    parser.add_argument(
        "study", nargs="?", type=Path, help="your own DICOM file or folder (else: real films of two patients)"
    )
    parser.add_argument("--once", action="store_true", help="end after the tables; fail when a report is missing")
    parser.add_argument("--phantom-only", action="store_true", help="push the drawn phantom and nothing else")
    parser.add_argument(
        "--data",
        type=Path,
        default=REPOSITORY / "var" / "demo",
        metavar="FOLDER",
        help="where all of it is kept; emptied at each start (var/demo)",
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=180,
        metavar="SECONDS",
        help="give up when nothing has moved for this long (180)",
    )
    given = parser.parse_args(arguments)
    return Options(given.study, given.data.resolve(), given.once, given.phantom_only, given.patience)


if __name__ == "__main__":
    sys.exit(main())
