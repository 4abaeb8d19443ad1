"""Figures that a test measured, shown once at the end of the run."""

_noted: list[str] = []


def note(figure: str) -> None:
    """Keep a line for the end of the run."""
    _noted.append(figure)


def noted() -> list[str]:
    """Return what was noted so far in this process."""
    return list(_noted)
