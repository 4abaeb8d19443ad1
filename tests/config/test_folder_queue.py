"""The embedded broker under several writers and readers at once."""

import threading
from collections import Counter
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from config.folder_queue import Channel

WRITERS, READERS, MESSAGES_EACH = 4, 3, 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "messages").mkdir()
    return tmp_path


def _connection(folder: Path, transport: str = "config.folder_queue:Transport") -> Connection:
    messages = str(folder / "messages")
    options = {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "control_folder": str(folder / "control"),
    }
    return Connection("filesystem://", transport=transport, transport_options=options)


def _write(folder: Path, writer: int) -> None:
    with _connection(folder) as connection, connection.SimpleQueue("work") as queue:
        for number in range(MESSAGES_EACH):
            queue.put({"id": writer * MESSAGES_EACH + number})


def _read(folder: Path, seen: list[int], done: threading.Event) -> None:
    with _connection(folder) as connection, connection.SimpleQueue("work") as queue:
        while True:
            over = done.is_set()
            try:
                message = queue.get_nowait()
            except Empty:
                if over:
                    return
                continue
            seen.append(message.payload["id"])
            message.ack()


def test_every_message_reaches_exactly_one_reader(folder: Path) -> None:
    seen: list[int] = []
    done = threading.Event()
    writers = [threading.Thread(target=_write, args=(folder, number)) for number in range(WRITERS)]
    readers = [threading.Thread(target=_read, args=(folder, seen, done)) for _ in range(READERS)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()

    assert Counter(seen) == Counter(range(WRITERS * MESSAGES_EACH))
    assert list((folder / "messages").iterdir()) == []


def test_bindings_made_at_the_same_moment_are_all_kept(folder: Path) -> None:
    start = threading.Barrier(8)

    def bind(number: int) -> None:
        with _connection(folder) as connection:
            channel = connection.default_channel
            assert isinstance(channel, Channel)
            start.wait()
            channel._queue_bind("celery", f"key-{number}", "", f"queue-{number}")

    threads = [threading.Thread(target=bind, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with _connection(folder) as connection:
        channel = connection.default_channel
        assert isinstance(channel, Channel)
        assert {row.queue for row in channel.get_table("celery")} == {f"queue-{number}" for number in range(8)}


def test_a_message_sent_while_another_thread_binds_its_queue_is_not_dropped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_binding = Channel._queue_bind

    def send() -> None:
        with _connection(folder) as connection, connection.SimpleQueue("raced") as queue:
            queue.put({"id": 1})

    sender = threading.Thread(target=send)

    def bind_while_another_sends(channel: Channel, *binding: str) -> None:
        sender.start()
        sender.join(timeout=0.5)
        write_binding(channel, *binding)

    monkeypatch.setattr(Channel, "_queue_bind", bind_while_another_sends)
    with _connection(folder) as connection, connection.SimpleQueue("raced") as queue:
        sender.join()
        assert queue.get_nowait().payload == {"id": 1}


def test_a_message_that_is_still_being_written_is_not_seen(folder: Path) -> None:
    (folder / "messages" / ".00000000000000000001_x.work.msg.y").write_text('{"half', encoding="utf-8")
    with _connection(folder) as connection, connection.SimpleQueue("work") as queue, pytest.raises(Empty):
        queue.get_nowait()
