"""What a user may see of the uploads. Every read takes the user."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core import signing
from django.db.models import QuerySet

from webapp.diagnosis.models import Diagnosis, UploadKey

Person = AbstractBaseUser | AnonymousUser

SAME_UPLOAD_WITHIN = timedelta(days=1)
_ANONYMOUS_ACCESS = timedelta(hours=1)
_SALT = "webapp.diagnosis.access"


def diagnoses_for(user: Person) -> QuerySet[Diagnosis]:
    """Return the uploads of this user."""
    return Diagnosis.objects.filter(user_id=user.pk) if user.is_authenticated else Diagnosis.objects.none()


def diagnosis_for(user: Person, pk: int, access: str = "") -> Diagnosis | None:
    """Return one upload for who made it; ``access`` is what an anonymous uploader was given."""
    if access and _opens(access) == pk:
        return Diagnosis.objects.filter(pk=pk, user__isnull=True).first()
    return diagnoses_for(user).filter(pk=pk).first()


def access_to(row: Diagnosis) -> str:
    """Return what opens an anonymous upload to its uploader, for an hour; empty where an account does."""
    return signing.dumps(row.pk, salt=_SALT) if row.user_id is None else ""


def _opens(access: str) -> int | None:
    try:
        found = signing.loads(access, salt=_SALT, max_age=_ANONYMOUS_ACCESS)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None


def same_upload(user: Person, image_sha256: str, now: datetime) -> Diagnosis | None:
    """Return this user's upload of the same bytes within the last day."""
    recent = diagnoses_for(user).filter(image_sha256=image_sha256, created_at__gt=now - SAME_UPLOAD_WITHIN)
    return recent.first()


def upload_of_key(user: Person, key: str) -> Diagnosis | None:
    """Return the upload that this user's Idempotency-Key stands for."""
    owner = {"user_id": user.pk} if user.is_authenticated else {"user__isnull": True}
    found = UploadKey.objects.filter(key=key, **owner).select_related("diagnosis").first()
    return None if found is None else found.diagnosis
