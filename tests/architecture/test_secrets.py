"""No secret is in the repository: detect-secrets over every file that git keeps, or would keep."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from detect_secrets.core import baseline
from detect_secrets.core.scan import scan_file
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

from tests.architecture.test_house import ROOT

BASELINE = ROOT / ".secrets.baseline"
REVIEWED = baseline.load_from_file(str(BASELINE))
# put together here, so that this file holds none
PLANTED = {
    "an API token": f"NODE_STOW_TOKEN = '{hashlib.sha256(b'planted').hexdigest()}'",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a password in an address": "DATABASE_URL=postgres://node:" + "hunter2hunter2@db/node",
    "a word in the settings": "password" + ' = "correct-horse-battery"',
    "a key of a cloud": "AKIA" + "Q3EGRIDT5Q2WXYZA",
}


@pytest.fixture
def as_reviewed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look with the detectors and exceptions that the baseline names."""
    monkeypatch.chdir(ROOT)
    with transient_settings(REVIEWED):
        yield


def _kept() -> list[str]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(name for name in found if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink())


@pytest.mark.usefixtures("as_reviewed")
def test_nothing_that_looks_like_a_secret_is_in_the_repository() -> None:
    names = _kept()
    assert len(names) > 500
    found = SecretsCollection()
    for name in names:
        found.scan_file(name)
    new = found - baseline.load(REVIEWED)
    lines = [f"{name}:{one.line_number}: {one.type}" for name, one in new]
    assert lines == [], (
        "If one is a secret: take it out, and make another, for it has been seen. If it is none: "
        "`.venv/bin/detect-secrets scan --no-verify --baseline .secrets.baseline`, then say so of each with "
        "`.venv/bin/detect-secrets audit .secrets.baseline`, and commit it."
    )


@pytest.mark.usefixtures("as_reviewed")
@pytest.mark.parametrize("kind", PLANTED)
def test_a_secret_would_be_found(tmp_path: Path, kind: str) -> None:
    planted = tmp_path / "settings.py"
    planted.write_text(f"# nothing here\n{PLANTED[kind]}\n")
    assert list(scan_file(str(planted))) != []


def test_all_that_the_baseline_excuses_was_looked_at() -> None:
    excused = [one for found in REVIEWED["results"].values() for one in found]
    assert [one for one in excused if one.get("is_secret") is not False] == []
