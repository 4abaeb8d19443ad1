"""What a user may see. Every read of the API takes the user."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from webapp.studies.models import Study


def studies_for(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Study]:
    """Return the studies this user may see: staff see all, nobody else any."""
    if user.is_authenticated and getattr(user, "is_staff", False):
        return Study.objects.all()
    return Study.objects.none()


def study_for(user: AbstractBaseUser | AnonymousUser, study_instance_uid: str) -> Study | None:
    """Return one study, or None where it is not there or not this user's to see."""
    return studies_for(user).filter(study_instance_uid=study_instance_uid).first()
