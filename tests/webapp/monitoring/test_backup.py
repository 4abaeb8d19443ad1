"""A backup counts only when it was restored into an empty place and every hash compared."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.node import REPOSITORY

# each installation is one process: settings and database belong to it, and starting one costs seconds
FILL_AND_BACK_UP = """
import django; django.setup()
import sys
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.conf import settings
from django.utils import timezone
from tests.factories import make_report, make_round, make_study
study = make_study()
report = make_report(make_round(study))
for row in [*study.instances.all(), report]:
    path = settings.NODE_ARCHIVE_DIR / row.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(row.sop_instance_uid.encode() * 1000)
print(study.study_instance_uid)
call_command("backup", sys.argv[1])
"""
RESTORE_AND_COUNT = """
import django; django.setup()
import sys
from django.core.management import CommandError, call_command
call_command("restore", sys.argv[1])
try:
    call_command("restore", sys.argv[1])
except CommandError as error:
    print(error)
from webapp.studies.models import Instance, Report, Study
print(Study.objects.get().study_instance_uid, Instance.objects.count(), Report.objects.count())
"""


def run_node_command(data: Path, *words: str, database: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of an installation whose data lie in this folder."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("NODE_", "DJANGO_", "DATABASE_URL"))
    }
    environment |= {
        "NODE_DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(REPOSITORY),
        "NODE_SENTRY_DSN": "http://secret@127.0.0.1:9/1",
    }
    if database:
        environment["DATABASE_URL"] = database
    return subprocess.run(
        [sys.executable, *words],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A backup of a node with one study, and the study's UID."""
    folder = tmp_path_factory.mktemp("backup")
    data, target = folder / "data", folder / "backup"
    done = run_node_command(data, "-c", FILL_AND_BACK_UP, str(target))
    assert done.returncode == 0, done.stderr
    study, said = done.stdout.strip().splitlines()[-2:]
    assert "5 archived files" in said
    return target, study


def test_an_empty_node_gets_everything_back(backup: tuple[Path, str], tmp_path: Path) -> None:
    target, study = backup
    done = run_node_command(tmp_path / "new", "-c", RESTORE_AND_COUNT, str(target))
    assert done.returncode == 0, done.stderr
    assert "hashes of 5 archived files were compared" in done.stdout
    assert "empty place" in done.stdout
    assert done.stdout.split()[-3:] == [study, "4", "1"]
    index = [json.loads(line) for line in (target / "archive.jsonl").read_text().splitlines()]
    for entry in index:
        copy = tmp_path / "new" / "archive" / entry["path"]
        assert copy.read_bytes() == (target / "archive" / entry["path"]).read_bytes()


def test_a_damaged_file_is_found(backup: tuple[Path, str], tmp_path: Path) -> None:
    target = backup[0]
    first = json.loads((target / "archive.jsonl").read_text().splitlines()[0])
    victim = target / "archive" / first["path"]
    whole = victim.read_bytes()
    try:
        victim.write_bytes(whole[:-1] + b"x")
        done = run_node_command(tmp_path / "new", "manage.py", "restore", str(target))
    finally:
        victim.write_bytes(whole)
    assert done.returncode == 1
    assert first["path"] in done.stderr


def test_no_secret_is_in_a_backup(backup: tuple[Path, str]) -> None:
    found = (backup[0] / "settings.json").read_text(encoding="utf-8")
    assert "NODE_AE_TITLE" in found
    assert "secret@" not in found
