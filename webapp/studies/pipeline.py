"""The doorway between the two libraries: stored images in, scores out.

The only file that names both ``dicom_node`` and ``inference``. It maps the values of the one to the values
of the other, and holds the one loaded model of this process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from dicom_node import convert, geometry, preview
from dicom_node.eligibility import NotAnalysed
from dicom_node.errors import ConversionError, InvalidObject
from inference import golden, predict, preprocess, quality, saliency, serving
from inference import manifest as manifests
from inference.contract import BENIGN, MALIGNANT, ImageScore, InputSpec, Prediction, View
from inference.errors import InferenceError, ViewError
from inference.manifest import Manifest
from inference.preprocess import Prepared
from inference.quality import Gate, QualityVerdict
from webapp.studies.errors import StageError
from webapp.studies.headers import read_header

if TYPE_CHECKING:  # it imports TensorFlow, which only processes that score shall load
    from inference.loader import LoadedModel

_log = logging.getLogger(__name__)
_loading = threading.Lock()

# two views at a time: one decodes while the other is brought to size
_PREPARING_THREADS = 2


@dataclass(frozen=True)
class StoredImage:
    """One stored image to analyse; ``header_reason`` is what its header alone already ruled out."""

    sop_instance_uid: str
    path: Path
    header_reason: NotAnalysed | None


@dataclass(frozen=True)
class NotAnalysedImage:
    """An image without a score, and why: the coded reason and a sentence."""

    sop_instance_uid: str
    code: NotAnalysed
    reason: str
    attempted: bool = False


@dataclass(frozen=True)
class MarkedPlace:
    """A place where the model says a mass lies: in continuous pixels of the stored image, edges at whole numbers."""

    sop_instance_uid: str
    row: float
    column: float
    mass: float


@dataclass(frozen=True)
class Analysis:
    """What came of a study: the prediction (None where no image could be analysed) and what was left out.

    Places are marked in images that are labelled Malignant, and only by a model whose manifest says from which
    score on. The heat maps, where they were asked for, are as those of `Looked`.
    """

    prediction: Prediction | None
    scores: dict[str, ImageScore]
    not_analysed: tuple[NotAnalysedImage, ...]
    timings_ms: dict[str, float]
    places: tuple[MarkedPlace, ...] = ()
    heat: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    # mean of the network's input, 0 to 1, by image: what drift is looked for in
    input_means: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Ready:
    prepared: Prepared
    decode_ms: float


@cache
def _load() -> LoadedModel:
    started = time.perf_counter()
    loaded = serving.accelerate(serving.load(settings.NODE_MODELS_DIR))
    _log.info("model ready after %.1f s", time.perf_counter() - started)
    return loaded


def model() -> LoadedModel:
    """Return the one model of this process, loading it at the first call (after the worker forked)."""
    with _loading, _stage("infer"):
        return _load()


@cache
def _gate() -> Gate:
    return quality.read_gate(settings.NODE_MODELS_DIR)


def _judge(view: View) -> QualityVerdict:
    """Ask the gate whether the picture is a mammogram at all."""
    with _stage("infer"):
        verdict = _gate().assess(view)
    if not verdict.accepted:
        _log.info("image %s is refused by the quality gate with score %.3f", view.key, verdict.score)
    return verdict


def prepare() -> None:
    """Import ahead what every child of this process will need; the model itself is loaded after the fork."""
    serving.prepare()


def warm_up() -> None:
    """Load the model and the gate now; a file that cannot be used stops the start with its reason."""
    model()
    with _stage("infer"):
        _gate()


@dataclass(frozen=True)
class ModelFacts:
    """Who scores here, from which probability on it says Malignant, and from which mass score on it marks a place."""

    name: str
    version: str
    sha256: str
    operating_point: str
    threshold: float
    mass_threshold: float | None = None


def model_facts() -> ModelFacts:
    """Return the loaded model's identity and operating point."""
    return _facts(model().manifest)


def _facts(manifest: Manifest) -> ModelFacts:
    identity, point = manifest.identity, manifest.operating_point()
    mass_threshold = None if manifest.marks is None else manifest.marks.mass_threshold
    return ModelFacts(identity.name, identity.version, identity.sha256, point.name, point.threshold, mass_threshold)


