"""``manage.py run_node``: everything one machine needs, in the foreground."""

import os
import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from webapp.accounts import first_run
from webapp.studies import events, peers, processes


class Command(BaseCommand):
    """Check, migrate, make the first account, then hand over to the process manager."""

    help = "Start the whole node on this machine and watch over its processes, until Ctrl-C or SIGTERM."
    requires_system_checks = "__all__"

    def handle(self, *args: object, **options: object) -> None:
        """Prepare, then become the process manager; SIGTERM drains every process."""
        for folder in (settings.NODE_DATA_DIR, settings.NODE_LOG_DIR, settings.NODE_RUN_DIR):
            folder.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
        peers.adopt_settings()
        self._show_first_account()
        events.tell_now(events.node_starting, __name__)
        path = settings.NODE_RUN_DIR / "supervisord.conf"
        path.touch(mode=0o600)
        path.write_text(processes.configuration(), encoding="utf-8")
        self._say(f"DICOM  {settings.NODE_AE_TITLE} at {settings.NODE_BIND}:{settings.NODE_DICOM_PORT}")
        self._say(f"Web    http://{settings.NODE_BIND}:{settings.NODE_HTTP_PORT}/")
        self._say(f"Logs   {settings.NODE_LOG_DIR}")
        self._say("Research use only. Not for diagnosis. Ctrl-C stops the node.")
        os.execv(sys.executable, [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(path)])

    def _show_first_account(self) -> None:
        path = settings.NODE_DATA_DIR / "first-run.json"
        made = first_run.ensure(path)
        if made is None:
            return
        self._say("First start: an administrator and an API token were made. This is shown once.")
        self._say(f"  user name  {made.username}")
        self._say(f"  password   {made.password}")
        self._say(f"  API token  {made.api_token}")
        self._say(f"They are kept in {path} (readable by this account alone).")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
