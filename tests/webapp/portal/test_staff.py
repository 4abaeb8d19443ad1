"""What administrators do to a study over HTTP."""

import pytest
from django.test import Client

from tests.factories import make_delivery, make_report, make_round, make_study, make_user
from webapp.accounts.roles import Role
from webapp.studies.models import Delivery, StudyState

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client: Client) -> Client:
    """Bob is an administrator."""
    client.force_login(make_user("bob", Role.ADMINISTRATOR))
    return client


@pytest.mark.parametrize("action", ["complete", "retry", "resend"])
def test_only_administrators_act(client: Client, action: str) -> None:
    study = make_study()
    path = f"/api/v1/studies/{study.study_instance_uid}/{action}/"
    assert client.post(path).status_code == 401
    client.force_login(make_user("alice", Role.RADIOLOGIST, sites=(study.site,)))
    assert client.post(path).status_code == 403


def test_study_is_completed_once(bob: Client) -> None:
    study = make_study()
    path = f"/api/v1/studies/{study.study_instance_uid}/complete/"
    assert bob.post(path).status_code == 202
    assert study.rounds.count() == 1
    answer = bob.post(path)
    assert answer.status_code == 409
    assert "Nothing new" in answer.json()["detail"]


def test_failed_analysis_is_tried_again_and_a_finished_one_is_not(bob: Client) -> None:
    study = make_study()
    round_ = make_round(study, state=StudyState.FAILED)
    path = f"/api/v1/studies/{study.study_instance_uid}/retry/"
    assert bob.post(path).status_code == 202
    round_.refresh_from_db()
    assert round_.state == StudyState.COMPLETE
    assert bob.post(path).status_code == 409


def test_failed_delivery_is_sent_again(bob: Client) -> None:
    study = make_study()
    delivery = make_delivery(make_report(make_round(study, state=StudyState.FAILED)))
    path = f"/api/v1/studies/{study.study_instance_uid}/resend/"
    assert bob.post(path).status_code == 409
    Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.FAILED)
    assert bob.post(path).json() == {"started": 1}
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.QUEUED