@dataclass(frozen=True, eq=False)
class GoldenPicture:
    """A picture drawn by code, grey levels 0 to 65535, and the raw score it must get."""

    pixels: NDArray[np.uint16]
    laterality: str
    raw_score: float


def golden_pictures() -> tuple[GoldenPicture, ...]:
    """Return the pictures by which the model in force proves itself; the model is not loaded for it."""
    with _stage("model"):
        promised = manifests.read_manifest(settings.NODE_MODELS_DIR).golden
    views = [golden.golden_view(one.index) for one in promised]
    return tuple(
        GoldenPicture(view.pixels, view.laterality or "R", one.score) for view, one in zip(views, promised, strict=True)
    )


def register_model(path: Path, name: str, version: str) -> ModelFacts:
    """Put a Keras file in force for processes that start from now on; the model before it is kept."""
    with _stage("model"):
        return _facts(serving.register(settings.NODE_MODELS_DIR, path, name, version))


def rollback_model() -> ModelFacts:
    """Put the model before the present one back in force."""
    with _stage("model"):
        return _facts(serving.rollback(settings.NODE_MODELS_DIR))


@contextmanager
def _stage(name: str) -> Iterator[None]:
    try:
        yield
    except InferenceError as error:
        raise StageError(name, str(error)) from error


def analyse(images: Sequence[StoredImage], *, with_heat: bool = False) -> Analysis:
    """Convert and score the images of one study; one pass of the network gives scores, marks and heat maps."""
    loaded = model()
    started = time.perf_counter()
    with ThreadPoolExecutor(_PREPARING_THREADS) as pool:
        outcomes = list(pool.map(lambda image: _prepare_one(image, loaded.spec), images))
    prepare_ms = (time.perf_counter() - started) * 1000
    ready = [outcome for outcome in outcomes if isinstance(outcome, _Ready)]
    left_out = tuple(outcome for outcome in outcomes if isinstance(outcome, NotAnalysedImage))
    prediction, maps = None, None
    if ready:
        with _stage("infer"):
            prediction, maps = predict.see(loaded, [one.prepared for one in ready])
    mapped = [] if maps is None else [(heat, one.prepared) for heat, one in zip(maps, ready, strict=True)]
    return Analysis(
        prediction=prediction,
        scores={} if prediction is None else {score.key: score for score in prediction.images},
        not_analysed=left_out,
        timings_ms=_timings(ready, prepare_ms, prediction),
        places=() if prediction is None else _places(mapped, prediction, loaded.manifest),
        heat=_laid_over(mapped) if with_heat else {},
        input_means={one.prepared.key: float(one.prepared.tensor.mean()) for one in ready},
    )


_Mapped = Sequence[tuple[NDArray[np.float32], Prepared]]


def _laid_over(mapped: _Mapped) -> dict[str, NDArray[np.float32]]:
    try:
        return {one.key: saliency.over_image(heat, one) for heat, one in mapped}
    except ViewError as error:
        # a registered network may draw a map of another kind: its scores stand without it
        _log.warning("no heat maps: %s", error)
        return {}


def _places(mapped: _Mapped, prediction: Prediction, manifest: Manifest) -> tuple[MarkedPlace, ...]:
    if manifest.marks is None:
        return ()
    with _stage("infer"):
        return tuple(_marked(mapped, prediction, manifest.marks.mass_threshold))


def _marked(mapped: _Mapped, prediction: Prediction, mass_threshold: float) -> Iterator[MarkedPlace]:
    """Find the places to mark, image by image, by falling score."""
    probabilities = {score.key: score.probability for score in prediction.images}
    for heat, one in mapped:
        if label_of(probabilities[one.key], prediction) != MALIGNANT:
            continue
        for peak in saliency.peaks(heat, one, mass_threshold, saliency.MOST_MARKS):
            # the tensor reaches beyond the picture; what lies there is no place in it
            if 0 <= peak.row <= one.placement.image_rows and 0 <= peak.column <= one.placement.image_columns:
                yield MarkedPlace(one.key, peak.row, peak.column, peak.mass)


