"""How good is the model? What its evaluation measured, and what readers and pathology said of its results since."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from webapp.monitoring.models import Outcome, PredictionEntry
from webapp.studies.events import Verdict

MALIGNANT = "Malignant"


@dataclass(frozen=True)
class Proportion:
    """So many of so many, with Wilson's 95 % interval (Wilson, JASA 22:209, 1927)."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        """Low and high; all there is where nothing was seen."""
        if not self.total:
            return 0.0, 1.0
        # scipy takes a second to load: not at every start of the web process, for a page that is seldom opened
        from scipy import stats

        found = stats.binomtest(self.hits, self.total).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True)
class LiveFigures:
    """The model's word against the readers' and pathology's, over one group of studies."""

    group: str
    studies: int
    recall_rate: Proportion
    agreement: Proportion
    positive_predictive_value: Proportion
    sensitivity: Proportion
    specificity: Proportion


@dataclass(frozen=True)
class _Case:
    entry: PredictionEntry
    outcome: Outcome

    @property
    def called(self) -> bool:
        return self.entry.prediction == MALIGNANT


def live_figures() -> list[LiveFigures]:
    """Return the figures of all studies with an outcome, then by each thing that is known of them."""
    cases = _cases()
    found = [_figures("all", cases)]
    for title, name_of in _DIMENSIONS:
        groups: dict[str, list[_Case]] = {}
        for case in cases:
            if name := name_of(case):
                groups.setdefault(name, []).append(case)
        found += [_figures(f"{title}: {name}", groups[name]) for name in sorted(groups)]
    return found


_DIMENSIONS: tuple[tuple[str, Callable[[_Case], str]], ...] = (
    ("model", lambda case: case.entry.model_version),
    ("manufacturer", lambda case: case.entry.manufacturer),
    ("software", lambda case: case.entry.software_version),
    ("site", lambda case: case.entry.site),
    ("age", lambda case: case.entry.age_band),
    ("density", lambda case: case.outcome.density),
)


def _cases() -> list[_Case]:
    """Join outcomes of whole studies with the newest prediction of each. A reader sees all breasts at once."""
    outcomes = {row.study_instance_uid: row for row in _whole_studies(Outcome.objects.order_by("entered_at"))}
    entries: dict[str, PredictionEntry] = {}
    rows = PredictionEntry.objects.filter(
        level=PredictionEntry.Level.STUDY, is_test=False, study_instance_uid__in=outcomes, prediction__gt=""
    )
    for entry in rows.order_by("round_number"):
        entries[entry.study_instance_uid] = entry
    return [_Case(entries[uid], outcome) for uid, outcome in outcomes.items() if uid in entries]


def _whole_studies(outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    """Take a study's own outcome, or put those of its breasts together: the worse counts."""
    by_study: dict[str, list[Outcome]] = {}
    for row in outcomes:
        by_study.setdefault(row.study_instance_uid, []).append(row)
    for uid, rows in by_study.items():
        own = next((row for row in rows if row.breast == Outcome.Breast.STUDY), None)
        yield own or _together(uid, rows)


def _together(uid: str, rows: list[Outcome]) -> Outcome:
    biopsies = {row.biopsy for row in rows}
    worst = next((word for word in (Outcome.Biopsy.MALIGNANT, Outcome.Biopsy.BENIGN) if word in biopsies), "")
    return Outcome(
        study_instance_uid=uid,
        recalled=any(row.recalled for row in rows),
        biopsy=worst,
        followed_up_negative=all(row.is_cancer is False for row in rows) and len(rows) == 2,
        density=rows[0].density,
    )


def _figures(group: str, cases: list[_Case]) -> LiveFigures:
    known = [case for case in cases if case.outcome.is_cancer is not None]
    cancers = [case for case in known if case.outcome.is_cancer]
    healthy = [case for case in known if not case.outcome.is_cancer]
    return LiveFigures(
        group=group,
        studies=len(cases),
        recall_rate=_share(cases, lambda case: case.called),
        agreement=_share(cases, lambda case: case.called == case.outcome.recalled),
        positive_predictive_value=_share(
            [case for case in known if case.called], lambda case: bool(case.outcome.is_cancer)
        ),
        sensitivity=_share(cancers, lambda case: case.called),
        specificity=_share(healthy, lambda case: not case.called),
    )


def _share(cases: list[_Case], holds: Callable[[_Case], bool]) -> Proportion:
    return Proportion(sum(holds(case) for case in cases), len(cases))


def keep(verdict: Verdict) -> None:
    """Keep what counts of a study by now. What the verdict does not speak of stays as it was entered by hand."""
    said: dict[str, Any] = {"entered_by_id": verdict.entered_by}
    if verdict.recalled is not None:
        said["recalled"] = verdict.recalled
    if verdict.biopsy:
        said["biopsy"] = Outcome.Biopsy[verdict.biopsy.upper()]
    if verdict.followed_up:
        said["followed_up_negative"] = True
    if verdict.density:
        said["density"] = verdict.density
    Outcome.objects.update_or_create(
        study_instance_uid=verdict.study_instance_uid,
        breast=Outcome.Breast.STUDY,
        defaults=said,
        create_defaults={"recalled": False} | said,
    )


def evaluation() -> list[tuple[str, str]]:
    """Return what the model's evaluation measured, name and figure; from its manifest where it has no report."""
    for name, key in (("evaluation.json", None), ("manifest.json", "cross_validation")):
        try:
            found = json.loads((settings.NODE_MODELS_DIR / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        content = found if key is None else found.get(key)
        if content:
            return list(_flat("", content))
    return []


def _flat(name: str, content: Any) -> Iterable[tuple[str, str]]:
    if isinstance(content, dict):
        if {"value", "low", "high"} <= content.keys():
            yield name, "{value:.3f} ({low:.3f} to {high:.3f})".format(**content)
            return
        for key, value in content.items():
            yield from _flat(f"{name} {key}".strip().replace("_", " "), value)
    elif isinstance(content, bool | int | float | str) and len(str(content)) <= 120:
        yield name, f"{content:.4g}" if isinstance(content, float) else str(content)
