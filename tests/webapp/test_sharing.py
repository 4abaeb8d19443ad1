"""Showing a study or an upload to another account, and what a clinician sees."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_diagnosis, make_study, make_user
from webapp.accounts.models import Site
from webapp.accounts.roles import Role
from webapp.studies import peers, selectors
from webapp.studies.models import AllowedPeer, Study, StudyUpload

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study()


@pytest.fixture
def clara() -> User:
    return make_user("clara", Role.CLINICIAN)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _addresses(kind: str, owner: User, study: Study) -> tuple[str, str]:
    if kind == "study":
        StudyUpload.objects.create(study=study, user=owner)
        base = f"/api/v1/studies/{study.study_instance_uid}/"
    else:
        base = f"/api/v1/diagnosis/{make_diagnosis(owner).pk}/"
    return base, f"{base}shares/"


@pytest.mark.parametrize("kind", ["study", "upload"])
def test_a_clinician_shows_what_they_uploaded_and_takes_it_back(kind: str, study: Study, clara: User) -> None:
    base, shares = _addresses(kind, clara, study)
    owner, other = _signed_in(clara), _signed_in(make_user("dora", Role.CLINICIAN))
    third = _signed_in(make_user("emma", Role.CLINICIAN))
    assert (owner.get(base).status_code, other.get(base).status_code) == (200, 404)
    made = owner.post(shares, {"username": "dora"}, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["shared_by"] == "clara"
    assert owner.post(shares, {"username": "dora"}, content_type="application/json").status_code == 200
    assert (other.get(base).status_code, third.get(base).status_code) == (200, 404)
    # she sees it and did not bring it: she shows it to nobody
    assert other.get(shares).status_code == 403
    assert owner.delete(f"{shares}?username=dora").status_code == 204
    assert other.get(base).status_code == 404


@pytest.mark.parametrize("kind", ["study", "upload"])
def test_nothing_is_shown_to_an_auditor_or_by_who_does_not_see_it(kind: str, study: Study, clara: User) -> None:
    _, shares = _addresses(kind, clara, study)
    make_user("adam", Role.AUDITOR)
    body = {"username": "adam"}
    assert _signed_in(clara).post(shares, body, content_type="application/json").status_code == 400
    stranger = _signed_in(make_user("rita", Role.RADIOLOGIST))
    assert stranger.post(shares, {"username": "clara"}, content_type="application/json").status_code == 404


def test_a_peer_says_which_site_its_studies_belong_to(study: Study) -> None:
    north, south = Site.objects.create(name="North"), Site.objects.create(name="South")
    AllowedPeer.objects.create(ae_title="*", address="10.0.0.0/8", site=north)
    AllowedPeer.objects.create(ae_title="SCANNER", address="10.1.0.0/16", site=south)
    assert peers.site_pk_of("OTHER", "10.1.2.3") == north.pk
    assert peers.site_pk_of("SCANNER", "10.1.2.3") == south.pk
    assert peers.site_pk_of("SCANNER", "192.0.2.1") is None


def test_a_clinician_sees_no_study_of_a_site(study: Study, clara: User) -> None:
    study.site.members.add(clara)
    assert not selectors.studies_for(clara).exists()
