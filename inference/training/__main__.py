"""``python -m inference.training fit | evaluate --data FOLDER``."""

import argparse
import json
import logging
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from inference.errors import InferenceError, TrainingError
from inference.loader import load
from inference.training import outoffold, report
from inference.training.artefact import save_network, write_manifest
from inference.training.crossvalidate import cross_validate, fold_network, levels, reading
from inference.training.data import DEFAULT_ROOT, Film, prepare, read_manifest, select
from inference.training.evaluate import departures, evaluate
from inference.training.fit import train
from inference.training.plots import plot_all
from inference.training.settings import DEFAULT_PATH, Settings, read_settings

logger = logging.getLogger("inference.training")

_ATTRIBUTION: Final = (
    "CBIS-DDSM: Sawyer-Lee R, Gimenez F, Hoogi A, Rubin D (2016), The Cancer Imaging Archive, "
    "DOI 10.7937/K9/TCIA.2016.7O02S9CY; Lee RS et al., Sci Data 4:170177 (2017); "
    "Clark K et al., J Digit Imaging 26:1045 (2013). Changes: downscaled, squashed, JPEG."
)

_STATUS: Final = {
    False: "one network, trained on every film of the train split; the figures here are those of the cross-validation",
    True: "the mean of the maps of several networks of the cross-validation, which together have learnt from every "
    "film of the train split; the figures here are those of the single networks on the films held out from each",
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m inference.training", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    fit = verbs.add_parser("fit", help="cross-validate, train on everything, write model and manifest")
    fit.add_argument("--settings", type=Path, default=DEFAULT_PATH)
    fit.add_argument("--backbone", type=Path, help="PyTorch weight file; default: the installed package's")
    fit.add_argument("--runs", type=Path, default=Path("runs"), help="checkpoints and cache")
    fit.add_argument("--folds", type=int, help="train only the first so many folds")
    judge = verbs.add_parser("evaluate", help="recompute evaluation.json and EVALUATION.md")
    judge.add_argument("--anew", action="store_true", help="write the report even where it departs from the old one")
    for verb in (fit, judge):
        verb.add_argument("--data", type=Path, default=DEFAULT_ROOT)
        verb.add_argument("--models", type=Path, default=Path("models"))
    return parser.parse_args()


def _fit(arguments: argparse.Namespace) -> None:
    settings = read_settings(arguments.settings)
    films = select(read_manifest(arguments.data), "train")
    prepared = prepare(arguments.data, films, settings.spec, arguments.runs / "cache")
    folder = arguments.runs / f"{settings.name}-{settings.version}"
    scores, fold_of = cross_validate(prepared, settings, folder, arguments.backbone, arguments.folds)
    scored = np.flatnonzero(~np.isnan(scores))
    kept = [films[int(i)] for i in scored]
    found = levels(kept, scores[scored])
    for name, level in found.items():
        logger.info("cross-validated AUROC by %s: %s", name, level.auroc())
    models: Path = arguments.models
    if settings.members:
        networks = [fold_network(settings, folder, fold) for fold in range(settings.members)]
    else:
        networks = [train(prepared, settings, folder / "all", arguments.backbone)]
    save_network(networks, settings, models / "model.h5")
    outoffold.write(models / outoffold.FILE_NAME, kept, scores[scored], fold_of[scored])
    origin = f"out-of-fold scores of {len(kept)} films, {len(np.unique(fold_of[scored]))} of {settings.folds} folds"
    notes = {
        "status": _STATUS[bool(settings.members)],
        "cross_validation": {
            "auroc": {name: asdict(level.auroc()) for name, level in found.items()},
            "films": len(kept),
            "folds_done": len(np.unique(fold_of[scored])),
            "folds": settings.folds,
        },
        **training_notes(films, settings),
    }
    manifest = write_manifest(
        models,
        (settings.name, settings.version),
        settings.spec,
        reading(found, origin),
        settings.flips_at_test,
        notes,
    )
    logger.info("wrote %s %s", manifest.identity.name, manifest.identity.version)


def training_notes(films: list[Film], settings: Settings) -> dict[str, Any]:
    """Describe the training for the manifest: films with hashes and licences, backbone, versions, commit."""
    git = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "created": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "code_commit": git.stdout.strip() or None,
        "keras": keras.__version__,
        "seed": settings.seed,
        "backbone": f"EfficientNet-{settings.variant.capitalize()}, ImageNet weights, Apache-2.0",
        "training_data": {
            "source": "CBIS-DDSM mass, official train split",
            "licence": "CC BY 3.0",
            "attribution": _ATTRIBUTION,
            "patients": len({film.patient_id for film in films}),
            "films": {film.file: film.sha256 for film in films},
        },
    }


def _evaluate(arguments: argparse.Namespace) -> None:
    models: Path = arguments.models
    read_manifest(arguments.data)  # absent films are said before the model is loaded
    model = load(models)
    found, curves = evaluate(model, models, arguments.data)
    _compare(found, models / report.JSON_NAME, arguments.anew)
    report.write(found, models)
    plot_all(curves, found, models)
    interval = found["official_test"]["image"]["auroc"]
    print(
        f"Official test split, image AUROC {interval['value']:.3f} "
        f"({interval['low']:.3f} to {interval['high']:.3f}); the rest is in {models / report.PAGE_NAME}."
    )


def _compare(found: dict[str, Any], path: Path, anew: bool) -> None:
    """Hold the new numbers against the report of the same model, if there is one.

    Raises
    ------
    TrainingError
        If a number departs by more than 1e-6 and ``anew`` does not allow it; the report then stays as it is.
    """
    if not path.is_file():
        return
    old = json.loads(path.read_text("utf-8"))
    if old["model"] != found["model"]:
        return
    odd = departures(old, found)
    if odd and not anew:
        raise TrainingError(
            f"{len(odd)} numbers depart from {path} by more than 1e-6, the first at {odd[0]}. "
            "The report was left as it is; --anew writes it anew."
        )
    print(f"{len(odd)} numbers depart from the report there was by more than 1e-6.")


def main() -> int:
    """Run a verb; a foreseeable failure is one sentence and status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments = _arguments()
    try:
        {"fit": _fit, "evaluate": _evaluate}[arguments.verb](arguments)
    except InferenceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
