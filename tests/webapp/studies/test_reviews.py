"""What readers say is only added."""

import pytest
from django.core.exceptions import ValidationError

from tests.factories import make_study, make_user
from webapp.accounts.roles import Role
from webapp.studies import removal
from webapp.studies.models import Review

pytestmark = pytest.mark.django_db


def test_review_is_never_changed_and_goes_only_with_its_study() -> None:
    study, alice = make_study(), make_user("alice", Role.RADIOLOGIST)
    review = Review.objects.create(
        study=study, kind=Review.Kind.READING, reader=alice, reader_name="alice", ai_was_hidden=False
    )
    review.comment = "changed"
    for forbidden in (review.save, review.delete, Review.objects.all().delete):
        with pytest.raises(ValidationError):
            forbidden()
    with pytest.raises(ValidationError):
        Review.objects.update(comment="changed")
    removal.remove(study)
    assert not Review.objects.exists()
