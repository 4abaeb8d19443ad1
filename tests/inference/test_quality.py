"""The gate lets mammograms through and nothing else, as far as it was taught."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.appearance import describe, thumbnail
from inference.contract import View
from inference.errors import ModelError
from inference.golden import COUNT, golden_view
from inference.quality import FEATURES, Gate, read_gate
from tests.phantoms import breast_phantom

Pixels = NDArray[np.uint16]


@pytest.fixture(scope="module")
def gate(models_dir: Path) -> Gate:
    """The shipped gate."""
    return read_gate(models_dir)


def _phantom(laterality: str = "L", view: str = "CC", rows: int = 1024, columns: int = 768, seed: int = 1) -> Pixels:
    return breast_phantom(laterality=laterality, view=view, rows=rows, columns=columns, bits=16, seed=seed)


@pytest.mark.parametrize("view", ["CC", "MLO"])
@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_phantoms_of_a_detectors_image_pass(gate: Gate, laterality: str, view: str, seed: int) -> None:
    verdict = gate.assess(View("x", _phantom(laterality, view, seed=seed)))
    assert (verdict.accepted, verdict.reason) == (True, "")
    assert 0.5 <= verdict.score <= 1.0


@pytest.mark.parametrize("index", range(COUNT))
def test_the_golden_pictures_pass(gate: Gate, index: int) -> None:
    assert gate.assess(golden_view(index)).accepted


def test_resolution_and_squashing_do_not_matter(gate: Gate) -> None:
    picture = _phantom(rows=2048, columns=1536)
    scores = [
        gate.assess(View("x", np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint16))).score
        for size in ((1536, 2048), (768, 1024), (800, 800), (300, 400))
    ]
    assert max(scores) - min(scores) < 0.05


def test_the_side_of_the_breast_does_not_matter(gate: Gate) -> None:
    picture = _phantom()
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    assert gate.assess(View("x", picture)).score == pytest.approx(gate.assess(View("y", mirrored)).score, abs=1e-6)


def _noise(rng: np.random.Generator) -> Pixels:
    return rng.integers(0, 65536, (600, 500), np.uint16)


def _page(rng: np.random.Generator) -> Pixels:
    page = np.full((800, 600), 255, np.uint8)
    for line in range(40, 780, 30):
        cv2.putText(page, "Findings: none. " * 3, (20, line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1)
    return page.astype(np.uint16) * np.uint16(257)


def _chest(rng: np.random.Generator) -> Pixels:
    picture = np.full((600, 600), 150, np.uint8)
    for x in (200, 400):
        cv2.ellipse(picture, (x, 290), (75, 190), 0, 0, 360, 40, -1)
    cv2.ellipse(picture, (330, 380), (80, 90), 0, 0, 360, 190, -1)
    cv2.line(picture, (300, 0), (300, 600), 210, 40)
    for y in range(130, 480, 40):
        cv2.ellipse(picture, (300, y + 60), (220, 60), 0, 200, 340, 120, 8)
    return cv2.GaussianBlur(picture, (0, 0), 4).astype(np.uint16) * np.uint16(257)


def _ramp(rng: np.random.Generator) -> Pixels:
    return np.ascontiguousarray(np.broadcast_to(np.linspace(0, 65535, 500).astype(np.uint16), (600, 500)))


def _sector(rng: np.random.Generator) -> Pixels:
    y, x = np.mgrid[0:600, 0:600]
    angle, depth = np.arctan2(x - 300, y + 60), np.hypot(x - 300, y + 60)
    speckle = cv2.GaussianBlur(rng.exponential(9000.0, (600, 600)), (0, 0), 1.5)
    return np.asarray(np.clip(speckle * (np.abs(angle) < 0.6) * (depth < 600), 0, 65535), np.uint16)


def _blank(rng: np.random.Generator) -> Pixels:
    return np.full((600, 500), 1234, np.uint16)


def _inside_of_a_breast(rng: np.random.Generator) -> Pixels:
    return np.ascontiguousarray(_phantom(rows=2048, columns=1536)[900:1150, 200:420])


def _negative(rng: np.random.Generator) -> Pixels:
    return np.asarray(np.uint16(65535) - _phantom(), np.uint16)


@pytest.mark.parametrize(
    "draw", [_noise, _page, _chest, _ramp, _sector, _blank, _inside_of_a_breast, _negative], ids=lambda f: f.__name__
)
def test_what_is_no_mammogram_is_refused_with_a_sentence(
    gate: Gate, draw: Callable[[np.random.Generator], Pixels]
) -> None:
    verdict = gate.assess(View("x", draw(np.random.default_rng(5))))
    assert not verdict.accepted
    assert verdict.reason.endswith(".")
    assert 0.0 <= verdict.score <= 0.5


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 5000), (5000, 1), (31, 400), (32, 32), (33, 4000)])
def test_odd_sizes_raise_nothing(gate: Gate, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 65536, shape, np.uint16)
    assert not gate.assess(View("x", picture)).accepted


def test_the_measures_are_as_many_as_the_gate_expects_and_finite() -> None:
    thumb = thumbnail(_phantom())
    assert thumb is not None
    measures = describe(thumb)
    assert measures.shape == (FEATURES,)
    assert np.isfinite(measures).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no quality.json"),
        ("{", "JSON"),
        ("[]", "incomplete"),
        ('{"format": 2}', "format"),
        ('{"format": 1, "gate": {}}', "mean"),
        ('{"format": 1, "gate": {"mean": [1]}}', "array"),
    ],
)
def test_a_bad_gate_file_is_refused_in_a_sentence(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "quality.json").write_text(text, "utf-8")
    with pytest.raises(ModelError, match=words):
        read_gate(tmp_path)


def test_a_gate_file_with_a_number_missing_or_endless_is_refused(tmp_path: Path, models_dir: Path) -> None:
    values = json.loads((models_dir / "quality.json").read_text("utf-8"))
    values["gate"]["weights"][5] = float("nan")
    (tmp_path / "quality.json").write_text(json.dumps(values), "utf-8")
    with pytest.raises(ModelError, match="finite"):
        read_gate(tmp_path)
