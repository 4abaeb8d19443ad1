"""The staff's pages: all can be opened, buttons do what they say, and what is clinical cannot be changed."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_delivery, make_report, make_round, make_study, make_user
from tests.journey.pacs import PlayingPacs
from tests.webapp.monitoring.entries import make_entry
from webapp.accounts.roles import Role
from webapp.monitoring import rules, switch
from webapp.monitoring.models import AiPause, Alert, AlertRule, ErrorEvent, ErrorGroup, Outcome
from webapp.studies.models import Delivery, Destination, Study, StudyState

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client: Client) -> Client:
    """Bob is an administrator."""
    client.force_login(User.objects.create_superuser("bob"))
    return client


def _act(client: Client, model: str, action: str, *keys: int) -> str:
    url = reverse(f"admin:{model}_changelist")
    answer = client.post(url, {"action": action, "_selected_action": list(keys)}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


PAGES = [str(model._meta.model_name) for model in apps.get_app_config("monitoring").get_models()]


@pytest.mark.parametrize("page", sorted(set(PAGES) - {"tally", "turn", "processstart", "errorevent", "studycare"}))
def test_every_page_opens(bob: Client, page: str) -> None:
    rules.ensure()
    make_entry()
    make_study()
    assert bob.get(reverse(f"admin:monitoring_{page}_changelist")).status_code == 200


def test_the_timeline_shows_each_step_and_its_errors(bob: Client) -> None:
    study = make_study()
    round_ = make_round(study, state=StudyState.FAILED)
    round_.failure_stage, round_.failure_reason, round_.attempts = "convert", "of a test", 3
    round_.save()
    now = timezone.now()
    group = ErrorGroup.objects.create(fingerprint="f", kind="Trouble", place="here", first_at=now, last_at=now)
    ErrorEvent.objects.create(group=group, at=now, study_instance_uid=study.study_instance_uid)
    page = bob.get(reverse("admin:monitoring_studytimeline_change", args=[study.pk])).content.decode()
    assert page.count("image received") == 4
    assert "at convert: of a test" in page
    assert "Trouble at here" in page


def _press(client: Client, study: Study, button: str) -> str:
    answer = client.post(reverse("admin:monitoring_press", args=[study.pk, button]), follow=True)
    return answer.content.decode()


def test_the_buttons_do_what_they_say(bob: Client) -> None:
    study = make_study()
    assert "It goes to analysis." in _press(bob, study, "complete")
    assert "did not fail" in _press(bob, study, "retry")
    assert "It waits until it is released." in _press(bob, study, "suspend")
    assert switch.why_held(study.rounds.get())
    assert "It goes on." in _press(bob, study, "release")
    assert not switch.why_held(study.rounds.get())
    assert "It goes first" in _press(bob, study, "urgent")
    assert bob.get(reverse("admin:monitoring_press", args=[study.pk, "complete"])).status_code == 405


def test_only_an_administrator_presses(client: Client) -> None:
    client.force_login(make_user("adam", Role.AUDITOR))
    study = make_study()
    assert client.post(reverse("admin:monitoring_press", args=[study.pk, "complete"])).status_code == 403
    assert study.rounds.count() == 0


def test_dead_letters_are_those_that_failed_for_good_and_can_be_sent_again(bob: Client) -> None:
    failed = make_delivery(make_report(make_round(make_study())), ae_title="FAILED")
    make_delivery(make_report(make_round(make_study())), ae_title="WAITS")
    Delivery.objects.filter(pk=failed.pk).update(state=Delivery.State.FAILED)
    page = bob.get(reverse("admin:monitoring_deadletter_changelist"))
    assert [row.pk for row in page.context["cl"].queryset] == [failed.pk]
    assert "1 reports are sent again" in _act(bob, "monitoring_deadletter", "send_again", failed.pk)
    assert Delivery.objects.get(pk=failed.pk).state == Delivery.State.QUEUED


@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_a_destination_is_asked_with_c_echo(bob: Client) -> None:
    with PlayingPacs() as pacs:
        there = Destination.objects.create(ae_title="PACS", host="127.0.0.1", port=pacs.port)
        assert f"{there} answers." in _act(bob, "studies_destination", "echo", there.pk)
    assert "cannot be reached" in _act(bob, "studies_destination", "echo", there.pk)


def test_the_kill_switch_is_turned_on_by_adding_and_off_by_the_action(bob: Client) -> None:
    bob.post(reverse("admin:monitoring_aipause_add"), {"reason": "strange scores"})
    pause = AiPause.objects.get()
    assert (str(pause.by), pause.ended_at) == ("bob", None)
    bob.post(reverse("admin:monitoring_aipause_add"), {"reason": "again"})
    assert AiPause.objects.count() == 1
    assert "The AI runs again" in _act(bob, "monitoring_aipause", "resume", pause.pk)
    assert switch.open_pause() is None


def test_errors_are_resolved_and_alerts_acknowledged(bob: Client) -> None:
    now = timezone.now()
    group = ErrorGroup.objects.create(fingerprint="f", kind="k", place="p", first_at=now, last_at=now)
    _act(bob, "monitoring_errorgroup", "resolve", group.pk)
    group.refresh_from_db()
    assert (group.state, str(group.resolved_by)) == (ErrorGroup.State.RESOLVED, "bob")
    assert bob.get(reverse("admin:monitoring_errorgroup_change", args=[group.pk])).status_code == 200
    rules.ensure()
    rule = AlertRule.objects.get(kind="disk_low")
    alert = Alert.objects.create(rule=rule, text="t", raised_at=now, seen_at=now)
    _act(bob, "monitoring_alert", "acknowledge", alert.pk)
    alert.refresh_from_db()
    assert str(alert.acknowledged_by) == "bob"


def test_an_outcome_notes_who_entered_it_and_feeds_the_performance_page(bob: Client) -> None:
    entry = make_entry(probability=0.9)
    facts: dict[str, Any] = {"study_instance_uid": entry.study_instance_uid, "recalled": "on", "biopsy": "MALIGNANT"}
    bob.post(reverse("admin:monitoring_outcome_add"), facts)
    assert str(Outcome.objects.get().entered_by) == "bob"
    page = bob.get(reverse("admin:monitoring_performance")).content.decode()
    assert "1.000 (0.207 to 1.000), 1 of 1" in page


def test_the_canary_button_puts_a_canary_into_the_queue(bob: Client) -> None:
    answer = bob.post(reverse("admin:monitoring_canary_send"), follow=True)
    assert "A canary is on its way" in answer.content.decode()


def test_predictions_are_exported_and_cannot_be_changed(bob: Client) -> None:
    entry = make_entry()
    url = reverse("admin:monitoring_predictionentry_changelist")
    answer: Any = bob.post(url, {"action": "export_csv", "_selected_action": [entry.pk]})
    assert entry.study_instance_uid in b"".join(answer.streaming_content).decode()
    assert bob.post(reverse("admin:monitoring_predictionentry_delete", args=[entry.pk])).status_code == 403
    assert bob.get(reverse("admin:monitoring_predictionentry_add")).status_code == 403
