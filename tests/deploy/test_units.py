"""What deploy/ brings: units that systemd takes, services that ask for addresses there are."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import resolve

from tests.architecture.test_house import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
TEXTS = [*UNITS, DEPLOY / "compose.yaml"]


@pytest.mark.peer("systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    copies = []
    for unit in UNITS:
        # the programs of an installed node and of its machine are not where the tests run
        text = re.sub(r"/opt/mammonode/\.venv/bin/python|/usr/bin/curl", sys.executable, unit.read_text("utf-8"))
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(text.replace("/opt/mammonode", str(ROOT)), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, copies)], capture_output=True, text=True, check=False
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if "mammonode" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_health_that_is_asked_for_is_there(path: Path) -> None:
    for address in re.findall(r"http://127\.0\.0\.1:8000(/\S+?)[\"'\]]*(?:\s|$)", path.read_text("utf-8")):
        assert (resolve(address).url_name or "").startswith("health-")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_settings_that_are_given_are_read(path: Path) -> None:
    read = "".join(page.read_text("utf-8") for page in (ROOT / "config").glob("*.py"))
    for name in set(re.findall(r"\b(NODE_[A-Z_]+|DATABASE_URL|CELERY_BROKER_URL)\b", path.read_text("utf-8"))):
        assert f'"{name.removesuffix("_FILE")}"' in read, name


def test_compose_waits_for_the_nodes_own_word_and_holds_no_secret() -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert "/health/ready" in services["node"]["healthcheck"]["test"][-1]
    given = {key: value for service in services.values() for key, value in service.get("environment", {}).items()}
    assert [key for key in given if "PASSWORD" in key and not key.endswith("_FILE")] == []


def test_compose_asks_whose_word_on_addresses_counts() -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    # the default, the machine itself, is never the proxy of a container: all visitors would count as one address
    assert services["node"]["environment"]["NODE_TRUSTED_PROXIES"].startswith("${NODE_TRUSTED_PROXIES:?")
