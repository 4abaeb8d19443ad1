"""Associations that come about, and those that do not: why, and whether to try again."""

import socket
import sys
import threading

import pytest
from pynetdicom import evt
from pynetdicom.dimse_primitives import C_ECHO

from dicom_node.contexts import verification_contexts
from dicom_node.errors import SendError
from dicom_node.requestor import Peer, Timeouts, associate
from dicom_node.scu import echo
from tests.dicom_node.listening import listening
from tests.journey.ports import LOOPBACK, free_port

CALLING = "MAMMONODE"
IMPATIENT = Timeouts(connect_seconds=2, association_seconds=1, response_seconds=1)


def test_small_messages_leave_at_once() -> None:
    with listening() as peer, associate(peer, CALLING, verification_contexts(), Timeouts()) as association:
        transport = association.dul.socket
        assert transport is not None
        assert transport.socket is not None
        assert transport.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_QUICKACK is Linux's own")
def test_answers_are_acknowledged_at_once() -> None:
    with listening() as peer, associate(peer, CALLING, verification_contexts(), Timeouts()) as association:
        association.send_c_echo()
        transport = association.dul.socket
        assert transport is not None
        assert transport.socket is not None
        assert transport.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK) != 0


def test_an_association_is_released_at_the_end() -> None:
    with listening() as peer:
        with associate(peer, CALLING, verification_contexts(), Timeouts()) as association:
            assert association.is_established
        assert association.is_released


def test_an_association_is_aborted_where_the_work_on_it_fails() -> None:
    aborted = threading.Event()

    def note(event: evt.Event) -> None:
        event.assoc.bind(evt.EVT_ABORTED, lambda _: aborted.set())

    with listening(on_request=note) as peer:
        with (
            pytest.raises(ZeroDivisionError),
            associate(peer, CALLING, verification_contexts(), Timeouts()) as association,
        ):
            _ = 1 // 0
        assert not association.is_released
        assert aborted.wait(10)


def test_a_peer_is_named_as_in_the_settings() -> None:
    with listening() as peer:
        assert str(peer) == f"PEER@127.0.0.1:{peer.port}"


def test_an_unlisted_calling_ae_title_is_rejected_for_good() -> None:
    with listening(require_calling="SOMEONE") as peer, pytest.raises(SendError, match="Calling AE title") as failure:
        echo(peer, CALLING)
    assert failure.value.permanent


def test_a_wrong_called_ae_title_is_rejected_for_good() -> None:
    with (
        listening() as peer,
        pytest.raises(SendError, match="Called AE title") as failure,
    ):
        echo(Peer("OTHER", peer.host, peer.port), CALLING)
    assert failure.value.permanent


@pytest.mark.parametrize(
    ("result", "source", "reason", "permanent"),
    [
        (0x01, 0x01, 0x01, True),
        (0x02, 0x01, 0x01, False),
        (0x01, 0x03, 0x01, False),
        (0x02, 0x03, 0x02, False),
        (0x01, 0x02, 0x02, True),
    ],
)
def test_a_rejection_is_permanent_unless_the_peer_says_it_will_pass(
    result: int, source: int, reason: int, permanent: bool
) -> None:
    def reject(event: evt.Event) -> None:
        event.assoc.acse.send_reject(result, source, reason)
        event.assoc.kill()

    with listening(on_request=reject) as peer, pytest.raises(SendError, match="rejects the association") as failure:
        echo(peer, CALLING)
    assert failure.value.permanent is permanent


# pynetdicom drops a socket that could not connect without closing it
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_nobody_listening_is_worth_another_try() -> None:
    with pytest.raises(SendError, match="cannot be reached") as failure:
        echo(Peer("PEER", LOOPBACK, free_port()), CALLING, IMPATIENT)
    assert not failure.value.permanent


def test_a_host_name_nobody_knows_is_worth_another_try() -> None:
    with pytest.raises(SendError, match="cannot be resolved") as failure:
        echo(Peer("PEER", "no-such-host.invalid", 104), CALLING, IMPATIENT)
    assert not failure.value.permanent


def test_a_listener_that_says_nothing_is_worth_another_try() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        peer = Peer("PEER", LOOPBACK, silent.getsockname()[1])
        with pytest.raises(SendError, match="did not answer the association request") as failure:
            echo(peer, CALLING, IMPATIENT)
    assert not failure.value.permanent


def test_a_peer_that_aborts_at_once_is_worth_another_try() -> None:
    with (
        listening(on_request=lambda event: event.assoc.abort()) as peer,
        pytest.raises(SendError, match="aborted") as failure,
    ):
        echo(peer, CALLING)
    assert not failure.value.permanent


@pytest.mark.parametrize("title", ["", "   ", "SEVENTEEN_LETTERS", "BACK\\SLASH", "ÜMLAUT"])
def test_an_ae_title_that_is_none_is_refused_before_anything_is_sent(title: str) -> None:
    for calling, called in ((title, "PEER"), (CALLING, title)):
        with pytest.raises(SendError, match="is no AE title") as failure:
            echo(Peer(called, LOOPBACK, free_port()), calling)
        assert failure.value.permanent


def test_the_associations_own_thread_leaves_responses_to_the_request_that_waits() -> None:
    """Fails when pynetdicom renames what the guard leans on."""
    with listening() as peer, associate(peer, CALLING, verification_contexts(), Timeouts()) as association:
        response = C_ECHO()
        association._reactor_checkpoint.clear()
        association.dimse.msg_queue.put((1, response))
        assert association.dimse.get_msg(block=False) == (None, None)
        assert association.dimse.get_msg(block=True) == (1, response)
        association._reactor_checkpoint.set()
        assert association.send_c_echo().Status == 0x0000
