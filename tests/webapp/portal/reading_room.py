"""A reading room for tests: an analysed study with a mark of the AI, and radiologists at the portal."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests import synthetic
from tests.factories import make_prediction, make_round, make_study, make_user
from webapp.accounts.roles import Role
from webapp.studies.models import ImageResult, Study, StudyState

MARK = {"centre": [40.0, 50.0], "outline": [], "score": 0.9, "probability": 0.8}
TRIANGLE = [[10.0, 10.0], [30.0, 10.0], [20.0, 25.5]]


def marked_study(archive: Path) -> Study:
    """Return an analysed study of one image with one mark of the AI; the image lies in the archive."""
    study = make_study(views=(("R", "CC"),))
    round_ = make_round(study, state=StudyState.SENT)
    make_prediction(round_)
    instance = study.instances.get()
    image = synthetic.make_mg()
    image.StudyInstanceUID, image.SeriesInstanceUID = study.study_instance_uid, instance.series_instance_uid
    image.SOPInstanceUID = instance.sop_instance_uid
    instance.path = synthetic.write(image, archive / "image.dcm").name
    instance.save()
    ImageResult.objects.create(
        round=round_, instance=instance, raw_score=0.7, probability=0.8, label="Malignant", marks=[MARK]
    )
    return study


def finding_in(study: Study, **word: Any) -> dict[str, Any]:
    """Return a finding in the study's image, as it is sent."""
    return {"sop_instance_uid": study.instances.get().sop_instance_uid, **word}


class Reader:
    """A radiologist of the study's site, at the portal."""

    def __init__(self, name: str, study: Study, *roles: Role) -> None:
        self.user: User = make_user(name, *(roles or (Role.RADIOLOGIST,)), sites=(study.site,))
        self.client = Client()
        self.client.force_login(self.user)
        self.address = f"/api/v1/studies/{study.study_instance_uid}/"

    def says(self, kind: str = "reading", **word: Any) -> Any:
        return self.client.post(f"{self.address}reviews/", {"kind": kind, **word}, content_type="application/json")

    def reads(self, birads: str, kind: str = "reading") -> int:
        answer = self.says(kind, breasts=[{"laterality": "R", "birads": birads}])
        status: int = answer.status_code
        return status

    def enters(self, kind: str, **others: Any) -> Any:
        body = {"kind": kind, "happened_on": timezone.localdate().isoformat(), **others}
        return self.client.post(f"{self.address}outcomes/", body, content_type="application/json")

    def hears(self) -> tuple[list[str], bool]:
        body = self.client.get(f"{self.address}reviews/").json()
        return [row["reader"] for row in body["results"]], body["withheld"]

    def detail(self) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get(self.address).json()
        return body
