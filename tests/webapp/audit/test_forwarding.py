"""Audit messages on their way to a real receiver: in order, none lost, whatever breaks."""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import time_machine
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.certificates import Authority, Signed
from tests.journey.ports import free_port
from tests.webapp.audit.message_schema import faults
from tests.webapp.audit.receiver import syslog_receiver
from tests.webapp.audit.trail import ALICE
from webapp.audit import checks, forwarding, node, recorder, syslog, tasks
from webapp.audit.errors import ReceiverError
from webapp.audit.forwarding_models import ForwardingCursor
from webapp.audit.models import Action, AuditEvent, AuditLink, Event
from webapp.audit.syslog import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path / "authority")


@pytest.fixture
def signed(authority: Authority) -> Signed:
    return authority.sign("receiver")


@pytest.fixture
def at(authority: Authority) -> Callable[[int], Receiver]:
    return lambda port: Receiver("127.0.0.1", port, str(authority.path))


def note(count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        recorder.record(Event.ACCESSED, Action.READ, "study", f"1.2.{number}", actor=ALICE)


def studies(roots: list[Element]) -> list[str]:
    return [str(root.find("ParticipantObjectIdentification").get("ParticipantObjectID")) for root in roots]  # type: ignore[union-attr]


def due_again() -> None:
    """Let the pause after a failure be over."""
    ForwardingCursor.objects.update(next_attempt_at=timezone.now())


def test_messages_arrive_whole_in_order_and_once(signed: Signed, at: Callable[[int], Receiver]) -> None:
    note(450)
    with syslog_receiver(signed) as receiver:
        assert forwarding.forward(at(receiver.port)) == 450
        assert forwarding.forward(at(receiver.port)) == 0
        note(1, 450)
        assert forwarding.forward(at(receiver.port)) == 1
    entries = receiver.entries
    assert studies([entry.root for entry in entries]) == [f"1.2.{number}" for number in range(451)]
    assert {(entry.priority, entry.message_id, entry.application) for entry in entries} == {
        (85, "DICOM+RFC3881", "mammonode")
    }
    assert all(faults(entry.root) == [] for entry in entries)
    assert set(receiver.versions) <= {"TLSv1.2", "TLSv1.3"}
    first = AuditEvent.objects.order_by("id")[0]
    assert datetime.fromisoformat(entries[0].at) == first.at


def test_a_receiver_that_is_down_gets_everything_later(
    signed: Signed, at: Callable[[int], Receiver], caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    note(3)
    with caplog.at_level(logging.WARNING):
        assert forwarding.forward(at(port)) == 0
    assert "did not take them: Connection refused. They stay and are sent again in 5 s." in caplog.text
    row = ForwardingCursor.objects.get()
    assert (row.sent_sequence, row.tries, row.claimed_by) == (0, 1, "")
    assert row.failing_since
    note(2, 3)  # the node goes on, and so does its trail
    with syslog_receiver(signed, port=port) as receiver:
        assert forwarding.forward(at(port)) == 0  # not yet: it waits
        due_again()
        assert forwarding.forward(at(port)) == 5
    assert studies([entry.root for entry in receiver.entries]) == [f"1.2.{number}" for number in range(5)]
    row = ForwardingCursor.objects.get()
    assert (row.sent_sequence, row.tries, row.failing_since, row.last_error) == (5, 0, None, "")


def test_the_pause_grows_and_has_an_end(at: Callable[[int], Receiver]) -> None:
    note(1)
    port, pauses = free_port(), []
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False):
        for _ in range(8):
            due_again()
            forwarding.forward(at(port))
            pauses.append((ForwardingCursor.objects.get().next_attempt_at - timezone.now()).total_seconds())
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_connection_that_breaks_in_the_middle_loses_nothing(signed: Signed, at: Callable[[int], Receiver]) -> None:
    note(20)
    port = free_port()
    with syslog_receiver(signed, port=port, breaks_after=7) as broken:
        assert forwarding.forward(at(port)) == 0
    assert len(broken.messages) == 7
    due_again()
    with syslog_receiver(signed, port=port) as receiver:
        assert forwarding.forward(at(port)) == 20
    assert studies([entry.root for entry in receiver.entries]) == [f"1.2.{number}" for number in range(20)]


def test_a_receiver_that_closes_before_reading_has_taken_nothing(signed: Signed, at: Callable[[int], Receiver]) -> None:
    note(1)
    with syslog_receiver(signed, breaks_after=0) as receiver:
        assert forwarding.forward(at(receiver.port)) == 0
    assert ForwardingCursor.objects.get().sent_sequence == 0


@contextmanager
def wordless_receiver(signed: Signed, serve: Callable[[ssl.SSLSocket], None], room: int = 65536) -> Iterator[int]:
    """Serve one connection, and close it without TLS's own announcement; its machine holds so many unread bytes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed.certificate, signed.key)

    def listen() -> None:
        line, _ = listening.accept()
        with context.wrap_socket(line, server_side=True) as stream:
            serve(stream)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        thread = threading.Thread(target=listen)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def test_a_receiver_that_goes_without_a_word_after_reading_has_taken_it(
    signed: Signed, at: Callable[[int], Receiver]
) -> None:
    """Many close the connection without an announcement; that is no reason to send for ever."""
    came: list[bytes] = []

    def read_all(stream: ssl.SSLSocket) -> None:
        while part := stream.recv(65536):
            came.append(part)

    with wordless_receiver(signed, read_all) as port:
        syslog.send(at(port), [b"one", b"two"])
    assert b"".join(came) == b"3 one3 two"


def test_a_receiver_that_went_before_the_first_message_has_taken_nothing(
    signed: Signed, at: Callable[[int], Receiver]
) -> None:
    gone = threading.Event()

    def go(stream: ssl.SSLSocket) -> None:
        stream.close()  # nothing is unread: its machine says no more than that the connection ends
        gone.set()

    def entries() -> Iterator[bytes]:
        gone.wait()
        yield b"lost"

    with wordless_receiver(signed, go) as port, pytest.raises(ReceiverError):
        syslog.send(at(port), entries())


def test_a_receiver_whose_machine_has_not_got_every_byte_has_not_taken_them(
    signed: Signed, at: Callable[[int], Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the connection, and most of the message is still on this side."""
    monkeypatch.setattr(syslog, "_WAIT_SECONDS", 0.5)
    done = threading.Event()

    def end_without_reading(stream: ssl.SSLSocket) -> None:
        stream.shutdown(socket.SHUT_WR)
        done.wait(20)

    with wordless_receiver(signed, end_without_reading, room=2048) as port:
        with pytest.raises(ReceiverError, match="closed the connection before it had everything"):
            syslog.send(at(port), [b"x" * 14_000])
        done.set()


def test_a_receiver_that_another_authority_vouches_for_gets_nothing(
    tmp_path: Path, at: Callable[[int], Receiver]
) -> None:
    note(1)
    with syslog_receiver(Authority.make(tmp_path / "other", "other").sign("receiver")) as receiver:
        assert forwarding.forward(at(receiver.port)) == 0
    assert receiver.messages == []
    assert "its certificate is not believed" in ForwardingCursor.objects.get().last_error


def test_a_receiver_under_another_name_gets_nothing(signed: Signed, authority: Authority) -> None:
    with (
        syslog_receiver(signed, host="127.0.0.2") as receiver,  # the certificate says 127.0.0.1
        pytest.raises(ReceiverError, match="not believed"),
    ):
        syslog.send(Receiver("127.0.0.2", receiver.port, str(authority.path)), [b"x"])
    assert receiver.messages == []


def test_a_receiver_that_asks_sees_this_nodes_certificate(
    tmp_path: Path, signed: Signed, authority: Authority, at: Callable[[int], Receiver]
) -> None:
    clients = Authority.make(tmp_path / "clients", "clients")
    own = clients.sign("mammonode")
    note(1)
    with syslog_receiver(signed, believes=clients) as receiver:
        assert forwarding.forward(at(receiver.port)) == 0
        assert receiver.messages == []
        due_again()
        known = Receiver("127.0.0.1", receiver.port, str(authority.path), str(own.certificate), str(own.key))
        assert forwarding.forward(known) == 1
    assert "mammonode" in receiver.subjects[-1]


def test_one_process_sends_at_a_time(signed: Signed, at: Callable[[int], Receiver]) -> None:
    note(1)
    with syslog_receiver(signed) as receiver:
        name = at(receiver.port).name
        other = timezone.now() + timedelta(seconds=60)
        ForwardingCursor.objects.create(receiver=name, claimed_by="another", claimed_until=other)
        assert forwarding.forward(at(receiver.port)) == 0
        # it died: its claim ends by itself
        ForwardingCursor.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert forwarding.forward(at(receiver.port)) == 1


def test_a_claim_that_went_to_another_moves_no_cursor(
    signed: Signed, at: Callable[[int], Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    note(1)
    send = syslog.send

    def send_too_slowly(*args: object) -> None:
        send(*args)  # type: ignore[arg-type]
        ForwardingCursor.objects.update(claimed_by="another")

    monkeypatch.setattr(syslog, "send", send_too_slowly)
    with syslog_receiver(signed) as receiver:
        assert forwarding.forward(at(receiver.port)) == 0
    row = ForwardingCursor.objects.get()
    assert (row.sent_sequence, row.claimed_by) == (0, "another")


def test_an_event_that_cannot_be_told_is_no_silence(signed: Signed, at: Callable[[int], Receiver]) -> None:
    note(1)
    AuditEvent.objects.update(event="of another version")
    with syslog_receiver(signed) as receiver, pytest.raises(ValueError, match="of another version"):
        forwarding.forward(at(receiver.port))
    row = ForwardingCursor.objects.get()
    assert row.failing_since
    assert (row.sent_sequence, row.claimed_by) == (0, "")


def test_each_receiver_has_a_cursor_of_its_own(signed: Signed, at: Callable[[int], Receiver]) -> None:
    note(2)
    with syslog_receiver(signed) as one, syslog_receiver(signed) as two:
        assert forwarding.forward(at(one.port)) == 2
        assert forwarding.forward(at(two.port)) == 2


def test_the_clock_sends_to_the_receiver_of_the_settings(
    settings: Settings, signed: Signed, authority: Authority
) -> None:
    note(1)
    tasks.forward()  # nobody is named: nothing happens
    assert not ForwardingCursor.objects.exists()
    with syslog_receiver(signed) as receiver:
        settings.NODE_AUDIT_RECEIVER = f"localhost:{receiver.port}"
        settings.NODE_AUDIT_RECEIVER_CA = str(authority.path)
        assert checks.audit_receiver_is_sound() == []
        tasks.forward()
    assert len(receiver.messages) == 1
    assert AuditLink.objects.count() == 1  # sending leaves no event, which would have to be sent


def told() -> str:
    return " ".join(one.msg for one in checks.audit_receiver_is_sound())


@pytest.mark.parametrize("text", ["host", "host:", ":6514", "host:0", "host:65536", "host:x"])
def test_a_receiver_that_is_no_address_is_told(settings: Settings, text: str) -> None:
    settings.NODE_AUDIT_RECEIVER = text
    assert told() == f"NODE_AUDIT_RECEIVER: {text!r} is not HOST:PORT."


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    assert node.split("[2001:db8::1]:6514") == ("2001:db8::1", 6514)


def test_files_that_cannot_be_used_are_told(settings: Settings, tmp_path: Path, authority: Authority) -> None:
    settings.NODE_AUDIT_RECEIVER = "host:6514"
    settings.NODE_AUDIT_RECEIVER_CA = str(tmp_path / "none.pem")
    assert told() == "NODE_AUDIT_RECEIVER_CA names a file that cannot be read."
    settings.NODE_AUDIT_RECEIVER_CA = str(authority.path)
    settings.NODE_AUDIT_RECEIVER_CERTIFICATE = str(authority.sign("a").certificate)
    settings.NODE_AUDIT_RECEIVER_KEY = str(authority.sign("b").key)
    assert told().startswith("TLS to the receiver of audit messages")
