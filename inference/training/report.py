"""The evaluation as a page for people: tables and plots."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure

from inference.training.metrics import MEASURES, Floats, roc

JSON_NAME: Final = "evaluation.json"
PAGE_NAME: Final = "EVALUATION.md"
_TITLES: Final = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "sensitivity_at_90_specificity": "Sensitivity at 90 % specificity",
    "sensitivity_at_95_specificity": "Sensitivity at 95 % specificity",
    "specificity_at_90_sensitivity": "Specificity at 90 % sensitivity",
    "accuracy": "Accuracy at one half",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "expected_calibration_error": "Expected calibration error",
}


def _shown(interval: Mapping[str, float]) -> str:
    return f"{interval['value']:.3f} ({interval['low']:.3f} to {interval['high']:.3f})"


def _table(measured: Mapping[str, Any]) -> list[str]:
    names = [name for name in ("image", "breast", "patient") if name in measured]
    heads = [f"{name} (n = {measured[name]['n']}, {measured[name]['malignant']} malignant)" for name in names]
    lines = [f"| measure | {' | '.join(heads)} |", "|---|" + "---|" * len(names)]
    for key in MEASURES:
        lines.append(f"| {_TITLES[key]} | {' | '.join(_shown(measured[name][key]) for name in names)} |")
    return lines


def page(report: Mapping[str, Any]) -> str:
    """Write the page from the report's numbers."""
    model, bootstrap = report["model"], report["bootstrap"]
    validation, test = report["cross_validation"], report["official_test"]
    lines = [
        "# Evaluation",
        "",
        f"Model {model['name']} {model['version']}, sha256 `{model['sha256']}`. Research use only.",
        "Every film of CBIS-DDSM shows a lesion: this measures telling benign from malignant masses on",
        "digitised film, not screening. Intervals are 95 % percentile intervals of a bootstrap of",
        f"{bootstrap['draws']} draws of whole patients. `make evaluate` recomputes this page.",
        "",
        f"## Official test split ({test['films']} films), {test['note']}",
        "",
        *_table(test),
        "",
        f"## Cross-validation on the official train split ({validation['films']} films, "
        f"{validation['folds']} folds by patient)",
        "",
        *_table(validation),
        "",
        "Image AUROC by fold: " + ", ".join(f"{value:.3f}" for value in validation["fold_image_auroc"]) + ".",
        f"With labels dealt out anew among patients: {_shown(validation['permuted_labels_image_auroc'])}.",
        "",
        "## Subgroups of the official test split (image AUROC)",
        "",
        "| group | films | AUROC |",
        "|---|---|---|",
    ]
    for name, groups in report["official_test_subgroups"].items():
        for group, values in groups.items():
            lines.append(f"| {name} {group} | {values['n']} | {_shown(values['auroc'])} |")
    return "\n".join(lines + _beside_the_splits(report))


def _beside_the_splits(report: Mapping[str, Any]) -> list[str]:
    """Write about false alarms on films without cancer, and about localisation."""
    alarms, pointing = report["ddsm_without_cancer"], report["pointing_game"]
    called = ", ".join(f"{name} {share:.1%}" for name, share in alarms["called_malignant"].items())
    return [
        "",
        "## DDSM films without cancer (not part of training)",
        "",
        f"{alarms['films']} films, mean probability {alarms['mean_probability']:.2f}; called malignant at each",
        f"operating point: {called}. {alarms['note'].capitalize()}.",
        "",
        "## Localisation",
        "",
        f"The mass map peaks inside a lesion's box on {_shown(pointing['hit'])} of {pointing['films']} test films.",
        "",
        "![ROC](evaluation-roc.png) ![Reliability](evaluation-reliability.png)",
        "",
    ]


def write(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``evaluation.json`` and ``EVALUATION.md`` into ``folder``."""
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (folder / JSON_NAME).write_text(text + "\n", "utf-8")
    (folder / PAGE_NAME).write_text(page(report), "utf-8")


def plot_roc(curves: Mapping[str, tuple[Floats, Floats]], path: Path) -> None:
    """Draw ROC curves, one a name, each of labels and scores."""
    figure = Figure(figsize=(4.5, 4.5))
    axes = figure.add_subplot()
    for name, (labels, scores) in curves.items():
        false, true = roc(labels, scores)
        axes.plot(false, true, label=name)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", title="ROC", aspect="equal")
    axes.legend(loc="lower right")
    _save(figure, path)


def plot_reliability(curves: Mapping[str, tuple[Floats, Floats]], path: Path, bins: int = 8) -> None:
    """Draw the share of malignant against the probability, in bins of equal count."""
    figure = Figure(figsize=(4.5, 4.5))
    axes = figure.add_subplot()
    for name, (labels, probabilities) in curves.items():
        parts = np.array_split(np.argsort(probabilities, kind="stable"), bins)
        said = [float(probabilities[part].mean()) for part in parts]
        was = [float(labels[part].mean()) for part in parts]
        axes.plot(said, was, marker="o", label=name)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    axes.set(xlabel="probability", ylabel="share malignant", title="Reliability", aspect="equal")
    axes.legend(loc="upper left")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
