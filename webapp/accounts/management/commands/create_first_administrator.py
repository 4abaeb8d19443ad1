"""``manage.py create_first_administrator``: asked for on a terminal, made at random elsewhere; never a default."""

import getpass
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from webapp.accounts import first_run


class Command(BaseCommand):
    """Makes the first administrator, unless some account exists."""

    help = "Make the first administrator; on a terminal the password may be typed, otherwise it is made at random."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it.

        Raises
        ------
        CommandError
            If there is an account already, or the password is too weak.
        """
        path = settings.NODE_DATA_DIR / "first-run.json"
        if User.objects.exists():
            raise CommandError("There are accounts already. manage.py create_account makes another one.")
        typed = getpass.getpass("Password (empty: make one at random): ") if sys.stdin.isatty() else ""
        if typed:
            try:
                validate_password(typed)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        made = first_run.ensure(path, password=typed)
        assert made is not None  # there was no account a moment ago
        self.stdout.write(f"  user name  {made.username}")
        self.stdout.write(f"  password   {made.password if not typed else '(as typed)'}")
        self.stdout.write(f"  API token  {made.api_token}")
        self.stdout.write(f"Kept in {path}, readable by this account alone: delete it once you have noted it.")
