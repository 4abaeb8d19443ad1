"""What a user may see. Every read of the API takes the user."""

from django.db.models import QuerySet

from webapp.accounts.roles import Person, Role, has_role
from webapp.studies.models import Study


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
