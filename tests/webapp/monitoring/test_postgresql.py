"""What is said to the database in its own words, on PostgreSQL: counters, figures, the open pause, backup, restore."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey import servers
from tests.journey.processes import run
from tests.journey.programs import path_of
from tests.journey.servers import Server
from tests.webapp.monitoring.test_backup import FILL_AND_BACK_UP, RESTORE_AND_COUNT, run_node_command

_COUNTERS_AND_SWITCH = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.webapp.monitoring.entries import make_entry
from webapp.monitoring import metrics, overview, switch, tallies
for _ in range(2):
    tallies.add("stores", 2.0, status="0000")
    tallies.flush()
print(tallies.totals("stores")["stores"], switch.pause("one"), switch.pause("two"), len(metrics.text()) > 1000)
make_entry(latency_ms={"infer": 250.0})
found = overview.build(7)
print(found.volumes[-1].analysed, found.stages[0].p50_ms, found.scores[1].studies)
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    """A PostgreSQL of the module's own."""
    with servers.postgresql() as server:
        yield server


def test_counters_and_the_overview_add_up_and_there_is_one_open_pause(database: Server, tmp_path: Path) -> None:
    done = run_node_command(tmp_path, "-c", _COUNTERS_AND_SWITCH, database=database.url)
    assert done.stdout.strip() == "[({'status': '0000'}, 4.0)] True False True\n1 250.0 1", done.stderr


def test_a_backup_goes_into_an_empty_database_and_comes_back_whole(database: Server, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    port = database.url.rsplit(":", 1)[1].split("/")[0]
    for name in ("full", "empty"):
        made = run([path_of("createdb"), "-h", "127.0.0.1", "-p", port, "-U", "mammonode", name])
        assert made.returncode == 0, made.stdout
    full, empty = (f"{database.url.removesuffix('mammonode')}{name}" for name in ("full", "empty"))
    done = run_node_command(old, "-c", FILL_AND_BACK_UP, str(tmp_path / "backup"), database=full)
    assert done.returncode == 0, done.stderr
    study = done.stdout.strip().splitlines()[-2]
    done = run_node_command(new, "-c", RESTORE_AND_COUNT, str(tmp_path / "backup"), database=empty)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-3:] == [study, "4", "1"]
