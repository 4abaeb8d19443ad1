"""Counters of all processes: remembered here, added to the database now and then.

A counter of one process dies with it, and Prometheus asks one process only. So each process keeps what it
counted since the last time and adds it to rows that all share. A process that is killed loses what it counted
since its last heartbeat, and nothing of what was counted before.
"""

import json
import os
import threading
from bisect import bisect_left
from collections import Counter

from django.db import connection

from webapp.monitoring.models import Tally

Key = tuple[str, str]

STAGE_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
SCORE_BUCKETS = tuple(step / 10 for step in range(1, 11))
_ROWS_A_STATEMENT = 100

_pending: Counter[Key] = Counter()
_lock = threading.Lock()


def _forget_the_parents() -> None:
    """Begin anew in a forked child: its parent writes what it counted, and a lock may have been held at the fork."""
    global _lock
    _lock = threading.Lock()
    _pending.clear()


os.register_at_fork(after_in_child=_forget_the_parents)


def labels_text(labels: dict[str, str]) -> str:
    """Return labels in their one spelling."""
    return json.dumps(labels, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def add(name: str, amount: float = 1.0, /, **labels: str) -> None:
    """Count something; it costs a dictionary entry."""
    with _lock:
        _pending[name, labels_text(labels)] += amount  # type: ignore[assignment]


def observe(name: str, value: float, buckets: tuple[float, ...], **labels: str) -> None:
    """Count a value in its bucket, and add it to the sum."""
    at = bisect_left(buckets, value)
    bucket = f"{buckets[at]:g}" if at < len(buckets) else "+Inf"
    add(f"{name}_bucket", 1.0, **labels, le=bucket)
    add(f"{name}_sum", value, **labels)


def flush() -> int:
    """Add what was counted to the rows; return how many rows changed. Where that fails, nothing is lost."""
    with _lock:
        taken = dict(_pending)
        _pending.clear()
    if not taken:
        return 0
    try:
        _write(sorted(taken.items()))
    except BaseException:
        with _lock:
            for key, amount in taken.items():
                _pending[key] += amount
        raise
    return len(taken)


def _write(rows: list[tuple[Key, float]]) -> None:
    # the ORM can replace on conflict, not add; this is one statement on SQLite and PostgreSQL alike. In order of
    # their keys, so that two processes never wait for each other.
    table = Tally._meta.db_table
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            part = rows[start : start + _ROWS_A_STATEMENT]
            cursor.execute(
                f"INSERT INTO {table} (name, labels, value) VALUES {', '.join(['(%s, %s, %s)'] * len(part))} "
                f"ON CONFLICT (name, labels) DO UPDATE SET value = {table}.value + excluded.value",
                [value for (name, labels), amount in part for value in (name, labels, amount)],
            )


def totals(prefix: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return all rows whose name begins so, by name."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for row in Tally.objects.filter(name__startswith=prefix).order_by("name", "labels"):
        found.setdefault(row.name, []).append((json.loads(row.labels), row.value))
    return found
