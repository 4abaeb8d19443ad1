"""The report's plots, as PNG files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inference.training.evaluate import Curves
from inference.training.localise import froc
from inference.training.metrics import Floats, roc

NAMES: Final = ("roc", "precision-recall", "reliability", "confusion", "froc")
_BINS: Final = 8
_RATES: Final = tuple(float(rate) for rate in np.geomspace(0.05, 8.0, 40))


def plot_all(curves: Curves, report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw every plot into ``folder`` as ``evaluation-<name>.png``; the FROC only when there are marks.

    Parameters
    ----------
    curves, report
        From :func:`inference.training.evaluate.evaluate`.
    folder
        Where the report lies.

    Returns
    -------
    list
        The files written.
    """
    drawn = {
        "roc": _roc(curves.by_level),
        "precision-recall": _precision_recall(curves.by_level),
        "reliability": _reliability(curves.by_level),
        "confusion": _confusion(report["operating_points"]),
    }
    if curves.marks:
        drawn["froc"] = _froc(curves)
    paths = []
    for name, figure in drawn.items():
        path = folder / f"evaluation-{name}.png"
        figure.tight_layout()
        figure.savefig(path, dpi=90, metadata={"Software": None})
        paths.append(path)
    return paths


def _square(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4.5, 4.5))
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y, title=title, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure, axes


def _roc(by_level: Mapping[str, tuple[Floats, Floats]]) -> Figure:
    figure, axes = _square("ROC, official test split", "1 - specificity", "sensitivity")
    for name, (labels, scores) in by_level.items():
        false, true = roc(labels, scores)
        axes.plot(false, true, label=name)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.legend(loc="lower right")
    return figure


def _precision_recall(by_level: Mapping[str, tuple[Floats, Floats]]) -> Figure:
    figure, axes = _square("Precision and recall, official test split", "recall (sensitivity)", "precision")
    for index, (name, (labels, scores)) in enumerate(by_level.items()):
        truth = labels[np.argsort(-scores, kind="stable")]
        found = np.cumsum(truth)
        axes.step(found / truth.sum(), found / (np.arange(len(truth)) + 1.0), where="post", label=name)
        axes.axhline(float(labels.mean()), color=f"C{index}", linewidth=0.8, linestyle="--")
    axes.legend(loc="lower left")
    return figure


def _reliability(by_level: Mapping[str, tuple[Floats, Floats]]) -> Figure:
    """Share of malignant against the probability, in bins of equal count."""
    figure, axes = _square("Reliability, official test split", "probability", "share malignant")
    for name, (labels, probabilities) in by_level.items():
        parts = [p for p in np.array_split(np.argsort(probabilities, kind="stable"), _BINS) if len(p)]
        said = [float(probabilities[part].mean()) for part in parts]
        was = [float(labels[part].mean()) for part in parts]
        axes.plot(said, was, marker="o", label=name)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.legend(loc="upper left")
    return figure


def _confusion(points: Mapping[str, Any]) -> Figure:
    figure = Figure(figsize=(3.2 * len(points), 3.4))
    for index, (name, found) in enumerate(points.items()):
        axes = figure.add_subplot(1, len(points), index + 1)
        table = np.array(
            [
                [found["true_negative"], found["false_positive"]],
                [found["false_negative"], found["true_positive"]],
            ]
        )
        axes.imshow(table, cmap="Blues", vmin=0, vmax=table.sum())
        for row in range(2):
            for column in range(2):
                axes.text(column, row, str(table[row, column]), ha="center", va="center")
        axes.set_xticks([0, 1], ["benign", "malignant"])
        axes.set_yticks([0, 1], ["benign", "malignant"], rotation=90, va="center")
        axes.set(xlabel="called", ylabel="truth", title=f"{name}\n(from {found['threshold']:.2f})")
    return figure


def _froc(curves: Curves) -> Figure:
    figure = Figure(figsize=(4.5, 4.5))
    axes = figure.add_subplot()
    axes.plot(_RATES, froc(curves.marks, False, _RATES), label="masses")
    axes.plot(_RATES, froc(curves.marks, True, _RATES), label="malignant masses")
    axes.set(
        xscale="log",
        ylim=(0, 1),
        xlabel="false marks a film",
        ylabel="lesions found",
        title="FROC, official test split",
    )
    axes.legend(loc="lower right")
    return figure
