"""The lock-out counts over real processes that share nothing but the database."""

import os
import subprocess
import sys
from pathlib import Path

from tests.journey.node import REPOSITORY
from tests.webapp.accounts.browser import PASSWORD

WRONG, LOCKED, LET_IN = "username_password_mismatch", "too_many_login_attempts", "signed_in"
_PREPARE = (
    "import django; django.setup()\n"
    "from django.core.management import call_command\n"
    "call_command('migrate', verbosity=0)\n"
    "from django.contrib.auth.models import User\n"
    f"for name in ('alice', 'bob'): User.objects.create_user(name, password={PASSWORD!r})"
)


def _run(environment: dict[str, str], *commands: list[str]) -> list[list[str]]:
    """Run Python processes at the same time, and return the lines that each wrote."""
    running = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    said = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0] * len(running), said
    return [out.splitlines() for out, _ in said]


def _try(environment: dict[str, str], *processes: list[str]) -> list[list[str]]:
    return _run(environment, *(["-m", "tests.webapp.accounts.attempts", *accounts] for accounts in processes))


def test_two_processes_lock_an_account_together_and_no_other(tmp_path: Path) -> None:
    # the settings of production, with a database file of its own
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NODE_", "DJANGO_"))}
    environment = {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'node.sqlite3'}",
        "NODE_DATA_DIR": str(tmp_path),
        "NODE_ALLOWED_HOSTS": "testserver",
    }
    _run(environment, ["-c", _PREPARE])
    first = ["alice=wrong,wrong,wrong", "bob=wrong,wrong,right"]
    second = ["alice=wrong,wrong", "bob=wrong"]
    assert _try(environment, first, second) == [
        [f"alice {WRONG} {WRONG} {WRONG}", f"bob {WRONG} {WRONG} {LET_IN}"],
        [f"alice {WRONG} {WRONG}", f"bob {WRONG}"],
    ]
    # three wrong ones here and two there are five
    assert _try(environment, ["alice=right"], ["alice=right"]) == [[f"alice {LOCKED}"], [f"alice {LOCKED}"]]
