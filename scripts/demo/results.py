"""What came of each study, in plain values: scores out of the report that came back, timings out of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One image."""

    laterality: str = ""
    view: str = ""
    score: float | None = None
    prediction: str = ""
    pathology: str = ""
    remark: str = ""
    """Why the image was not analysed, or not taken."""
    file: str = ""


@dataclass(frozen=True)
class Outcome:
    """One study; `failure` says why there is no report."""

    label: str
    rows: tuple[Row, ...]
    score: float | None = None
    prediction: str = ""
    model: str = ""
    """Which model said so, and where it says Malignant."""
    timings_ms: Mapping[str, float | None] = field(default_factory=dict)
    reports: tuple[Path, ...] = ()
    failure: str = ""

    @property
    def pathology(self) -> str:
        """The study's known truth: malignant as soon as one image is; empty where nothing is known."""
        known = {row.pathology for row in self.rows if row.pathology}
        return "malignant" if "malignant" in known else next(iter(known), "")


@dataclass(frozen=True)
class ChapterOutcome:
    """The outcomes of studies that were pushed for one reason."""

    title: str
    studies: tuple[Outcome, ...]
