"""What a user may see. Every read of the API takes the user, or a row that the user was given."""

from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet

from webapp.accounts.models import Site
from webapp.accounts.roles import Person, Role, has_role
from webapp.studies import readings
from webapp.studies.models import Instance, OutcomeEntry, Review, Study
from webapp.studies.share_models import StudyShare, StudyUpload

CANARY_PATIENT_ID: Final = "MAMMONODE-CANARY"
"""The Patient ID of the studies by which the node tests itself."""


def studies_for(user: Person) -> QuerySet[Study]:
    """Return the studies this user may see.

    Administrators see all; radiologists and services those of their sites; radiologists and clinicians what was shown
    to them; all of these what their own uploads began. An auditor sees none.
    """
    if has_role(user, Role.ADMINISTRATOR):
        return Study.objects.all()
    seen = Q(pk__in=[])
    if has_role(user, Role.RADIOLOGIST, Role.SERVICE):
        seen |= Q(site__in=Site.objects.filter(members=user.pk))
    if has_role(user, Role.RADIOLOGIST, Role.CLINICIAN):
        seen |= Q(pk__in=StudyShare.objects.filter(person=user.pk).values("study"))
    if has_role(user, Role.RADIOLOGIST, Role.CLINICIAN, Role.SERVICE):
        seen |= Q(pk__in=StudyUpload.objects.filter(user=user.pk).values("study"))
    return Study.objects.filter(seen)


def study_for(user: Person, study_instance_uid: str) -> Study | None:
    """Return one study, or None where it is not there or not this user's to see."""
    return studies_for(user).filter(study_instance_uid=study_instance_uid).first()


def instances_of(study: Study, *, series: str | None = None, instance: str | None = None) -> QuerySet[Instance]:
    """Return the images of a study that the user was given, of one series or one alone."""
    rows = study.instances.all()
    if series is not None:
        rows = rows.filter(series_instance_uid=series)
    return rows if instance is None else rows.filter(sop_instance_uid=instance)


def instances_for(user: Person) -> QuerySet[Instance]:
    """Return the images of all studies that this user may see."""
    return Instance.objects.filter(study__in=studies_for(user))


def series_of(instances: QuerySet[Instance]) -> QuerySet[Any, Any]:
    """Return the series of images that the user was given: how many images each has, and its first one's key."""
    return (
        instances.values("study_id", "series_instance_uid")
        .annotate(first=Min("pk"), images=Count("pk"))
        .order_by("-study_id", "series_instance_uid")
    )


def first_instances(series: Iterable[dict[str, Any]]) -> dict[int, Instance]:
    """Return the first image of each series that `series_of` gave, with its study."""
    return Instance.objects.select_related("study").in_bulk([row["first"] for row in series])


def may_add_to(user: Person, study_instance_uid: str, sop_instance_uid: str) -> bool:
    """Tell whether an object of this user may come in: nothing is added to a study that is hidden from them."""
    hidden = Study.objects.exclude(pk__in=studies_for(user).values("pk"))
    named = Q(study_instance_uid=study_instance_uid) | Q(instances__sop_instance_uid=sop_instance_uid)
    return not hidden.filter(named).exists()


def may_share(user: Person, study: Study) -> bool:
    """Tell whether this user may show a study, which they see, to others."""
    if has_role(user, Role.ADMINISTRATOR, Role.RADIOLOGIST):
        return True
    return has_role(user, Role.CLINICIAN) and StudyUpload.objects.filter(study=study, user=user.pk).exists()


def shares_of(study: Study) -> QuerySet[StudyShare]:
    """Return whom a study, which the user was given, is shown to."""
    return StudyShare.objects.filter(study=study).select_related("person", "shared_by")


def hides_ai(user: Person) -> bool:
    """Tell whether this user reads, and shall say a first impression before seeing the AI's results."""
    return settings.NODE_AI_AFTER_FIRST_IMPRESSION and has_role(user, Role.RADIOLOGIST)


def has_first_impression(user: Person, study: Study) -> bool:
    """Tell whether this user has said anything of the study."""
    return Review.objects.filter(study=study, reader=user.pk).exists()


def ai_hidden_from(user: Person, study: Study) -> bool:
    """Tell whether the AI's results of this study are still withheld from this user."""
    return hides_ai(user) and not has_first_impression(user, study)


def was_shown_by_upload(user: Person, study: Study) -> bool:
    """Tell whether the study began with an upload of this user, who was shown its result at once."""
    return StudyUpload.objects.filter(study=study, user=user.pk).exists()


def with_ai_hidden(user: Person) -> QuerySet[Study]:
    """Return the studies that this user sees without the AI's results."""
    if not hides_ai(user):
        return Study.objects.none()
    return studies_for(user).exclude(pk__in=Review.objects.filter(reader=user.pk).values("study"))


def all_reviews_of(study: Study) -> list[Review]:
    """Return every word of every reader, oldest first, for rules and counts; readers are given `reviews_for`."""
    rows = study.reviews.order_by("id").select_related("round")
    return list(rows.prefetch_related("breasts", "findings__instance"))


def withholds_words(user: Person, study: Study, reviews: list[Review]) -> bool:
    """Tell whether the words of other readers are withheld from this user.

    They name the AI's marks, so they stay away while the AI is hidden. And where two read a study, the second reads
    without knowing what the first said.
    """
    if not has_role(user, Role.RADIOLOGIST):
        return False
    others = any(row.reader_id != user.pk for row in reviews)
    return others and (ai_hidden_from(user, study) or readings.is_blind(user.pk or 0, reviews))


def reviews_for(user: Person, study: Study) -> tuple[list[Review], bool]:
    """Return what this user may see of the readers' words, oldest first, and whether any are withheld."""
    rows = all_reviews_of(study)
    if not withholds_words(user, study, rows):
        return rows, False
    return [row for row in rows if row.reader_id == user.pk], True


def outcomes_of(study: Study) -> QuerySet[OutcomeEntry]:
    """Return what became of a study, oldest entry first, for rules and counts; people are given `outcomes_for`."""
    return study.outcomes.order_by("id")


def outcomes_for(user: Person, study: Study) -> tuple[list[OutcomeEntry], bool]:
    """Return what this user may see of what became of a study, oldest entry first, and whether any is withheld.

    A recall that the first reader entered would tell the second what the first said.
    """
    rows = list(outcomes_of(study))
    own = [row for row in rows if row.entered_by_id == user.pk]
    is_blind = has_role(user, Role.RADIOLOGIST) and readings.is_blind(user.pk or 0, all_reviews_of(study))
    return (own, len(own) < len(rows)) if is_blind else (rows, False)


def may_review(user: Person) -> bool:
    """Tell whether this user says what they see in studies."""
    return has_role(user, Role.RADIOLOGIST)


def may_enter_outcomes(user: Person) -> bool:
    """Tell whether this user enters what became of studies: the model's figures are made of it."""
    return has_role(user, Role.RADIOLOGIST, Role.ADMINISTRATOR)
