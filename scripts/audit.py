"""Ask the advisory services for known weaknesses of what the lock files pin. ``make audit``.

Exit code 1: there are some. 2: a service did not answer, and what was not audited is named. 0: audited, and none.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests

ROOT: Final = Path(__file__).resolve().parents[1]
PIP_AUDIT: Final = Path(sys.executable).with_name("pip-audit")
_FRONTEND: Final = ROOT / "frontend"
_ANSWER_SECONDS: Final = 10
_RUN_SECONDS: Final = 180
_NAMED: Final = 5


@dataclass
class Audit:
    """What became of one lock file."""

    lock: str
    weaknesses: list[str] = field(default_factory=list)
    not_audited: str = ""


def python_packages() -> Audit:
    """Audit what uv.lock pins, by PyPI's own advisories."""
    if reason := _silent_index():
        return Audit("uv.lock", not_audited=reason)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        uv = _run(["scripts/bootstrap.sh"]).stdout.strip()
        _run([uv, "export", "--frozen", "--all-groups", "--no-emit-project", "--quiet", "--output-file", str(path)])
        return audit_requirements(path)


def audit_requirements(path: Path, *options: str) -> Audit:
    """Audit a file of requirements with their hashes."""
    audit = Audit("uv.lock")
    command = [str(PIP_AUDIT), "--requirement", str(path), "--disable-pip", "--require-hashes", "--format", "json"]
    answered = _answer([*command, "--timeout", str(_ANSWER_SECONDS), "--progress-spinner", "off", *options])
    if isinstance(answered, str):
        audit.not_audited = answered
        return audit
    packages = answered["dependencies"]
    for package in packages:
        for weakness in package.get("vulns", ()):
            fixed = ", ".join(weakness["fix_versions"]) or "nothing yet"
            audit.weaknesses.append(f"{package['name']} {package['version']}: {weakness['id']}, mended in {fixed}")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped or not packages:
        audit.not_audited = f"{len(skipped)} of {len(packages)} packages are unknown to it: {_some(skipped)}"
    return audit


def portal_packages(environment: Mapping[str, str] | None = None) -> Audit:
    """Audit what package-lock.json pins, by the npm registry's advisories."""
    audit = Audit("frontend/package-lock.json")
    folder = _run(["scripts/node.sh"]).stdout.strip()
    variables = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **(environment or {})}
    options = [f"--fetch-timeout={_ANSWER_SECONDS * 1000}", "--fetch-retries=0"]
    answered = _answer(["npm", "audit", "--json", "--package-lock-only", *options], _FRONTEND, variables)
    if isinstance(answered, str):
        audit.not_audited = answered
    elif "vulnerabilities" not in answered:
        audit.not_audited = str(answered.get("message") or answered.get("error") or "npm audit told nothing")
    else:
        for name, found in answered["vulnerabilities"].items():
            titles = [one["title"] for one in found["via"] if isinstance(one, dict)]
            audit.weaknesses.append(
                f"{name} {found['range']}: {found['severity']}, {'; '.join(titles) or 'by another'}"
            )
    return audit


def _silent_index() -> str:
    """Return why PyPI tells no advisories here; nothing where it does. A mirror knows packages, and no weaknesses."""
    url = "https://pypi.org/pypi/pip/24.0/json"
    try:
        answer = requests.get(url, timeout=_ANSWER_SECONDS)
        return "" if answer.ok and "vulnerabilities" in answer.json() else f"{url} answered {answer.status_code}"
    except (requests.RequestException, ValueError) as error:
        return f"{url}: {type(error).__name__}"


def _answer(
    command: Sequence[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> dict[str, Any] | str:
    """Return what the program printed, or why it printed nothing of use."""
    try:
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_RUN_SECONDS, check=False
        )
        found: dict[str, Any] = json.loads(ended.stdout)
        return found
    except subprocess.TimeoutExpired:
        return f"{Path(command[0]).name} was not done after {_RUN_SECONDS} s"
    except ValueError:
        last = ended.stderr.strip().splitlines()[-1:] or ["no word"]
        return f"{Path(command[0]).name}: {last[0][:200]}"


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_RUN_SECONDS, check=True)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" ..." if len(names) > _NAMED else "")


def main() -> int:
    """Audit both lock files, and print."""
    audits = [python_packages(), portal_packages()]
    for audit in audits:
        for weakness in audit.weaknesses:
            print(f"WEAKNESS in {audit.lock}: {weakness}")
        if audit.not_audited:
            print(f"NOT AUDITED: {audit.lock}: {audit.not_audited}")
        elif not audit.weaknesses:
            print(f"{audit.lock}: no known weakness")
    if any(audit.weaknesses for audit in audits):
        return 1
    return 2 if any(audit.not_audited for audit in audits) else 0


if __name__ == "__main__":
    sys.exit(main())
