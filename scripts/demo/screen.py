"""What the reader sees while long steps run: one line a step, moving where the screen can move."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_MOST_COLUMNS = 100
# Where lines cannot be rewritten (a file, a CI log), a step says how far it is this often, not at every change.
_LINE_SECONDS = 10.0


class Step:
    """One running step; `say` shows how far it is, `result` is what stays on the screen."""

    def __init__(self, screen: Screen, title: str, moving: Progress | None) -> None:
        self._screen = screen
        self._title = title
        self._moving = moving
        self._task = moving.add_task(self.line("")) if moving else None
        self._started = self._last_line = time.monotonic()
        self.result = ""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def line(self, text: str) -> str:
        """Return the step's line with `text` after its title."""
        return f"{self._title:<10} {text}"

    def say(self, text: str) -> None:
        """Show how far the step is."""
        if self._moving is not None and self._task is not None:
            self._moving.update(self._task, description=escape(self.line(text)))
        elif time.monotonic() - self._last_line > _LINE_SECONDS:
            self._last_line = time.monotonic()
            self._screen.print(self.line(f"{text} ({self.seconds:.0f} s)"))


class Screen:
    """The terminal, or the file that stands for it."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        self.console.width = min(self.console.width, _MOST_COLUMNS)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run a step: a moving line while it lasts, a standing one with its time when it has gone well."""
        if self.console.is_terminal:
            columns = TextColumn("{task.description}"), SpinnerColumn("line"), TimeElapsedColumn()
            with Progress(*columns, console=self.console, transient=True) as moving:
                step = Step(self, title, moving)
                yield step
        else:
            step = Step(self, title, None)
            yield step
        self.print(step.line(f"{step.result} ({step.seconds:.1f} s)"))

    def print(self, text: str = "") -> None:
        """Print lines that are no mark-up, as long as they are."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def heading(self, text: str) -> None:
        """Print a heading with a line of air above it."""
        self.console.print()
        self.console.print(text, style="bold", highlight=False, markup=False)

    def paragraph(self, text: str) -> None:
        """Print running text, wrapped to the screen."""
        self.console.print(text, highlight=False, markup=False)


def shown(path: Path) -> str:
    """Return a path as short as it can be understood from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
