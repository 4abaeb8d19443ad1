"""``manage.py audit_export``: the trail as DICOM audit messages, FHIR AuditEvent or CSV."""

import os
import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from webapp.audit import actors, export, node, recorder
from webapp.audit.models import Action, AuditLink, Event

_HOURS = {"h": 1, "d": 24}


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time: write 2026-03-01 or 2026-03-01T08:00+01:00.") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([hd])", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no length of time: write 24h or 7d.")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


class Command(BaseCommand):
    """Write the trail to a file or to standard output. That somebody did so stands in the trail, too."""

    help = "Export the audit trail: events at or after --from and before --to, in the order of the chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form, the time and the file."""
        parser.add_argument("--format", choices=sorted(export.FORMS), required=True)
        begin = parser.add_mutually_exclusive_group()
        begin.add_argument("--from", dest="begin", type=_time, help="2026-03-01, or with a time; UTC unless it says so")
        begin.add_argument("--since", type=_span, help="the last 24h, 7d")
        parser.add_argument("--to", dest="end", type=_time)
        parser.add_argument("--output", type=Path, help="a new file; standard output without it")

    def handle(self, *args: object, **options: object) -> None:
        """Leave the event, then write."""
        form, end = str(options["format"]), options["end"]
        since, begin = options["since"], options["begin"]
        if isinstance(since, timedelta):
            begin = timezone.now() - since
        begin, end = (value if isinstance(value, datetime) else None for value in (begin, end))
        head = AuditLink.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        detail = {"form": form, "from": begin, "to": end, "head": head}
        who = actors.current_or_process()
        recorder.record(Event.AUDIT_USED, Action.READ, "audit-trail", actor=who, detail=detail)
        lines = export.FORMS[form](export.links(begin, end, head), node.source())
        path = options["output"]
        if isinstance(path, Path):
            self._write(path, lines)
            return
        for line in lines:
            self.stdout.write(line, ending="")

    def _write(self, path: Path, lines: Iterable[str]) -> None:
        try:
            # for the eyes of whoever exports alone; never over something that is there
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}. Name another file.") from error
