"""What a user may see of the uploads. Every read takes the user."""

from datetime import datetime, timedelta

from django.core import signing
from django.db.models import Q, QuerySet

from webapp.accounts.permissions import UPLOADING
from webapp.accounts.roles import Person, Role, has_role
from webapp.diagnosis.models import Diagnosis, UploadKey, UploadShare
from webapp.studies import selectors as studies

SAME_UPLOAD_WITHIN = timedelta(days=1)
_ANONYMOUS_ACCESS = timedelta(hours=1)
_SALT = "webapp.diagnosis.access"


def uploads_of(user: Person) -> QuerySet[Diagnosis]:
    """Return what this user uploaded."""
    return Diagnosis.objects.filter(user_id=user.pk) if user.is_authenticated else Diagnosis.objects.none()


def diagnoses_for(user: Person) -> QuerySet[Diagnosis]:
    """Return this user's list: what they uploaded, and what was shown to them. An auditor has none."""
    if not has_role(user, *UPLOADING):
        return Diagnosis.objects.none()
    shown = Q(pk__in=[])
    if has_role(user, Role.RADIOLOGIST, Role.CLINICIAN):
        shown = Q(pk__in=UploadShare.objects.filter(person=user.pk).values("diagnosis"))
        shown &= _not_waiting(user)
    return Diagnosis.objects.filter(Q(user_id=user.pk) | shown)


def _not_waiting(user: Person) -> Q:
    """Return the condition that leaves out what, stored as a study, waits for this reader's first impression of it."""
    return ~Q(study_instance_uid__in=studies.with_ai_hidden(user).values("study_instance_uid"))


def diagnosis_for(user: Person, pk: int, access: str = "") -> Diagnosis | None:
    """Return one upload that the user may see: an administrator any, everybody else what is in their list.

    ``access`` is what an anonymous uploader was given.
    """
    if access and _opens(access) == pk:
        return Diagnosis.objects.filter(pk=pk, user__isnull=True).first()
    rows = diagnoses_for(user)
    if has_role(user, Role.ADMINISTRATOR):
        # one who reads, too, waits like every reader
        rows = Diagnosis.objects.filter(Q(user_id=user.pk) | _not_waiting(user))
    return rows.filter(pk=pk).first()


def may_see(user: Person, pk: int) -> bool:
    """Tell other applications whether there is such an upload for this user."""
    return diagnosis_for(user, pk) is not None


def may_share(user: Person, row: Diagnosis) -> bool:
    """Tell whether this user may show an upload, which they see, to others."""
    if has_role(user, Role.ADMINISTRATOR, Role.RADIOLOGIST):
        return True
    return has_role(user, Role.CLINICIAN) and row.user_id == user.pk


def shares_of(row: Diagnosis) -> QuerySet[UploadShare]:
    """Return whom an upload, which the user was given, is shown to."""
    return UploadShare.objects.filter(diagnosis=row).select_related("person", "shared_by")


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
    recent = uploads_of(user).filter(image_sha256=image_sha256, created_at__gt=now - SAME_UPLOAD_WITHIN)
    return recent.first()


def upload_of_key(user: Person, key: str) -> Diagnosis | None:
    """Return the upload that this user's Idempotency-Key stands for."""
    owner = {"user_id": user.pk} if user.is_authenticated else {"user__isnull": True}
    found = UploadKey.objects.filter(key=key, **owner).select_related("diagnosis").first()
    return None if found is None else found.diagnosis
