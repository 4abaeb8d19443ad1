"""The kill switch: nothing is analysed while it is on, and afterwards the urgent and the oldest come first."""

from datetime import timedelta

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from kombu import Connection

from tests.factories import make_round, make_study, make_user
from webapp.accounts.roles import Role
from webapp.monitoring import switch
from webapp.studies import tasks
from webapp.studies.models import Round, StudyState

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    """Bob is staff."""
    return make_user("bob", Role.ADMINISTRATOR, is_staff=True)


def _waiting(minutes: float) -> Round:
    round_ = make_round(make_study())
    Round.objects.filter(pk=round_.pk).update(completed_at=timezone.now() - timedelta(minutes=minutes), queued_times=5)
    return round_


def test_a_held_round_is_not_taken_up(bob: User) -> None:
    round_ = _waiting(1)
    assert switch.pause("the scores look strange", bob)
    tasks.analyse(round_.pk)
    round_.refresh_from_db()
    assert (round_.state, round_.attempts, round_.claimed_by) == (StudyState.COMPLETE, 0, "")


def test_a_second_pause_changes_nothing(bob: User) -> None:
    assert switch.pause("one", bob)
    assert not switch.pause("two", bob)
    pause = switch.open_pause()
    assert pause is not None
    assert pause.reason == "one"


def test_the_backlog_is_done_urgent_first_then_oldest(bob: User) -> None:
    young, old, urgent, suspended = _waiting(1), _waiting(60), _waiting(5), _waiting(99)
    switch.set_urgent(urgent.study, bob)
    switch.suspend(suspended.study, bob)
    switch.pause("a test", bob)
    with Connection(current_app.conf.broker_url) as connection:
        queue = connection.SimpleQueue("analysis")
        queue.clear()
        assert switch.resume(bob) == 3
        sent = [queue.get(timeout=5).payload[0][0] for _ in range(3)]
        queue.close()
    assert sent == [urgent.pk, old.pk, young.pk]
    assert set(Round.objects.exclude(pk=suspended.pk).values_list("queued_times", flat=True)) == {1}


def test_a_suspended_study_waits_until_it_is_released(bob: User) -> None:
    round_ = _waiting(1)
    switch.suspend(round_.study, bob)
    assert switch.why_held(round_) == "Staff suspended this study."
    switch.release(round_.study, bob)
    assert switch.why_held(round_) == ""


def test_an_upload_gets_the_banner_and_so_does_whoever_asks(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert client.get("/api/monitoring/status/").json()["banner"] == ""
    switch.pause("a test", bob)
    answer = client.post("/api/diagnosis/", {"image": SimpleUploadedFile("a.png", b"x")})
    assert (answer.status_code, answer.json()["detail"]) == (503, switch.BANNER)
    status = client.get("/api/monitoring/status/").json()
    assert (status["ai"], status["banner"]) == ("paused", switch.BANNER)
