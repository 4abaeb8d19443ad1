"""``manage.py audit_verify``: prove the chain, or name the first broken link."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from webapp.audit import verify


class Command(BaseCommand):
    """Walk the chain; exit code 1 where it does not hold."""

    help = "Verify the audit trail's chain of hashes: prints how many events and the head, or the first broken link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to begin, and the head that somebody noted."""
        parser.add_argument("--from", dest="first", type=int, default=1, help="sequence number to begin with")
        parser.add_argument("--head", default="", help="NUMBER:HASH noted elsewhere, which must be in the chain")

    def handle(self, *args: object, **options: object) -> None:
        """Walk."""
        verdict = verify.verify(int(str(options["first"])))
        if (broken := verdict.broken) is not None:
            when = "" if broken.at is None else f" ({broken.at.isoformat()})"
            raise CommandError(f"The chain breaks at {broken.sequence}{when}: {broken.reason}", returncode=1)
        if noted := str(options["head"]):
            if (reason := verify.compare_head(noted)) is not None:
                raise CommandError(reason, returncode=1)
            self.stdout.write("The noted head is in the chain.")
        self.stdout.write(f"{verdict.count} events hold; head {verdict.head}:{verdict.head_hash}")
