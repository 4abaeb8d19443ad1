"""Every secret may come from the environment or from a file, and what is wrong with it is said at the start."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import env
from tests.architecture.test_house import ROOT
from webapp.monitoring import backup

# secret -> a value with blanks and quotes where a password may have them, and where the settings hold it
HELD = {
    "CELERY_BROKER_URL": ("redis://:pass word@host/0", "s.CELERY_BROKER_URL"),
    "DATABASE_URL": ("postgres://node:p%20w@host/node", "s.DATABASES['default']['PASSWORD']"),
    "DJANGO_SECRET_KEY": ("k" * 60, "s.SECRET_KEY"),
    "NODE_ALERT_WEBHOOKS": ("https://a.example/1", "s.NODE_ALERT_WEBHOOKS[0]"),
    "NODE_FHIR_TOKEN": (" fhir'\"", "s.NODE_FHIR_TOKEN"),
    "NODE_METRICS_TOKEN": ("metrics ", "s.NODE_METRICS_TOKEN"),
    "NODE_OIDC_CLIENT_SECRET": ("oidc é", "s.SOCIALACCOUNT_PROVIDERS['openid_connect']['APPS'][0]['secret']"),
    "NODE_SENTRY_DSN": ("https://k@sentry.example/1", "s.NODE_SENTRY_DSN"),
    "NODE_SMTP_PASSWORD": ("smtp pass", "s.EMAIL_HOST_PASSWORD"),
    "NODE_STOW_TOKEN": ("stow", "s.NODE_STOW_TOKEN"),
    "NODE_WORKLIST_TOKEN": ("worklist", "s.NODE_WORKLIST_TOKEN"),
}
EXPECTED = {name: value for name, (value, _) in HELD.items()} | {"DATABASE_URL": "p w"}
# a name like a secret's, and the place of a file
NO_SECRETS = {"NODE_DICOM_TLS_KEY", "NODE_AUDIT_RECEIVER_KEY"}

CHILD = """
import importlib, json, os, sys
from config import env

def start(**variables):
    for name in [name for name in sys.modules if name.startswith("config.") and name != "config.env"]:
        del sys.modules[name]
    os.environ.update(variables)
    try:
        return importlib.import_module("config.settings"), ""
    except env.SettingError as error:
        return None, str(error)
    finally:
        for name in variables:
            del os.environ[name]

held, folder = json.loads(sys.argv[1]), sys.argv[2] + "/"
found = {}
s, found["error"] = start(**{name + "_FILE": folder + name for name in held})
found["by file"] = {name: eval(where) for name, (_, where) in held.items()}
s, _ = start(**{name: value for name, (value, _) in held.items()})
found["by environment"] = {name: eval(where) for name, (_, where) in held.items()}
for case, file in (("absent", "absent"), ("empty", "empty"), ("binary", "binary"), ("folder", "")):
    found[case] = {name: start(**{name + "_FILE": folder + file})[1] for name in held}
found["both"] = {name: start(**{name: "x", name + "_FILE": folder + name})[1] for name in held}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Start the settings once a case, all in one process of its own."""
    folder = tmp_path_factory.mktemp("secrets")
    for name, (value, _) in HELD.items():
        (folder / name).write_text(f"{value}\n", encoding="utf-8")
    (folder / "empty").write_text("\n")
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("NODE_", "DJANGO_", "CELERY_"))},
        "NODE_DATA_DIR": str(folder / "data"),
        "NODE_OIDC_ISSUER": "https://issuer.example",
    }
    variables.pop("DATABASE_URL", None)
    command = [sys.executable, "-c", CHILD, json.dumps(HELD), str(folder)]
    ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def test_every_secret_is_tried_here() -> None:
    assert sorted(HELD) == sorted(env.SECRETS)


@pytest.mark.parametrize("way", ["by file", "by environment"])
def test_a_secret_arrives_whole_and_without_the_end_of_its_line(found: dict[str, Any], way: str) -> None:
    assert found["error"] == ""
    assert found[way] == EXPECTED


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("absent", r"{name}_FILE names '.*absent', which cannot be read: No such file or directory\."),
        ("folder", r"{name}_FILE names '.*', which cannot be read: Is a directory\."),
        ("empty", r"{name}_FILE names '.*empty', which is empty: write the value into it, or unset {name}_FILE\."),
        ("binary", r"{name}_FILE names '.*binary', which is not text in UTF-8\."),
        ("both", r"{name} and {name}_FILE are both set: keep one\."),
    ],
)
def test_what_is_wrong_with_a_secret_stops_the_start_in_a_sentence(
    found: dict[str, Any], case: str, sentence: str
) -> None:
    assert sorted(found[case]) == sorted(env.SECRETS)
    for name, said in found[case].items():
        assert re.fullmatch(sentence.format(name=name), said), f"{name}: {said!r}"


def test_a_wrong_secret_ends_a_command_without_a_traceback(tmp_path: Path) -> None:
    variables = {**os.environ, "NODE_DATA_DIR": str(tmp_path), "NODE_SMTP_PASSWORD_FILE": str(tmp_path / "absent")}
    variables.pop("DJANGO_SETTINGS_MODULE", None)
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Wrong setting: NODE_SMTP_PASSWORD_FILE names")
    assert "Traceback" not in ended.stderr


def _read() -> list[tuple[str, str]]:
    """Return every setting that config/ reads, with its reader."""
    calls = [
        node
        for path in (ROOT / "config").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [
        (ast.unparse(call.func).removeprefix("env."), str(call.args[0].value))
        for call in calls
        if ast.unparse(call.func).startswith("env.") and call.args and isinstance(call.args[0], ast.Constant)
    ]


def test_what_has_the_name_of_a_secret_is_read_as_one() -> None:
    read = _read()
    assert len(read) > 100
    assert {name for reader, name in read if reader.startswith("secret")} == set(env.SECRETS)
    like_one = re.compile("TOKEN|PASSWORD|PASSPHRASE|SECRET|DSN|WEBHOOK|_KEY|DATABASE_URL|BROKER_URL")
    others = {name for reader, name in read if like_one.search(name) and reader in {"text", "words"}}
    assert others == NO_SECRETS


def test_what_is_no_secret_by_the_list_is_not_read_as_one() -> None:
    with pytest.raises(env.SettingError, match=r"SECRETS in config/env\.py does not list it"):
        env.secret("NODE_BIND")


def test_no_secret_is_in_a_backup() -> None:
    kept = backup._settings()
    assert "NODE_BIND" in kept
    assert set(env.SECRETS) & set(kept) == set()


@pytest.mark.parametrize("found", ["60", "0/minute", "x/minute", "60/fortnight", "60/m", "-1/hour", "1/hour/day"])
def test_rate_refuses_what_is_no_rate(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    monkeypatch.setenv("RATE", found)
    with pytest.raises(env.SettingError, match="a rate such as 60/minute is expected"):
        env.rate("RATE", "1/minute")
