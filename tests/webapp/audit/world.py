"""A study with a patient, accounts of each role, and the events that a request leaves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from tests import synthetic
from tests.factories import make_diagnosis, make_instance, make_study, make_token, make_user
from webapp.accounts.models import Site
from webapp.accounts.roles import Role
from webapp.accounts.tokens import Scope
from webapp.audit.models import AuditEvent
from webapp.studies.models import Instance, Study

NAME, PATIENT, ACCESSION = "DOE^JANE", "PID-7741", "ACC-5599"
CONVERSATION = "7b1c5a0e-0000-4000-8000-000000000000"


class World:
    """A study with one image in the archive, an upload, one account of each role at the study's site."""

    def __init__(self) -> None:
        site, elsewhere = Site.objects.create(name="North"), Site.objects.create(name="South")
        self.study, self.foreign = self._study(site), self._study(elsewhere)
        self.people = {role.value: make_user(role.value, role, sites=(site,)) for role in Role}
        self.upload = make_diagnosis(self.people["clinician"])

    @staticmethod
    def _study(site: Site) -> Study:
        study = make_study(views=())
        study.site = site
        study.patient_name, study.patient_id, study.accession_number = NAME, PATIENT, ACCESSION
        study.save()
        make_instance(study)
        return study

    def image(self) -> Instance:
        """Return the study's image, whose file is in the archive."""
        row = self.study.instances.get()
        folder: Path = settings.NODE_ARCHIVE_DIR
        path = folder / row.path
        path.parent.mkdir(parents=True, exist_ok=True)
        synthetic.write(synthetic.make_study(rows=64, columns=48)[0], path, row.transfer_syntax_uid)
        return row

    def client(self, who: str) -> Client:
        client = Client()
        if who.startswith("token of "):
            token = make_token(self.people[who[9:]], Scope.READ)
            client.defaults["HTTP_AUTHORIZATION"] = f"Token {token}"
        elif who != "visitor":
            client.force_login(self.people[who])
        return client

    def paths(self) -> dict[str, str]:
        """Return what the addresses of the tables below are filled with."""
        image = self.study.instances.get()
        return {
            "study": self.study.study_instance_uid,
            "foreign": self.foreign.study_instance_uid,
            "series": image.series_instance_uid,
            "instance": image.sop_instance_uid,
            "upload": str(self.upload.pk),
            "conversation": CONVERSATION,
        }


def events_of(ask: Callable[[], Any]) -> list[AuditEvent]:
    """Return the events that were not there before."""
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    ask()
    return list(AuditEvent.objects.exclude(pk__in=before).order_by("pk"))


def short(row: AuditEvent) -> str:
    """Return an event in a few words."""
    return f"{row.event} {row.action} {row.object_type} {row.object_id or '-'} {row.outcome}"


def is_without_a_patient(row: AuditEvent) -> None:
    """Hold that nothing of the patient stands in an event."""
    said = json.dumps({name: str(getattr(row, name)) for name in ("actor", "object_id", "detail", "object_type")})
    for word in (NAME, "DOE", "JANE", PATIENT, "7741", ACCESSION):
        assert word not in said
