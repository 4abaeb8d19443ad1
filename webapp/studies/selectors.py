"""What a user may see. Every read of the API takes the user."""

from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from webapp.accounts.roles import Person, Role, has_role
from webapp.studies.models import Review, Study

CANARY_PATIENT_ID: Final = "MAMMONODE-CANARY"
"""The Patient ID of the studies by which the node tests itself."""


def studies_for(user: Person) -> QuerySet[Study]:
    """Return the studies this user may see: administrators all, radiologists and services those of their sites."""
    if has_role(user, Role.ADMINISTRATOR):
        return Study.objects.all()
    if has_role(user, Role.RADIOLOGIST, Role.SERVICE):
        return Study.objects.filter(site__members=user.pk)
    return Study.objects.none()


def study_for(user: Person, study_instance_uid: str) -> Study | None:
    """Return one study, or None where it is not there or not this user's to see."""
    return studies_for(user).filter(study_instance_uid=study_instance_uid).first()


def hides_ai(user: Person) -> bool:
    """Tell whether this user reads, and shall say a first impression before seeing the AI's results."""
    return settings.NODE_AI_AFTER_FIRST_IMPRESSION and has_role(user, Role.RADIOLOGIST)


def has_first_impression(user: Person, study: Study) -> bool:
    """Tell whether this user has said anything of the study."""
    return Review.objects.filter(study=study, reader=user.pk).exists()


def ai_hidden_from(user: Person, study: Study) -> bool:
    """Tell whether the AI's results of this study are still withheld from this user."""
    return hides_ai(user) and not has_first_impression(user, study)
