"""From a file to the model's tensor: this project beside the naive way, in one run.

The naive way is the one of most tutorials: ``pixel_array``, pydicom's ``apply_modality_lut`` and
``apply_voi_lut`` in float64, a full-size float picture from 0 to 1, then a resize. Both ways take the same
file of 3328 x 2560 pixels from the page cache and are run in turns, so that what else happens on the machine
hits both. The figures depend on the machine and on who else uses it: read the ratios, and the load beside them.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from dicom_node.convert import GreyImage, convert
from dicom_node.geometry import identify_view
from dicom_node.image_file import read_header
from inference.contract import InputSpec, View
from inference.preprocess import Prepared, to_tensor
from tests.encoders import EVERY_TRANSFER_SYNTAX
from tests.synthetic import breast_phantom, make_mg, write

ROWS, COLUMNS = 3328, 2560
GOAL = 0.2
GOAL_SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
MANIFEST = Path(__file__).parents[1] / "models" / "manifest.json"


@dataclass(frozen=True)
class Turn:
    """One file, once, the project's way: milliseconds in all and by step."""

    total_ms: float
    decode_ms: float
    window_ms: float
    prepare_ms: float


def main() -> int:
    """Measure and print; return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tensor", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="medians of so many turns (default: 9)")
    options = parser.parse_args()
    spec = _input_spec()
    print(f"{ROWS} x {COLUMNS} pixels to a tensor of {spec.height} x {spec.width}; medians of {options.rounds} turns")
    print(f"{os.cpu_count()} cores, load before: {_load()}")
    print(f"{'transfer syntax':<32}{'ours ms':>9}{'decode':>9}{'window':>9}{'prepare':>9}{'naive ms':>10}{'ratio':>8}")
    missed = False
    with tempfile.TemporaryDirectory(prefix="mammonode-bench-") as folder:
        for syntax in EVERY_TRANSFER_SYNTAX:
            ratio = _compare(Path(folder), syntax, spec, options.rounds)
            missed |= syntax in GOAL_SYNTAXES and (ratio is None or ratio > GOAL)
    print(f"load after: {_load()}")
    print(f"goal for uncompressed images, at most {GOAL} of the naive way: {'missed' if missed else 'reached'}")
    return int(missed)


def _input_spec() -> InputSpec:
    """The shipped model's input, so that the figures are those of the node."""
    if MANIFEST.is_file():
        shape = json.loads(MANIFEST.read_text())["input"]
        return InputSpec(shape["height"], shape["width"], shape["channels"])
    return InputSpec(1152, 896)


def _compare(folder: Path, syntax: UID, spec: InputSpec, rounds: int) -> float | None:
    bits = 8 if syntax == JPEGBaseline8Bit else 12
    pixels = breast_phantom(rows=ROWS, columns=COLUMNS, bits=bits)
    path = write(make_mg(pixels=pixels, bits_stored=bits), folder / "image.dcm", syntax)
    _ours(path, spec)  # the first turn pays for imports and warms the page cache
    naive_works = _can(lambda: _naive(path, spec))
    ours, naive = [], []
    for _ in range(rounds):
        ours.append(_ours(path, spec))
        if naive_works:
            naive.append(_naive(path, spec))
    total = statistics.median(turn.total_ms for turn in ours)
    steps = "".join(
        f"{statistics.median(getattr(turn, step) for turn in ours):9.1f}"
        for step in ("decode_ms", "window_ms", "prepare_ms")
    )
    line = f"{syntax.keyword:<32}{total:9.1f}{steps}"
    if not naive:
        print(f"{line}{'pydicom has no decoder':>26}")
        return None
    ratio = total / statistics.median(naive)
    print(f"{line}{statistics.median(naive):10.1f}{ratio:8.2f}")
    return ratio


def _ours(path: Path, spec: InputSpec) -> Turn:
    started = time.perf_counter()
    header = read_header(path)
    identity = identify_view(header)
    grey: GreyImage = convert(path)
    view = View(
        key=path.name,
        pixels=grey.pixels,
        pixel_aspect=grey.pixel_aspect,
        laterality=identity.laterality,
        view=identity.view,
        flip_horizontal=identity.flip_horizontal,
        flip_vertical=identity.flip_vertical,
    )
    prepared: Prepared = to_tensor(view, spec)
    total_ms = (time.perf_counter() - started) * 1e3
    return Turn(total_ms, grey.decode_ms, grey.window_ms, prepared.preprocess_ms)


def _naive(path: Path, spec: InputSpec) -> float:
    started = time.perf_counter()
    ds = dcmread(path)
    values = apply_voi_lut(apply_modality_lut(ds.pixel_array, ds), ds).astype(np.float64)
    values = (values - values.min()) / max(float(values.max() - values.min()), 1.0)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        values = 1.0 - values
    small = cv2.resize(values, (spec.width, spec.height), interpolation=cv2.INTER_AREA)
    tensor: NDArray[np.float32] = np.repeat(small[..., None], spec.channels, axis=2).astype(np.float32)
    assert tensor.shape == spec.shape
    return (time.perf_counter() - started) * 1e3


def _can(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (NotImplementedError, RuntimeError):
        return False
    return True


def _load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    sys.exit(main())
