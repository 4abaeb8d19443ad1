"""A backup counts only when it was restored into an empty place and every hash compared."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.node import REPOSITORY

FILL = """
import django; django.setup()
from pathlib import Path
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
"""
COUNT = """
import django; django.setup()
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
    assert run_node_command(data, "manage.py", "migrate", "--verbosity", "0").returncode == 0
    filled = run_node_command(data, "-c", FILL)
    assert filled.returncode == 0, filled.stderr
    done = run_node_command(data, "manage.py", "backup", str(target))
    assert done.returncode == 0, done.stderr
    assert "5 archived files" in done.stdout
    return target, filled.stdout.strip().splitlines()[-1]


def test_an_empty_node_gets_everything_back(backup: tuple[Path, str], tmp_path: Path) -> None:
    target, study = backup
    done = run_node_command(tmp_path / "new", "manage.py", "restore", str(target))
    assert done.returncode == 0, done.stderr
    assert "hashes of 5 archived files were compared" in done.stdout
    assert run_node_command(tmp_path / "new", "-c", COUNT).stdout.split()[-3:] == [study, "4", "1"]
    index = [json.loads(line) for line in (target / "archive.jsonl").read_text().splitlines()]
    for entry in index:
        copy = tmp_path / "new" / "archive" / entry["path"]
        assert copy.read_bytes() == (target / "archive" / entry["path"]).read_bytes()
    again = run_node_command(tmp_path / "new", "manage.py", "restore", str(target))
    assert again.returncode == 1
    assert "empty place" in again.stderr


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
