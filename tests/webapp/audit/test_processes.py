"""Many processes, one chain; and a web role that can add and nothing else. On SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey import servers
from tests.journey.node import REPOSITORY
from tests.journey.processes import run
from tests.journey.programs import path_of
from tests.journey.servers import Server
from tests.webapp.monitoring.test_backup import run_node_command

GRANTS = REPOSITORY / "deploy" / "postgresql" / "audit-grants.sql"
PROCESSES, TIMES = 3, 20
EVENTS = 3 * PROCESSES * TIMES
CHANGES = (
    "UPDATE audit_auditevent SET actor = 'mallory'",
    "DELETE FROM audit_auditlink",
    "DELETE FROM audit_auditevent",
    "TRUNCATE audit_auditevent CASCADE",
    "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
)

# one start for all of them: children of a fork that begins without a connection
_APPEND = """
import os, sys, django; django.setup()
from django.core.management import call_command
from django.db import connections, transaction
from webapp.audit import actors, recorder, verify
from webapp.audit.models import Action, ActorKind, Event
if sys.argv[3] == "migrate":
    call_command("migrate", verbosity=0)
connections.close_all()
def append():
    actor = actors.Actor(ActorKind.PROCESS, str(os.getpid()))
    for number in range(int(sys.argv[2])):
        with transaction.atomic():
            recorder.record(Event.ACCESSED, Action.READ, "study", number, actor=actor)
            recorder.record(Event.ACCESSED, Action.READ, "study", number, actor=actor)
        recorder.record(Event.ACCESSED, Action.READ, "study", number, actor=actor)
children = []
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        append()
        os._exit(0)
    children.append(child)
codes = [os.waitpid(child, 0)[1] for child in children]
verdict = verify.verify()
print(sum(codes), verdict.count, verdict.holds)
"""


def _append(data: Path, first: str, database: str = "") -> str:
    done = run_node_command(data, "-c", _APPEND, str(PROCESSES), str(TIMES), first, database=database)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_processes_write_one_chain_on_sqlite(tmp_path: Path) -> None:
    assert _append(tmp_path, "migrate") == f"0 {EVENTS} True"


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    """A PostgreSQL of the module's own."""
    with servers.postgresql() as server:
        yield server


def _psql(url: str, *words: str) -> str:
    return run([path_of("psql"), url, "-v", "ON_ERROR_STOP=1", "-q", *words]).stdout.strip()


def test_the_web_role_appends_and_can_change_nothing(database: Server, tmp_path: Path) -> None:
    """The chain of three processes of that role holds, too."""
    for statement in (
        "CREATE ROLE mammonode_owner LOGIN",
        "CREATE ROLE mammonode_web LOGIN",
        "GRANT CREATE, USAGE ON SCHEMA public TO mammonode_owner",
    ):
        assert _psql(database.url, "-c", statement) == ""
    owner = database.url.replace("mammonode@", "mammonode_owner@")
    web = database.url.replace("mammonode@", "mammonode_web@")
    done = run_node_command(tmp_path, "manage.py", "migrate", "-v", "0", database=owner)
    assert done.returncode == 0, done.stderr
    names = ("-v", "owner=mammonode_owner", "-v", "web=mammonode_web")
    assert _psql(owner, *names, "-f", str(GRANTS)) == ""
    # a start of the node migrates: with nothing to migrate, the web role may
    assert _append(tmp_path, "migrate", web) == f"0 {EVENTS} True"
    for statement in CHANGES:
        said = _psql(web, "-c", statement)
        assert said.startswith(("ERROR:  permission denied for table audit_", "ERROR:  must be owner of table audit_"))
    # the owner is held by the second lock, as long as it does not take it away
    assert ["audit trail is not changed" in _psql(owner, "-c", each) for each in CHANGES[:4]] == [True] * 4
    assert _psql(web, "-A", "-t", "-c", "SELECT count(*) FROM audit_auditlink") == str(EVENTS)
