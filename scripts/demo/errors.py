"""What the demo says when it cannot go on.

DemoError
    UsageError      the command line asks for what is not there
"""

from __future__ import annotations


class DemoError(Exception):
    """A sentence for the screen, and the end of the node's log where that says more."""

    exit_status = 1

    def __init__(self, sentence: str, log: str = "") -> None:
        super().__init__(sentence)
        self.log = log


class UsageError(DemoError):
    """The command line asks for what is not there."""

    exit_status = 2
