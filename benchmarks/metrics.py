"""What logging and counting cost: CPU time of a study with listeners and without, in pairs, in one process.

The study is analysed as the worker does it: gathered, decoded, scored, reported, written to a database on disk.
With listeners come the prediction log, the JSON lines, the counters, and their flush to the database, which in the
node happens once a heartbeat and here, to be strict, after every study. Receiving and sending are left out, which
makes the share look larger than it is. The order within each pair alternates.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

GOAL_PERCENT = 2.0


@dataclass(frozen=True)
class Spent:
    """CPU time of one study: of all threads, and of the one in which the task runs, and the listeners with it.

    The network's threads spin while they wait, which differs from study to study by more than the listeners cost. So
    the difference is taken of the task's own thread, and the share of all threads.
    """

    process_seconds: float
    thread_seconds: float


def main() -> int:
    """Measure the pairs and print the table; return 1 where the median misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--rows", type=int, default=3328)
    parser.add_argument("--columns", type=int, default=2560)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mammonode-bench-") as name:
        os.environ |= {"NODE_DATA_DIR": name, "DJANGO_SETTINGS_MODULE": "config.settings", "NODE_LOG_LEVEL": "INFO"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        plain, listened = _measure(Path(name), options.pairs, (options.rows, options.columns))
        scrape = _scrape()
    return _print(plain, listened, scrape)


def _measure(folder: Path, pairs: int, size: tuple[int, int]) -> tuple[list[Spent], list[Spent]]:
    from webapp.studies import pipeline

    pipeline.warm_up()
    seconds: dict[bool, list[Spent]] = {False: [], True: []}
    _study_seconds(folder, "warm up", size, listen=True)
    for number in range(pairs):
        for listen in (False, True) if number % 2 else (True, False):
            seconds[listen].append(_study_seconds(folder, f"study {number} {listen}", size, listen=listen))
        print(f"Pair {number + 1} of {pairs}", flush=True)
    return seconds[False], seconds[True]


def _study_seconds(folder: Path, name: str, size: tuple[int, int], *, listen: bool) -> Spent:
    from tests.journey import studies
    from webapp.monitoring import subscribers, tallies
    from webapp.studies import completion, events, tasks
    from webapp.studies.models import Round

    study = studies.four_views(folder / "sent", name, rows=size[0], columns=size[1])
    for path, uid in zip(study.paths, study.sop_instance_uids, strict=True):
        _take(path, uid, study.uid)
    round_ = completion.open_round(study.uid, Round.Trigger.STAFF)
    assert round_ is not None
    if listen:
        subscribers.connect()
    else:
        events.prediction_made.disconnect(dispatch_uid="monitoring")
    started, started_here = time.process_time(), time.thread_time()
    tasks.analyse(round_.pk)
    if listen:
        tallies.flush()
    spent = Spent(time.process_time() - started, time.thread_time() - started_here)
    round_.refresh_from_db()
    assert round_.analysed_at is not None, round_.failure_reason
    return spent


def _take(path: Path, uid: str, study_uid: str) -> None:
    """Store a file as the receiving process does, and write its rows."""
    from django.conf import settings

    from dicom_node.archive import Archive, StoredObject, StoreResult
    from webapp.studies import headers, intake

    stored = Archive(settings.NODE_ARCHIVE_DIR, 0).store_bytes(uid, path.read_bytes())
    header = headers.read_header(stored)
    intake.record(
        StoredObject(
            sop_instance_uid=uid,
            sop_class_uid=str(header.SOPClassUID),
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            study_instance_uid=study_uid,
            series_instance_uid=str(header.SeriesInstanceUID),
            path=stored,
            size_bytes=stored.stat().st_size,
            calling_ae_title="BENCH",
            calling_address="127.0.0.1",
            received_at=datetime.now(tz=UTC),
            receive_ms=1.0,
            result=StoreResult.NEW,
            header=header,
        )
    )
    path.unlink()


def _scrape() -> float:
    from webapp.monitoring import metrics

    started = time.process_time()
    for _ in range(10):
        metrics.text()
    return (time.process_time() - started) / 10


def _print(plain: list[Spent], listened: list[Spent], scrape: float) -> int:
    differences = [b.thread_seconds - a.thread_seconds for a, b in zip(plain, listened, strict=True)]
    base = statistics.median(one.process_seconds for one in plain)
    # the median of the paired differences: what else the machine does hits both of a pair alike
    percent = 100 * statistics.median(differences) / base
    print(f"\nCPU time of a study of four views, {len(plain)} pairs, seconds")
    for name, spent in (("without listeners", plain), ("with listeners", listened)):
        whole = [one.process_seconds for one in spent]
        own = statistics.median(one.thread_seconds for one in spent)
        print(
            f"{name:18} all threads {statistics.median(whole):.3f} (least {min(whole):.3f}), the task's own {own:.3f}"
        )
    print(f"difference         median {statistics.median(differences) * 1000:.1f} ms, {percent:.2f} % of a study")
    print(f"one scrape of /metrics: {scrape * 1000:.1f} ms of CPU")
    print(f"Load of the machine: {os.getloadavg()[0]:.1f}")
    reached = percent < GOAL_PERCENT
    print(f"Goal: below {GOAL_PERCENT:.0f} %: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
