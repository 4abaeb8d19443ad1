"""Alerts: raised once, silent while they flap, escalated, acknowledged, cleared; carried by real channels."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from tests.factories import make_round, make_study
from tests.journey import leaks
from tests.webapp.monitoring.receivers import HttpReceiver, http_receiver, mail_box
from webapp.monitoring import alerting, notices, rules, switch
from webapp.monitoring.models import Alert, AlertChannel, AlertRule, Notice
from webapp.studies.models import Round, StudyState

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def only_failed_studies(settings: Settings) -> None:
    """Leave one rule on, so that each test speaks of one thing."""
    settings.NODE_ALERT_RETRY_SECONDS = 10
    rules.ensure()
    AlertRule.objects.exclude(kind="failed_studies").update(enabled=False)
    AlertRule.objects.filter(kind="failed_studies").update(cool_down_seconds=600, escalate_after_seconds=1800)


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    """A webhook receiver, known as a channel."""
    with http_receiver() as receiver:
        AlertChannel.objects.create(name="hook", kind=AlertChannel.Kind.WEBHOOK, target=receiver.url())
        yield receiver


def _break() -> Round:
    round_ = make_round(make_study(), state=StudyState.FAILED)
    Round.objects.filter(pk=round_.pk).update(completed_at=NOW)
    return round_


def _mend() -> None:
    Round.objects.update(state=StudyState.SENT)


def _watch(minutes: float) -> None:
    now = NOW + timedelta(minutes=minutes)
    alerting.evaluate(now)
    notices.send_due(now)


def _kinds(receiver: HttpReceiver) -> list[str]:
    return [json.loads(body)["kind"] for body in receiver.bodies]


def test_a_thing_is_told_once_however_often_it_is_seen(hook: HttpReceiver) -> None:
    _break()
    for minute in range(5):
        _watch(minute)
    assert _kinds(hook) == ["RAISED"]
    assert Alert.objects.get().seen_at == NOW + timedelta(minutes=4)


def test_the_all_clear_follows_when_the_thing_is_over(hook: HttpReceiver) -> None:
    _break()
    _watch(0)
    _mend()
    _watch(1)
    _watch(2)
    assert _kinds(hook) == ["RAISED", "CLEARED"]
    assert Alert.objects.get().cleared_at == NOW + timedelta(minutes=1)


def test_a_thing_that_flaps_within_its_cool_down_stays_silent_and_is_told_after_it(hook: HttpReceiver) -> None:
    round_ = _break()
    for minute in range(6):
        Round.objects.update(state=StudyState.FAILED if minute % 2 == 0 else StudyState.SENT)
        _watch(minute)
    assert _kinds(hook) == ["RAISED", "CLEARED"]
    assert Alert.objects.get().times == 3
    Round.objects.filter(pk=round_.pk).update(state=StudyState.FAILED)
    _watch(30)
    assert _kinds(hook) == ["RAISED", "CLEARED", "RAISED"]


def test_what_nobody_acknowledges_is_escalated_once(hook: HttpReceiver) -> None:
    with http_receiver() as boss:
        AlertChannel.objects.create(name="boss", kind=AlertChannel.Kind.WEBHOOK, target=boss.url(), for_escalation=True)
        _break()
        for minute in (0, 20, 31, 45):
            _watch(minute)
        assert _kinds(boss) == ["ESCALATED"]
    assert _kinds(hook) == ["RAISED"]


def test_what_is_acknowledged_is_not_escalated(hook: HttpReceiver) -> None:
    _break()
    _watch(0)
    alerting.acknowledge(Alert.objects.get(), User.objects.create_user("bob"))
    _watch(45)
    assert _kinds(hook) == ["RAISED"]


def test_a_webhook_that_is_down_is_tried_again_and_shows_why() -> None:
    with http_receiver() as receiver:
        port = receiver.port
    AlertChannel.objects.create(name="hook", kind=AlertChannel.Kind.WEBHOOK, target=f"http://127.0.0.1:{port}/secret")
    _break()
    _watch(0)
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts) == (Notice.State.QUEUED, 1)
    assert "cannot be reached" in notice.reason
    assert "secret" not in notice.reason
    assert notice.next_attempt_at == NOW + timedelta(seconds=10)
    with http_receiver(port, status=500) as receiver:
        _watch(1)
        assert Notice.objects.get().reason == "The receiver answered 500."
        receiver.status = 200
        _watch(5)
        assert _kinds(receiver) == ["RAISED", "RAISED"]
    assert Notice.objects.get().state == Notice.State.SENT


def test_a_mail_arrives_by_smtp_and_says_where_to_look(settings: Settings) -> None:
    AlertChannel.objects.create(name="mail", kind=AlertChannel.Kind.EMAIL, target="oncall@example.org")
    _break()
    with mail_box() as box:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        _watch(0)
    (message,) = box.messages
    assert b"To: oncall@example.org" in message
    assert b"docs/runbook.md, section failed_studies" in message
    leaks.refuse_patients({"mail": message})


def test_a_mail_server_that_is_down_is_tried_again(settings: Settings) -> None:
    AlertChannel.objects.create(name="mail", kind=AlertChannel.Kind.EMAIL, target="oncall@example.org")
    _break()
    with mail_box() as box:
        port = box.port
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    _watch(0)
    assert Notice.objects.get().state == Notice.State.QUEUED
    with mail_box(port) as box:
        _watch(5)
    assert len(box.messages) == 1
    assert Notice.objects.get().state == Notice.State.SENT


def test_a_channel_that_takes_nothing_is_an_alert_of_its_own() -> None:
    AlertRule.objects.filter(kind="notice_undelivered").update(enabled=True, threshold=2)
    AlertChannel.objects.create(name="dead", kind=AlertChannel.Kind.WEBHOOK, target="http://127.0.0.1:9/")
    _break()
    for minute in (0, 5, 10):
        _watch(minute)
    assert Alert.objects.filter(rule__kind="notice_undelivered", subject="dead").exists()


def test_a_rule_that_holds_results_pauses_the_ai_until_a_person_decides() -> None:
    AlertRule.objects.filter(kind="failed_studies").update(holds_results=True)
    _break()
    _watch(0)
    pause = switch.open_pause()
    assert pause is not None
    assert pause.by_rule == "failed_studies"
    alerting.acknowledge(Alert.objects.get(), User.objects.create_user("bob"))
    switch.resume()
    _watch(1)
    assert switch.open_pause() is None


def test_a_rule_that_cannot_be_evaluated_stops_no_other(
    hook: HttpReceiver, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    AlertRule.objects.filter(kind="certificate_expiring").update(enabled=True)
    settings.NODE_TLS_CERTIFICATES = (None,)
    _break()
    _watch(0)
    assert _kinds(hook) == ["RAISED"]
    assert "certificate_expiring cannot be evaluated" in caplog.text