def _timings(ready: Sequence[_Ready], prepare_ms: float, prediction: Prediction | None) -> dict[str, float]:
    """Share the wall-clock time of the preparation between its two stages."""
    decode = sum(one.decode_ms for one in ready)
    preprocess_ = sum(one.prepared.preprocess_ms for one in ready)
    share = decode / (decode + preprocess_) if decode + preprocess_ else 1.0
    return {
        "decode": prepare_ms * share,
        "preprocess": prepare_ms * (1 - share),
        "infer": 0.0 if prediction is None else prediction.infer_ms,
    }


def _prepare_one(image: StoredImage, spec: InputSpec) -> _Ready | NotAnalysedImage:
    uid = image.sop_instance_uid
    if image.header_reason is not None:
        return NotAnalysedImage(uid, image.header_reason, image.header_reason.sentence)
    try:
        grey = convert.convert(image.path)
        identity = geometry.identify_view(read_header(image.path))
    except (ConversionError, InvalidObject) as error:
        _log.warning("image %s cannot be converted: %s", uid, error)
        return NotAnalysedImage(uid, NotAnalysed.UNREADABLE, str(error)[:400], attempted=True)
    view = View(
        key=uid,
        pixels=grey.pixels,
        pixel_aspect=grey.pixel_aspect,
        laterality=identity.laterality,
        view=identity.view,
        flip_horizontal=identity.flip_horizontal,
        flip_vertical=identity.flip_vertical,
    )
    verdict = _judge(view)
    if not verdict.accepted:
        return NotAnalysedImage(uid, NotAnalysed.QUALITY_GATE, verdict.reason, attempted=True)
    try:
        prepared = preprocess.to_tensor(view, spec)
    except InferenceError as error:
        return NotAnalysedImage(uid, NotAnalysed.UNREADABLE, str(error)[:400], attempted=True)
    return _Ready(prepared, grey.decode_ms + grey.window_ms)


def input_picture(image: StoredImage) -> bytes | NotAnalysedImage:
    """Return what the network is given of one stored image, as a PNG; the network itself is not loaded for it."""
    with _stage("model"):
        spec = manifests.read_manifest(settings.NODE_MODELS_DIR).spec
    ready = _prepare_one(image, spec)
    if isinstance(ready, NotAnalysedImage):
        return ready
    tensor = ready.prepared.tensor[..., 0]
    levels = np.rint(np.clip(tensor, 0.0, 1.0) * 65535).astype(np.uint16)
    return preview.preview_png(levels, longest_side=max(levels.shape))


def label_of(probability: float, prediction: Prediction) -> str:
    """Return the class of one image at the operating point of its study."""
    return MALIGNANT if probability >= prediction.threshold else BENIGN


@dataclass(frozen=True)
class Presented:
    """How one picture outside any study lies; what is not known stays at its default."""

    pixel_aspect: float = 1.0
    laterality: str | None = None
    view: str | None = None
    flip_horizontal: bool = False
    flip_vertical: bool = False


@dataclass(frozen=True, eq=False)
class Looked:
    """The score of one picture, and where the network looked: ``(rows, columns)``, float32, 0..1, or None.

    The map lies over the whole picture, scaled down to at most 1024 pixels on its longer side.
    """

    prediction: Prediction
    heat: NDArray[np.float32] | None


def look(pixels: NDArray[np.uint16], key: str, presented: Presented) -> Looked | NotAnalysedImage:
    """Score one picture, if it is a mammogram: grey levels, 0 black to 65535 white."""
    view = View(
        key,
        pixels,
        presented.pixel_aspect,
        presented.laterality,
        presented.view,
        presented.flip_horizontal,
        presented.flip_vertical,
    )
    verdict = _judge(view)
    if not verdict.accepted:
        return NotAnalysedImage(key, NotAnalysed.QUALITY_GATE, verdict.reason, attempted=True)
    loaded = model()
    with _stage("infer"):
        try:
            prepared = preprocess.to_tensor(view, loaded.spec)
        except ViewError as error:
            return NotAnalysedImage(key, NotAnalysed.UNREADABLE, str(error), attempted=True)
        prediction, heat = predict.see(loaded, [prepared])
        return Looked(prediction, None if heat is None else saliency.over_image(heat[0], prepared))
