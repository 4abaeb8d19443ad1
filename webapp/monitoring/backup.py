"""Backup and restore: database, index of the archive, settings; nothing counts until its hash was compared.

::

    backup/manifest.json       what is here, with the sha256 of each file
    backup/database.sqlite3    or database.dump (PostgreSQL, custom format)
    backup/archive.jsonl       path, size and sha256 of every archived file
    backup/archive/...         the files themselves, unless they are backed up by other means
    backup/settings.json       the node's settings, without secrets
"""

import hashlib
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from webapp.studies.models import ConflictingCopy, Instance, Report

_FORMAT = 1
_SECRET_WORDS = ("TOKEN", "DSN", "PASSWORD", "SECRET", "WEBHOOK", "KEY")
_DUMP_SECONDS = 6 * 3600


class BackupError(Exception):
    """A backup cannot be made, or what was restored is not what was backed up; the text says what to do."""


@dataclass(frozen=True)
class Entry:
    """One file of the archive, relative to it."""

    path: str
    size_bytes: int
    sha256: str


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def back_up(target: Path, *, with_archive: bool = True) -> int:
    """Write a backup into a new folder; return how many archived files it knows."""
    if target.exists() and any(target.iterdir()):
        raise BackupError(f"{target} is not empty: name a new folder for each backup.")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    # the database first: every file that its rows name was durable before the row, and so comes along
    _dump_database(target)
    entries = list(_index(target if with_archive else None))
    lines = "".join(json.dumps(asdict(entry), sort_keys=True) + "\n" for entry in entries)
    (target / "archive.jsonl").write_text(lines, encoding="utf-8")
    (target / "settings.json").write_text(json.dumps(_settings(), indent=2, sort_keys=True), encoding="utf-8")
    content = {
        "format": _FORMAT,
        "made_at": timezone.now().isoformat(),
        "with_archive": with_archive,
        "database": connection.vendor,
        "files": {path.name: sha256_of(path) for path in sorted(target.iterdir()) if path.is_file()},
    }
    (target / "manifest.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    return len(entries)


def _index(copy_to: Path | None) -> Iterator[Entry]:
    root: Path = settings.NODE_ARCHIVE_DIR
    for folder in ("objects", "conflicts"):
        for path in sorted((root / folder).rglob("*.dcm")):
            name = str(path.relative_to(root))
            source = path
            if copy_to is not None:
                source = copy_to / "archive" / name
                source.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, source)
            # of the copy: what is proven is what was written
            yield Entry(name, source.stat().st_size, sha256_of(source))


def _settings() -> dict[str, Any]:
    """Return the node's settings, those apart that are secret."""
    found = {name: getattr(settings, name) for name in dir(settings) if name.startswith("NODE_")}
    plain = {name: value for name, value in found.items() if not any(word in name for word in _SECRET_WORDS)}
    return {name: value if isinstance(value, bool | int | float) else str(value) for name, value in plain.items()}


def _dump_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(target / "database.sqlite3")) as copy:
            connection.connection.backup(copy)
            # one file, without a journal beside it
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    _run_postgresql("pg_dump", ["--format=custom", f"--file={target / 'database.dump'}"])


def _run_postgresql(program: str, options: list[str]) -> None:
    where = connection.settings_dict
    path = shutil.which(program)
    if path is None:
        raise BackupError(f"{program} is not installed: it comes with the PostgreSQL client.")
    command = [path, *options, f"--host={where['HOST']}", f"--port={where['PORT'] or 5432}"]
    command += [f"--username={where['USER']}", f"--dbname={where['NAME']}", "--no-password"]
    # the password goes by the environment: a command line is for all to see
    environment = {"PGPASSWORD": str(where["PASSWORD"] or "")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_DUMP_SECONDS, check=False)
    if done.returncode:
        raise BackupError(f"{program} ended with {done.returncode}: {done.stderr.strip()[:400]}")


def restore(source: Path, *, archive_in_place: bool = False) -> int:
    """Bring a backup into an empty node and compare every hash; return how many archived files were compared."""
    manifest = _checked_manifest(source)
    if not archive_in_place:
        _refuse_unless_empty(settings.NODE_ARCHIVE_DIR)
        if not manifest["with_archive"]:
            raise BackupError("This backup has no archive: put the archive back first, then use --archive-in-place.")
    _restore_database(source, str(manifest["database"]))
    entries = [Entry(**json.loads(line)) for line in (source / "archive.jsonl").read_text("utf-8").splitlines()]
    if not archive_in_place:
        for entry in entries:
            target = settings.NODE_ARCHIVE_DIR / _inside(entry.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / "archive" / entry.path, target)
    _compare(entries)
    return len(entries)


def _checked_manifest(source: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
        files = dict(manifest["files"])
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{source} holds no backup that was finished: {type(error).__name__}.") from error
    if manifest.get("format") != _FORMAT:
        raise BackupError(f"{source} is of format {manifest.get('format')}; this version reads {_FORMAT}.")
    broken = [name for name, digest in files.items() if _hash_or_none(source / name) != digest]
    if broken:
        raise BackupError(f"These files of the backup are damaged or missing: {', '.join(sorted(broken))}.")
    return manifest


def _hash_or_none(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None


def _inside(name: str) -> Path:
    """Refuse a path that leaves the archive."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        raise BackupError(f"The index names {name!r}, which is not inside the archive.")
    return path


def _refuse_unless_empty(archive: Path) -> None:
    if any(archive.rglob("*.dcm")):
        raise BackupError(f"{archive} holds objects: restore into an empty place only.")


def _restore_database(source: Path, vendor: str) -> None:
    if vendor != connection.vendor:
        raise BackupError(f"The backup is of {vendor}, this node uses {connection.vendor}: set DATABASE_URL.")
    if vendor != "sqlite":
        _run_postgresql("pg_restore", ["--exit-on-error", "--no-owner", str(source / "database.dump")])
        return
    target = Path(str(connection.settings_dict["NAME"]))
    if target.exists() and target.stat().st_size:
        raise BackupError(f"{target} exists: restore into an empty place only.")
    connection.close()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "database.sqlite3", target)
    if sha256_of(target) != sha256_of(source / "database.sqlite3"):
        raise BackupError(f"{target} is not what was copied: check the disk.")


def _compare(entries: list[Entry]) -> None:
    """Compare every file with its hash, and every row with the index."""
    root: Path = settings.NODE_ARCHIVE_DIR
    wrong = [entry.path for entry in entries if _hash_or_none(root / _inside(entry.path)) != entry.sha256]
    known = {entry.path for entry in entries}
    named = {
        path for model in (Instance, ConflictingCopy, Report) for path in model.objects.values_list("path", flat=True)
    }
    lost = sorted(named - known)
    if wrong or lost:
        parts = [f"{len(wrong)} files differ or are missing: {', '.join(wrong[:5])}"] if wrong else []
        parts += [f"{len(lost)} rows name files that the backup does not have: {', '.join(lost[:5])}"] if lost else []
        raise BackupError("; ".join(parts) + ".")
