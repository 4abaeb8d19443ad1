"""``manage.py create_account NAME --role ... --site ...``: an account with a password made at random, shown once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from webapp.accounts.models import Site
from webapp.accounts.roles import Role, give_role
from webapp.accounts.tokens import LONGEST_DAYS, USUAL_DAYS, Scope, make_lasting


class Command(BaseCommand):
    """Makes one account."""

    help = "Make an account; its password, or its token, is made at random and shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name, the roles, the sites, and how it signs in."""
        parser.add_argument("name")
        parser.add_argument("--role", action="append", required=True, choices=Role.values)
        parser.add_argument("--site", action="append", default=[], help="name of a site; it must be there")
        parser.add_argument(
            "--single-sign-on", action="store_true", help="no password: it waits for its owner at the identity provider"
        )
        parser.add_argument(
            "--token", action="append", default=[], choices=Scope.values, help="a scope: make a token, and no password"
        )
        parser.add_argument("--days", type=int, default=USUAL_DAYS, help="how long the token lasts")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make it.

        Raises
        ------
        CommandError
            If the name is taken, a site is not there, or a token would last too long.
        """
        name: str = options["name"]
        if User.objects.filter(username=name).exists():
            raise CommandError(f"There is an account {name} already.")
        if not 1 <= options["days"] <= LONGEST_DAYS:
            raise CommandError(f"A token lasts 1 to {LONGEST_DAYS} days.")
        sites = [self._site(site) for site in options["site"]]
        has_password = not options["token"] and not options["single_sign_on"]
        password = secrets.token_urlsafe(18) if has_password else None
        user = User.objects.create_user(name, password=password)
        give_role(user, *(Role(role) for role in options["role"]))
        user.sites.set(sites)
        self.stdout.write(f"Account {name} was made. What follows is shown this once.")
        if password is not None:
            self.stdout.write(f"  password   {password}")
        if options["token"]:
            self.stdout.write(
                f"  API token  {make_lasting(user, 'create_account', options['token'], options['days'])[1]}"
            )

    @staticmethod
    def _site(name: str) -> Site:
        site = Site.objects.filter(name=name).first()
        if site is None:
            known = ", ".join(Site.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"There is no site {name!r}. There is: {known}.")
        return site
