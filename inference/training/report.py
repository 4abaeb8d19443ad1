"""The evaluation as a page for people; the plots beside it are :mod:`inference.training.plots`'."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inference.training.metrics import MEASURES
from inference.training.subgroups import UNKNOWN

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
        "![ROC](evaluation-roc.png) ![Precision and recall](evaluation-precision-recall.png)",
        "![Reliability](evaluation-reliability.png)",
        "",
        *_operating_points(report["operating_points"]),
        f"## Cross-validation on the official train split ({validation['films']} films, "
        f"{validation['folds']} folds by patient)",
        "",
        *_table(validation),
        "",
        "Image AUROC by fold: " + ", ".join(f"{value:.3f}" for value in validation["fold_image_auroc"]) + ".",
        "Probabilities here are calibrated for each fold by the other folds.",
        "",
        *_subgroups(report["official_test_subgroups"]),
        *_leaks(report["leaks"]),
        *_alarms(report["ddsm_without_cancer"]),
        *_localisation(report["localisation"]),
        *_gate(report["quality_gate"]),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _operating_points(points: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Operating points, by patient, on the official test split",
        "",
        "The thresholds were set on out-of-fold scores of the train split.",
        "",
        "| point | from probability | sensitivity | specificity | found | missed | false alarms | rightly benign |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in points.items():
        counts = ("true_positive", "false_negative", "false_positive", "true_negative")
        lines.append(
            f"| {name} | {found['threshold']:.3f} | {_shown(found['sensitivity'])} | {_shown(found['specificity'])} | "
            + " | ".join(str(found[count]) for count in counts)
            + " |"
        )
    return [*lines, "", "![Confusion](evaluation-confusion.png)", ""]


def _subgroups(subgroups: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Subgroups of the official test split (image AUROC)",
        "",
        "| group | films | malignant | AUROC |",
        "|---|---|---|---|",
    ]
    for name, groups in subgroups.items():
        for group, values in groups.items():
            shown = "one label only" if values["auroc"] is None else _shown(values["auroc"])
            lines.append(f"| {name}: {group} | {values['n']} | {values['malignant']} | {shown} |")
    return [*lines, "", f"The films' manifest does not tell {', '.join(UNKNOWN)}.", ""]


def _leaks(leaks: Mapping[str, Any]) -> list[str]:
    source = leaks["source_from_score_without_cancer"]
    return [
        "## Does the evaluation leak?",
        "",
        f"- Patients in several folds: {leaks['patients_in_several_folds']}; in train and test: "
        f"{leaks['patients_in_train_and_test']}.",
        "- Image AUROC with labels dealt out anew among patients: train, out of fold, "
        f"{_shown(leaks['train_permuted_labels_image_auroc'])}; test "
        f"{_shown(leaks['test_permuted_labels_image_auroc'])}.",
        f"- The source told by the score alone, {source['films']} benign films of the test split against "
        f"{source['films_of_other_source']} DDSM films without cancer: AUROC {_shown(source['auroc'])}; one half would",
        "  say that nothing of the source shows. The DDSM films are mostly normal, so this is not the scanner alone.",
        "",
    ]


def _alarms(alarms: Mapping[str, Any]) -> list[str]:
    called = ", ".join(f"{name} {share:.1%}" for name, share in alarms["called_malignant"].items())
    means = ", ".join(f"{name} {mean:.2f}" for name, mean in alarms["mean_probability_by_label"].items())
    return [
        "## DDSM films without cancer (not part of training)",
        "",
        f"{alarms['films']} films, mean probability {alarms['mean_probability']:.2f} ({means});",
        f"called malignant at each operating point: {called}. {alarms['note'].capitalize()}.",
        "",
    ]


def _localisation(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return ["## Localisation", "", "The model has no map of lesions.", ""]
    rates = list(found["froc_masses"])
    lines = [
        "## Localisation on the official test split",
        "",
        f"The highest peak lies in a lesion's box on {_shown(found['pointing_game'])} of {found['films']} films;",
        f"a random point of the breast would on {_shown(found['pointing_game_random_point'])}.",
        "",
        f"| false marks a film | {' | '.join(rates)} |",
        "|---|" + "---|" * len(rates),
    ]
    kinds = {"masses": found["lesions"], "malignant": found["malignant_lesions"]}
    for kind, count in kinds.items():
        shown = " | ".join(_shown(value) for value in found[f"froc_{kind}"].values())
        lines.append(f"| {kind} found, of {count} | {shown} |")
    return [*lines, "", "![FROC](evaluation-froc.png)", ""]


def _gate(gate: Mapping[str, Any] | None) -> list[str]:
    if gate is None:
        return []
    lines = [
        "## Quality gate: pictures it had not learnt from",
        "",
        "As `make quality-gate` recorded it, with Wilson's 95 % interval; how it judges is told in",
        "`docs/model-quality-gate.md`.",
        "",
        "| picture | refused |",
        "|---|---|",
    ]
    for kinds in gate.values():
        for kind, found in kinds.items():
            share = f"{found['share']:.1%} ({found['low']:.1%} to {found['high']:.1%})"
            lines.append(f"| {kind} | {found['refused']} of {found['n']}, {share} |")
    return [*lines, ""]


def write(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``evaluation.json`` and ``EVALUATION.md`` into ``folder``."""
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (folder / JSON_NAME).write_text(text + "\n", "utf-8")
    (folder / PAGE_NAME).write_text(page(report), "utf-8")
