"""The watch over the watchers: turns, signs of life, and deputies."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from webapp.monitoring import error_handler, pulse, rules, tallies, turns, watch
from webapp.monitoring.models import Alert, Heartbeat, Turn

pytestmark = pytest.mark.django_db


def test_a_turn_is_taken_once_an_interval() -> None:
    now = timezone.now()
    assert turns.take("thing", 60, now=now)
    assert not turns.take("thing", 60, now=now + timedelta(seconds=59))
    assert turns.take("thing", 60, now=now + timedelta(seconds=61))


def test_a_deputy_leaves_the_clock_its_time(settings: Settings) -> None:
    settings.NODE_WATCH_SECONDS = 10.0
    assert watch.evaluate_if_due()
    assert not watch.is_late()
    assert not watch.stand_in()
    Turn.objects.update(due_at=timezone.now() - timedelta(seconds=19))
    assert not watch.stand_in()
    Turn.objects.update(due_at=timezone.now() - timedelta(seconds=21))
    assert watch.is_late()
    assert watch.stand_in()


def test_the_evaluation_tells_of_a_process_that_is_silent() -> None:
    rules.ensure()
    past = timezone.now() - timedelta(minutes=10)
    Heartbeat.objects.create(name="beat", machine="m", pid=1, started_at=past, beat_at=past)
    assert watch.evaluate_if_due()
    assert Alert.objects.get(rule__kind="process_silent").subject == "beat"


def test_a_node_that_starts_excuses_its_processes_until_they_had_their_time() -> None:
    past = timezone.now() - timedelta(hours=10)
    for machine in (pulse.machine_name(), "another"):
        Heartbeat.objects.create(name="beat", machine=machine, pid=1, started_at=past, beat_at=past)
    pulse.excuse_all()
    assert Heartbeat.objects.get(machine=pulse.machine_name()).beat_at > past
    assert Heartbeat.objects.get(machine="another").beat_at == past


def test_the_clocks_tick_is_a_sign_of_life_of_its_own() -> None:
    pulse.note_tick()
    assert Heartbeat.objects.get().name == pulse.CLOCK


def test_a_forked_child_counts_nothing_of_its_parents_again() -> None:
    tallies.flush()
    tallies.add("stores", 5.0, status="0000")
    read_end, write_end = os.pipe()
    # the very thing that Celery's pool does, in as few steps as a child of a process with threads may take
    pid = os.fork()
    if pid == 0:
        answer = b"nothing" if not tallies._pending and not error_handler._kept else b"something"
        os.write(write_end, answer)
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        assert stream.read() == b"nothing"
    assert tallies.flush() == 1
