"""``manage.py commission HOST PORT AE``: try a PACS, and write down what it can do."""

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from dicom_node.requestor import Peer
from webapp.studies import commissioning, commissioning_node, commissioning_report, dicom_tls
from webapp.studies.errors import PeerTextError
from webapp.studies.peer_text import TLS, parse_destination


class Command(BaseCommand):
    """Print the AE table, run every check, write the report; exit code 1 where one failed."""

    help = "Try a PACS with a test object, and write a commissioning report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the peer, and how long its later word is waited for."""
        parser.add_argument("host")
        parser.add_argument("port")
        parser.add_argument("ae_title", metavar="AE")
        parser.add_argument("--tls", choices=list(TLS), help="TLS to the peer; as its destination says where not given")
        parser.add_argument("--answer-seconds", type=float, default=30.0, help="wait for storage commitment at our SCP")

    def handle(self, *args: object, **options: Any) -> None:
        """Run it."""
        try:
            place = parse_destination(f"{options['ae_title']}@{options['host']}:{options['port']}")
        except PeerTextError as error:
            raise CommandError(str(error)) from error
        peer = Peer(place.ae_title, place.host, place.port)
        profile = commissioning_node.profile_of(peer)
        kind = TLS[options["tls"]] if options["tls"] else profile.tls if profile else ""
        if kind and (absent := dicom_tls.missing()):
            raise CommandError(f"TLS needs {', '.join(absent)}: the runbook says how to make the files.")
        peer = replace(peer, tls=dicom_tls.outward(kind))
        self.stdout.write(commissioning_report.entity_table(peer) + "\n")
        try:
            done = commissioning.commission(peer, answer_seconds=options["answer_seconds"])
        except DatabaseError as error:
            sentence = "The database cannot be used: start the node once, or run manage.py migrate, and repeat."
            raise CommandError(sentence) from error
        self.stdout.write(commissioning_report.check_lines(done))
        self.stdout.write(f"\nReport: {commissioning_report.write(done)}")
        if not done.is_free_of_failures:
            raise CommandError("At least one check failed; its sentence says what to do next.")
