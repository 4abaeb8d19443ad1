"""Who sees which study."""

import pytest

from tests.factories import make_study, make_user
from webapp.accounts.models import Site
from webapp.accounts.roles import Role
from webapp.studies import selectors
from webapp.studies.models import Study, StudyShare, StudyUpload

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study()


def test_a_study_belongs_to_the_main_site_where_none_was_named(study: Study) -> None:
    assert study.site.name == "Main site"


@pytest.mark.parametrize("role", [Role.RADIOLOGIST, Role.SERVICE])
def test_members_of_a_site_see_its_studies_and_no_other(study: Study, role: Role) -> None:
    elsewhere = Site.objects.create(name="Elsewhere")
    alice = make_user("alice", role, sites=(study.site,))
    stranger = make_user("stranger", role, sites=(elsewhere,))
    assert selectors.study_for(alice, study.study_instance_uid) == study
    assert selectors.study_for(stranger, study.study_instance_uid) is None


def test_an_administrator_sees_the_studies_of_every_site(study: Study) -> None:
    study.site = Site.objects.create(name="Elsewhere")
    study.save()
    assert selectors.study_for(make_user("bob", Role.ADMINISTRATOR), study.study_instance_uid) == study


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CLINICIAN, None])
def test_nobody_else_sees_a_study_by_being_a_member(study: Study, role: Role | None) -> None:
    charlie = make_user("charlie", *([role] if role else []), sites=(study.site,))
    assert selectors.study_for(charlie, study.study_instance_uid) is None


def test_a_closed_account_has_no_role(study: Study) -> None:
    bob = make_user("bob", Role.ADMINISTRATOR)
    bob.is_active = False
    bob.save()
    assert not selectors.studies_for(bob).exists()


@pytest.mark.parametrize("role", [Role.RADIOLOGIST, Role.CLINICIAN])
def test_a_shared_study_is_shown_to_whom_it_was_shared_with_alone(study: Study, role: Role) -> None:
    bob = make_user("bob", Role.ADMINISTRATOR)
    with_whom, another = make_user("with-whom", role), make_user("another", role)
    StudyShare.objects.create(study=study, person=with_whom, shared_by=bob)
    assert selectors.study_for(with_whom, study.study_instance_uid) == study
    assert selectors.study_for(another, study.study_instance_uid) is None


@pytest.mark.parametrize("role", [Role.RADIOLOGIST, Role.CLINICIAN, Role.SERVICE])
def test_an_uploaded_study_is_shown_to_its_uploader_alone(study: Study, role: Role) -> None:
    uploader, another = make_user("uploader", role), make_user("another", role)
    StudyUpload.objects.create(study=study, user=uploader)
    assert selectors.study_for(uploader, study.study_instance_uid) == study
    assert selectors.study_for(another, study.study_instance_uid) is None
