"""The trail in a file: all of it, in order, in three forms."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tests.webapp.audit.message_schema import faults
from tests.webapp.audit.trail import ALICE, PACS
from webapp.audit import export, recorder, verify
from webapp.audit.actors import Actor
from webapp.audit.models import Action, AuditEvent, AuditLink, Event

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def four_hours() -> None:
    """An event an hour."""
    for hour in range(4):
        with time_machine.travel(FIRST + timedelta(hours=hour), tick=False):
            recorder.record(Event.ACCESSED, Action.READ, "study", f"1.2.{hour}", actor=ALICE if hour % 2 else PACS)


def exported(*arguments: str) -> str:
    out = io.StringIO()
    call_command("audit_export", *arguments, stdout=out)
    return out.getvalue()


def test_the_dicom_form_is_a_document_of_sound_messages() -> None:
    root = ElementTree.fromstring(exported("--format", "dicom").encode())
    assert root.tag == "AuditMessages"
    assert [faults(message) for message in root] == [[], [], [], []]


def test_the_fhir_form_is_a_resource_a_line() -> None:
    lines = exported("--format", "fhir").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["1", "2", "3", "4"]
    assert {json.loads(line)["resourceType"] for line in lines} == {"AuditEvent"}


def test_the_csv_form_has_every_field_and_no_formula() -> None:
    recorder.record(Event.QUERY, Action.READ, "study", "@x", actor=Actor(PACS.kind, '=HYPERLINK("http://x")'))
    rows = list(csv.DictReader(io.StringIO(exported("--format", "csv"), newline="")))
    assert tuple(rows[0]) == export.COLUMNS
    assert [row["object_id"] for row in rows] == ["1.2.0", "1.2.1", "1.2.2", "1.2.3", "'@x"]
    assert rows[4]["actor"] == '\'=HYPERLINK("http://x")'
    assert rows[1]["hash"] == AuditLink.objects.get(sequence=2).hash


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--from", "2026-03-01T09:00"], ["1.2.1", "1.2.2", "1.2.3"]),
        (["--to", "2026-03-01T10:00+01:00"], ["1.2.0"]),
        (["--from", "2026-03-01T09:00Z", "--to", "2026-03-01T11:00Z"], ["1.2.1", "1.2.2"]),
        (["--from", "2026-03-02"], []),
        (["--since", "2h"], ["1.2.2", "1.2.3"]),
        (["--since", "1d"], ["1.2.0", "1.2.1", "1.2.2", "1.2.3"]),
    ],
)
def test_a_time_may_be_named(arguments: list[str], expected: list[str]) -> None:
    with time_machine.travel(FIRST + timedelta(hours=4), tick=False):
        rows = list(csv.DictReader(io.StringIO(exported("--format", "csv", *arguments))))
    assert [row["object_id"] for row in rows] == expected


def test_an_export_leaves_an_event_that_is_not_in_it() -> None:
    assert "audit-used" not in exported("--format", "csv", "--from", "2026-03-01")
    row = AuditEvent.objects.get(event=Event.AUDIT_USED)
    assert (row.object_type, row.action) == ("audit-trail", "R")
    assert json.loads(row.detail)["form"] == "csv"
    assert row.actor
    assert verify.verify().holds


def test_a_file_is_new_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "trail.ndjson"
    call_command("audit_export", "--format", "fhir", "--output", str(path))
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match=r"File exists\. Name another file"):
        call_command("audit_export", "--format", "fhir", "--output", str(path))


@pytest.mark.parametrize(
    "arguments", [["--from", "yesterday"], ["--since", "7"], ["--from", "2026-03-01", "--since", "1d"]]
)
def test_a_time_that_cannot_be_read_is_refused_and_nothing_is_exported(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        exported("--format", "csv", *arguments)
    assert not AuditEvent.objects.filter(event=Event.AUDIT_USED).exists()


def test_few_rows_are_in_memory_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_CHUNK", 3)
    assert [row.sequence for row in export.links()] == [1, 2, 3, 4]
