"""From tensor to score on every runtime at hand, and from file to score by stage beside the naive way, in one run.

The naive way is the one of most tutorials: ``pixel_array``, a window in float64, ``tf.image.resize`` of the whole
picture, ``model.predict``. It cuts no breast out, so its score is another one; its arithmetic is what is compared. All
are run in turns, so that what else happens on the machine hits them alike; medians, and the best turn beside.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from pydicom import dcmread
from pydicom.pixels.processing import apply_voi_lut

from dicom_node.convert import convert
from inference.accelerated import accelerate, largest_departure
from inference.contract import View
from inference.golden import golden_view
from inference.loader import LoadedModel, load
from inference.predict import predict
from inference.preprocess import to_tensor
from inference.quality import Gate, read_gate
from tests.synthetic import breast_phantom, make_mg, write

ROWS, COLUMNS = 4096, 3328
GOAL = 3.0
MODELS = Path(__file__).parents[1] / "models"
STAGES = ("read, decode and window", "quality gate", "to tensor", "score")


def main() -> int:
    """Measure and print; return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inference", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each (default: 15)")
    rounds = parser.parse_args().rounds
    reference = load(MODELS)
    fastest = accelerate(reference)
    print(f"{os.cpu_count()} cores, load before: {_load()}; {rounds} turns each")
    _runtimes(reference, fastest, rounds)
    ratio = _whole_way(reference, fastest, rounds)
    print(f"load after: {_load()}")
    print(f"goal, file to score {GOAL} times faster than the naive way: {'reached' if ratio >= GOAL else 'missed'}")
    return int(ratio < GOAL)


def _runtimes(reference: LoadedModel, fastest: LoadedModel, rounds: int) -> None:
    one = to_tensor(golden_view(0), reference.spec).tensor[None]
    given = tf.constant(one)
    ways: dict[str, Callable[[], object]] = {
        "model.predict": lambda: reference.network.predict(one, verbose=0),
        "tf.function (reference)": lambda: reference.forward(given)[0].numpy(),
    }
    if fastest is not reference:
        ways["OpenVINO float32"] = lambda: fastest.forward(given)[0].numpy()
    taken = _in_turns(ways, rounds)
    work, peak = _operations(reference.network), _peak()
    print(
        f"\nthe network on one picture: {work / 1e9:.2f} G operations; peak of a float32 product: {peak / 1e9:.0f} G/s"
    )
    print(f"{'runtime':<28}{'median ms':>10}{'best ms':>9}{'times':>7}{'share of peak':>15}")
    first = statistics.median(taken["model.predict"])
    for name, times in taken.items():
        middle = statistics.median(times)
        share = work / (min(times) * peak)
        print(f"{name:<28}{middle * 1e3:10.1f}{min(times) * 1e3:9.1f}{first / middle:7.1f}{share:15.0%}")
    if fastest is reference:
        print("OpenVINO is not installed: uv sync --extra accelerated")
    else:
        print(f"largest departure on the golden pictures: {largest_departure(reference, fastest):.1e}")


def _whole_way(reference: LoadedModel, fastest: LoadedModel, rounds: int) -> float:
    gate = read_gate(MODELS)
    with tempfile.TemporaryDirectory(prefix="mammonode-bench-") as folder:
        pixels = breast_phantom(rows=ROWS, columns=COLUMNS, bits=12)
        path = write(make_mg(pixels=pixels, rows=ROWS, columns=COLUMNS), Path(folder) / "image.dcm")
        stages: list[list[float]] = []
        taken = _in_turns(
            {
                "ours": lambda: stages.append(_ours(path, gate, fastest)),
                "naive": lambda: _naive(path, reference),
            },
            rounds,
        )
    ours, naive = (statistics.median(taken[name]) * 1e3 for name in ("ours", "naive"))
    print(f"\nfrom file to score, {ROWS} x {COLUMNS} pixels, uncompressed")
    for number, stage in enumerate(STAGES):
        print(f"{stage:<28}{statistics.median(times[number] for times in stages):10.1f} ms")
    turned = ", the picture and the picture upside down" if fastest.manifest.upside_down_too else ""
    print(f"{'all of it':<28}{ours:10.1f} ms{turned}")
    print(f"{'the naive way':<28}{naive:10.1f} ms, the picture once: {naive / ours:.1f} times as long")
    return naive / ours


def _ours(path: Path, gate: Gate, model: LoadedModel) -> list[float]:
    marks = [time.perf_counter()]
    grey = convert(path)
    marks.append(time.perf_counter())
    view = View("x", grey.pixels, grey.pixel_aspect, "L", "CC")
    if not gate.assess(view).accepted:
        raise RuntimeError("the gate refuses the phantom")
    marks.append(time.perf_counter())
    prepared = to_tensor(view, model.spec)
    marks.append(time.perf_counter())
    predict(model, [prepared])
    marks.append(time.perf_counter())
    return [(after - before) * 1e3 for before, after in itertools.pairwise(marks)]


def _naive(path: Path, model: LoadedModel) -> None:
    ds = dcmread(path)
    values = np.asarray(apply_voi_lut(ds.pixel_array, ds), np.float64)
    values = (values - values.min()) / max(float(values.max() - values.min()), 1.0)
    small = tf.image.resize(values[..., None], (model.spec.height, model.spec.width), method="area")
    tensor = np.repeat(np.asarray(small, np.float32), model.spec.channels, axis=2)
    model.network.predict(tensor[None], verbose=0)


def _in_turns(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 2):  # the first two pay for tracing and cold caches
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if number >= 2:
                taken[name].append(time.perf_counter() - started)
    return taken


def _operations(network: Any) -> float:
    """Multiplications and additions of the convolutions and dense layers on one picture."""
    total = 0.0
    for layer in network.layers:
        if not isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)):
            continue
        kernel = layer.get_weights()[0]
        places = 1 if isinstance(layer, keras.layers.Dense) else int(np.prod(layer.output.shape[1:3]))
        total += 2.0 * kernel.size * places
    return total


def _peak(side: int = 1536) -> float:
    """Operations a second of a large float32 matrix product on all cores: what the machine can at most."""
    one, two = (np.random.default_rng(i).random((side, side), np.float32) for i in range(2))
    best = min(_in_turns({"product": lambda: one @ two}, 5)["product"])
    return 2.0 * side**3 / best


def _load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


if __name__ == "__main__":
    sys.exit(main())
