"""The embedded broker: Kombu's file system transport, made safe for several processes.

Kombu writes a message in place, and takes it away to read it. A reader that comes between finds half a message
and its process ends with the parser's error; so it does at the first start, over the table of bindings. Here
both appear in one step, complete. And Kombu's threads share what they know of bindings: one thread would trust a
binding that another is still writing, find no queue for its message, and drop it in silence. Here it waits.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from json import dumps, loads
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem

_SUFFIX = ".msg"
# a binding is known to this process only when it stands in the folder too
_binding = threading.Lock()


class Channel(filesystem.Channel):
    """Messages and bindings as files that are whole as soon as they have their name."""

    # the two base classes name the second argument differently
    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020}_{uuid4()}.{queue}{_SUFFIX}"
        _write_whole(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}{_SUFFIX}")):
            taken = path.with_suffix(".taken")
            # another process may have been faster: the one whose renaming succeeds has the message
            with suppress(FileNotFoundError):
                path.rename(taken)
                message: dict[str, Any] = loads(taken.read_bytes())
                taken.unlink()
                return message
        raise Empty

    def queue_bind(self, *args: Any, **kwargs: Any) -> None:
        """Bind a queue; no other thread of this process takes the binding for made before it is."""
        with _binding:
            super().queue_bind(*args, **kwargs)

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        binding = [routing_key or "", pattern or "", queue or ""]
        with self._alone():
            bindings = [list(known) for known in self.get_table(exchange)]
            if binding not in bindings:
                _write_whole(Path(self.control_folder) / f"{exchange}.exchange", [binding, *bindings])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = Path(self.control_folder)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "bindings.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """For the setting ``broker_transport``."""

    Channel = Channel


def _write_whole(path: Path, content: object) -> None:
    partial = path.with_name(f".{path.name}.{uuid4()}")
    partial.write_text(dumps(content), encoding="utf-8")
    partial.replace(path)
