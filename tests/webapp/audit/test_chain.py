"""The chain: who, in one order, and no change that stays unseen."""

import logging
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from webapp.audit import actors, chain, recorder, tasks, triggers, verify
from webapp.audit.actors import Actor
from webapp.audit.errors import AnonymousError
from webapp.audit.models import Action, ActorKind, AuditEvent, AuditLink, Event

ALICE = Actor(ActorKind.USER, "alice", "7", address="10.0.0.7")


def note(object_id: str = "1.2.3", actor: Actor = ALICE) -> AuditEvent:
    return recorder.record(Event.ACCESSED, Action.READ, "study", object_id, actor=actor)


@pytest.mark.django_db
def test_the_recorder_refuses_to_be_anonymous() -> None:
    with pytest.raises(AnonymousError, match="nobody is named"):
        recorder.record(Event.ACCESSED, Action.READ, "study", "1.2.3")
    with pytest.raises(AnonymousError):
        note(actor=Actor(ActorKind.USER, " "))
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_who_acts_is_who_was_named_for_the_time_of_it() -> None:
    with actors.acting(ALICE):
        row = recorder.record(Event.ACCESSED, Action.READ, "study", "1.2.3")
    assert (row.actor, row.actor_kind, row.actor_id, row.address) == ("alice", "user", "7", "10.0.0.7")
    assert actors.current() is None
    assert actors.process_actor().name


@pytest.mark.django_db(transaction=True)
def test_events_hold_each_other_and_the_command_says_so() -> None:
    for number in range(5):
        note(str(number))
    out = StringIO()
    call_command("audit_verify", stdout=out)
    head = AuditLink.objects.get(sequence=5)
    assert out.getvalue().strip() == f"5 events hold; head 5:{head.hash}"
    out = StringIO()
    call_command("audit_verify", "--from", "4", "--head", f"3:{AuditLink.objects.get(sequence=3).hash}", stdout=out)
    assert out.getvalue().splitlines() == ["The noted head is in the chain.", f"2 events hold; head 5:{head.hash}"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("field", ["actor", "object_id", "outcome", "detail", "address", "at"])
def test_a_changed_event_breaks_the_chain_where_it_stands(field: str) -> None:
    for number in range(4):
        note(str(number))
    second = AuditEvent.objects.get(link__sequence=2)
    values: dict[str, object] = {field: "x", "at": second.at + timedelta(microseconds=1)}
    AuditEvent.objects.filter(pk=second.pk).update(**{field: values[field]})
    with pytest.raises(CommandError, match=r"The chain breaks at 2 \(.*\): The event is not the one") as raised:
        call_command("audit_verify")
    assert raised.value.returncode == 1


@pytest.mark.django_db(transaction=True)
def test_a_missing_an_inserted_and_a_cut_off_link_are_named() -> None:
    events = [note(str(number)) for number in range(5)]
    noted = f"5:{AuditLink.objects.get(sequence=5).hash}"
    AuditLink.objects.filter(sequence=5).delete()
    AuditEvent.objects.filter(pk=events[4].pk).delete()
    assert verify.verify().holds  # nothing inside the chain tells that its end is missing
    assert "was cut off" in str(verify.compare_head(noted))
    assert verify.compare_head("5:abc") is not None
    AuditLink.objects.filter(sequence=2).delete()
    broken = verify.verify().broken
    assert broken is not None
    assert (broken.sequence, broken.reason) == (2, "Number 2 is missing; the next one is 3.")
    assert verify.verify(3).broken is not None
    assert verify.verify(4).holds


@pytest.mark.django_db(transaction=True)
def test_a_rewritten_chain_does_not_pass_beside_a_noted_head() -> None:
    note("1")
    note("2")
    noted = f"2:{AuditLink.objects.get(sequence=2).hash}"
    AuditLink.objects.all().delete()
    AuditEvent.objects.filter(object_id="1").update(actor="mallory")
    chain.append(AuditEvent.objects.order_by("id"))
    assert verify.verify().holds
    assert "rewritten" in str(verify.compare_head(noted))


@pytest.mark.django_db(transaction=True)
def test_an_event_stands_and_falls_with_what_it_tells() -> None:
    with transaction.atomic():
        note("rolled back")
        transaction.set_rollback(True)
    with transaction.atomic():
        note("kept")
        assert not AuditLink.objects.exists()
    assert list(AuditEvent.objects.values_list("object_id", flat=True)) == ["kept"]
    assert AuditLink.objects.get().event.object_id == "kept"


@pytest.mark.django_db(transaction=True)
def test_what_a_crash_left_without_a_place_gets_one_once() -> None:
    note("placed")
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):
        with transaction.atomic():
            event = note("left")
            transaction.set_rollback(False)
            connection.run_on_commit.clear()
        assert not AuditLink.objects.filter(event=event).exists()
        assert chain.place_left() == 0  # it may still be on its way
    assert not verify.verify().holds
    assert chain.place_left() == 1
    assert chain.place_left() == 0
    assert verify.verify() == verify.Verdict(2, 1, 2, AuditLink.objects.get(sequence=2).hash, None)


@pytest.mark.django_db(transaction=True)
def test_the_walk_keeps_few_rows_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        note(str(number))
    monkeypatch.setattr(verify, "_CHUNK", 2)
    with CaptureQueriesContext(connection) as asked:
        assert verify.verify().count == 7
    assert sum("LIMIT 2" in query["sql"] for query in asked.captured_queries) == 4
    assert verify.verify(most=3).head == 3


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_to_change_or_delete() -> None:
    event = note()
    triggers.put_in(connection)
    try:
        for change in (
            lambda: AuditEvent.objects.filter(pk=event.pk).update(actor="mallory"),
            lambda: AuditLink.objects.update(hash="0"),
            lambda: AuditLink.objects.all().delete(),
            lambda: AuditEvent.objects.filter(pk=event.pk)._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError, match="the audit trail is not changed"):
                change()
        note("still open to append")
    finally:
        triggers.take_out(connection)
    assert verify.verify().count == 2


@pytest.mark.django_db
def test_text_that_no_database_keeps_is_written_plainly() -> None:
    row = note("a\x00b\udce9\n")
    assert row.object_id == "a?b??"
    row.refresh_from_db()
    assert chain.hash_of(1, row, chain.GENESIS) == chain.hash_of(1, AuditEvent.objects.get(), chain.GENESIS)


@pytest.mark.django_db(transaction=True)
def test_the_clock_gives_a_place_to_what_a_crash_left_without_one() -> None:
    note("1")
    # the process died after the commit and before the place: the row alone is there
    left = AuditEvent(
        at=datetime.now(UTC) - timedelta(minutes=1), actor_kind=ActorKind.USER, actor="alice", action=Action.READ,
        event=Event.ACCESSED, object_type="study", object_id="2", outcome="success",
    )  # fmt: skip
    left.save(force_insert=True)
    tasks.place_left()
    assert AuditLink.objects.get(event=left).sequence == 2
    call_command("audit_verify", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_the_head_of_the_log_is_the_one_that_the_command_knows(caplog: pytest.LogCaptureFixture) -> None:
    tasks.note_head()
    assert "head" not in caplog.text
    note("1")
    with caplog.at_level(logging.INFO):
        tasks.note_head()
    head = caplog.messages[-1].rpartition(" ")[2]
    call_command("audit_verify", "--head", head, stdout=StringIO())
