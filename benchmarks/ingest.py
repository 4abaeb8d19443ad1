"""Receiving: this node beside DCMTK's storescp and Orthanc, in one run.

Each receiver gets the same 17 MB images over loopback from senders that are no bottleneck. This node has every
image durable (fsync of file and folder) before it answers; storescp does not synchronise at all; Orthanc runs
with synchronous storage. The figures depend on the machine and on who else uses it: read the ratios, and the
load beside them.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import UID

from benchmarks.receivers import Receiver, available, running
from benchmarks.sender import PLACEHOLDER_UID
from benchmarks.senders import start_senders, wait_for
from benchmarks.soak import soak
from dicom_node.part10 import read_file_meta
from tests import synthetic

RECEIVERS = ("mammonode", "orthanc", "storescp", "storescp --fork")
ROWS, COLUMNS = 3328, 2560
GOALS = ((1, 3.0), (4, 1.5))
GOAL_CPU = 0.3


@dataclass(frozen=True)
class Measurement:
    """One receiver, one number of senders."""

    images_per_second: float
    cpu_ms_per_image: float
    resident_mb: float
    others_percent: float


def main() -> int:
    """Measure and print; return 1 where a goal is missed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mammonode-bench-", dir=options.folder) as name:
        folder = Path(name)
        data_set = _write_data_set(folder)
        if options.soak:
            return soak(folder, data_set, options.soak)
        return _compare(folder, data_set, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer images, one round: a rough look")
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many rounds (default: 3)")
    parser.add_argument("--images", type=int, default=24, help="in each measurement (default: 24)")
    parser.add_argument("--receivers", nargs="+", default=RECEIVERS, help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured (default: the system's)")
    parser.add_argument("--soak", type=int, metavar="N", help="instead: send N images, watch the memory")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.images = 1, 12
    return options


def _write_data_set(folder: Path) -> Path:
    image = synthetic.make_mg(rows=ROWS, columns=COLUMNS)
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(PLACEHOLDER_UID)
    part10 = synthetic.write(image, folder / "image.dcm")
    with part10.open("rb") as file:
        _, offset = read_file_meta(file)
        file.seek(offset)
        path = folder / "image.dataset"
        path.write_bytes(file.read())
    return path


def _compare(folder: Path, data_set: Path, options: argparse.Namespace) -> int:
    names = available(options.receivers)
    for missing in set(options.receivers) - set(names):
        print(f"{missing} is not installed: left out")
    measured: dict[tuple[str, int], list[Measurement]] = {}
    for number in range(options.rounds):
        for senders, _ in GOALS:
            for name in names:
                print(f"round {number + 1} of {options.rounds}: {name}, {senders} sender(s)", flush=True)
                with running(name, folder / "receiver") as receiver:
                    result = measure(receiver, data_set, senders, options.images)
                measured.setdefault((name, senders), []).append(result)
    medians = {key: _median(values) for key, values in measured.items()}
    _print_table(medians, data_set.stat().st_size)
    return _judge(medians)


def measure(receiver: Receiver, data_set: Path, senders: int, images: int) -> Measurement:
    """Send `images` in all by so many senders at once, after one each to warm up."""
    each = images // senders
    wait_for(start_senders(receiver, data_set, senders, 1, first=500))
    processes = start_senders(receiver, data_set, senders, each, first=0)
    before, busy_before, begun = receiver.usage(), _busy_ms(), time.perf_counter()
    seconds, senders_seconds = wait_for(processes)
    after, busy_after, window = receiver.usage(), _busy_ms(), time.perf_counter() - begun
    stored = receiver.objects()
    if stored != senders * (each + 1):
        raise RuntimeError(f"{receiver.name} acknowledged {senders * (each + 1)} images and stored {stored}")
    cpu_ms = after.cpu_ms - before.cpu_ms
    others_ms = max(0.0, busy_after - busy_before - cpu_ms - senders_seconds * 1000.0)
    return Measurement(
        images_per_second=senders * each / seconds,
        cpu_ms_per_image=cpu_ms / (senders * each),
        resident_mb=after.resident_mb,
        others_percent=others_ms / (window * 1000.0 * (os.cpu_count() or 1)) * 100.0,
    )


def _busy_ms() -> float:
    fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, soft_irq, steal = map(int, fields[:8])
    return (user + nice + system + irq + soft_irq + steal) / os.sysconf("SC_CLK_TCK") * 1000.0


def _median(values: list[Measurement]) -> Measurement:
    return Measurement(
        *(statistics.median(getattr(value, name) for value in values) for name in Measurement.__dataclass_fields__)
    )


def _print_table(medians: dict[tuple[str, int], Measurement], size: int) -> None:
    print(f"\nimages of {size / 1e6:.1f} MB, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; medians")
    print("receiver          senders  images/s  to Orthanc  CPU ms/image  to Orthanc  resident MB  others' CPU")
    for (name, senders), value in sorted(medians.items(), key=lambda entry: entry[0][1]):
        speed, cpu = _ratios(medians, name, senders)
        print(
            f"{name:17} {senders:7d} {value.images_per_second:9.1f} {speed:>11} {value.cpu_ms_per_image:13.1f}"
            f" {cpu:>11} {value.resident_mb:12.0f} {value.others_percent:11.0f}%"
        )


def _ratios(medians: dict[tuple[str, int], Measurement], name: str, senders: int) -> tuple[str, str]:
    orthanc, own = medians.get(("orthanc", senders)), medians[name, senders]
    if orthanc is None:
        return "-", "-"
    speed = own.images_per_second / orthanc.images_per_second
    return f"{speed:.2f}", f"{own.cpu_ms_per_image / orthanc.cpu_ms_per_image:.2f}"


def _judge(medians: dict[tuple[str, int], Measurement]) -> int:
    missed = 0
    for senders, goal in GOALS:
        own, orthanc = medians.get(("mammonode", senders)), medians.get(("orthanc", senders))
        if own is None or orthanc is None:
            continue
        speed = own.images_per_second / orthanc.images_per_second
        cpu = own.cpu_ms_per_image / orthanc.cpu_ms_per_image
        is_met = speed >= goal and cpu <= GOAL_CPU and own.resident_mb < 150
        missed += not is_met
        print(
            f"{'met' if is_met else 'MISSED'}: {senders} sender(s): {speed:.2f} times Orthanc (goal {goal}),"
            f" {cpu:.2f} of its CPU (goal {GOAL_CPU}), {own.resident_mb:.0f} MB (goal 150)"
        )
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
