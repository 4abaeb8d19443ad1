"""Many four-view studies through one process, file to score: its memory must stay low and flat."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil

from dicom_node.convert import convert
from inference.accelerated import accelerate
from inference.contract import View
from inference.loader import LoadedModel, load
from inference.predict import predict
from inference.preprocess import Prepared, to_tensor
from inference.quality import Gate, read_gate
from tests.synthetic import EXPECTED_VIEWS, breast_phantom, make_mg, write

ROWS, COLUMNS = 4096, 3328  # 27 MB of 16 bits
GOAL_BYTES = 2 * 1024**3
GOAL_GROWTH_BYTES = 64 * 1024**2
MODELS = Path(__file__).parents[1] / "models"


def main() -> int:
    """Run the studies, print the resident memory ten times, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring_soak", description=__doc__)
    parser.add_argument("--studies", type=int, default=500, help="how many studies (default: 500)")
    studies = parser.parse_args().studies
    model, gate, process = accelerate(load(MODELS)), read_gate(MODELS), psutil.Process(os.getpid())
    started, seen = time.perf_counter(), []
    with tempfile.TemporaryDirectory(prefix="mammonode-soak-") as folder:
        paths = _files(Path(folder))
        for number in range(1, studies + 1):
            _study(paths, model, gate)
            if number % max(1, studies // 10) == 0 or number == 1:
                seen.append(process.memory_info().rss)
                print(f"{number:6} studies {seen[-1] / 1024**2:8.0f} MiB {time.perf_counter() - started:8.0f} s")
    # what the first tenth takes is caches and pools, not growth
    settled = seen[1:] if len(seen) > 2 else seen
    growth = settled[-1] - settled[0]
    print(f"most {max(seen) / 1024**2:.0f} MiB, growth after the first tenth {growth / 1024**2:+.0f} MiB")
    missed = max(seen) > GOAL_BYTES or growth > GOAL_GROWTH_BYTES
    print(f"goal, under 2 GiB and flat within 64 MiB: {'missed' if missed else 'reached'}")
    return int(missed)


def _files(folder: Path) -> list[Path]:
    paths = []
    for number, (laterality, view) in enumerate(EXPECTED_VIEWS):
        pixels = breast_phantom(laterality=laterality, view=view, rows=ROWS, columns=COLUMNS, bits=12, seed=number)
        ds = make_mg(laterality=laterality, view=view, pixels=pixels, rows=ROWS, columns=COLUMNS)
        paths.append(write(ds, folder / f"{number}.dcm"))
    return paths


def _study(paths: list[Path], model: LoadedModel, gate: Gate) -> None:
    ready: list[Prepared] = []
    for path, (laterality, view_position) in zip(paths, EXPECTED_VIEWS, strict=True):
        grey = convert(path)
        view = View(path.name, grey.pixels, grey.pixel_aspect, laterality, view_position)
        if not gate.assess(view).accepted:
            raise RuntimeError("the gate refuses a phantom")
        ready.append(to_tensor(view, model.spec))
    predict(model, ready)


if __name__ == "__main__":
    sys.exit(main())
