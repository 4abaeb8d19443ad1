"""One lane to the network: uploads wait in it, off the threads that answer requests, and only so many may wait."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from django.conf import settings

from webapp.diagnosis.errors import Overload

Answer = TypeVar("Answer")


class Lane:
    """Runs one thing after the other in a thread of its own, for a bounded number of callers."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inference")

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold one of the places.

        Raises
        ------
        Overload
            If there is none.
        """
        if not self._free.acquire(blocking=False):
            raise Overload("The node is busy with other uploads. Please try again in some seconds.")
        try:
            yield
        finally:
            self._free.release()

    def run(self, work: Callable[[], Answer], limit_seconds: float) -> Answer:
        """Run it when its turn comes, and wait for it.

        Raises
        ------
        Overload
            If it is not done in time; what has not begun then never does.
        """
        waiting = self._thread.submit(work)
        try:
            return waiting.result(limit_seconds)
        except TookTooLong:
            if waiting.done():  # the work itself ran out of some time
                raise
            waiting.cancel()
            raise Overload("The image could not be scored in time. Please try again later.", 15) from None
        finally:
            del waiting  # else an error's traceback would keep itself, and the picture, until the next collection


@cache
def lane() -> Lane:
    """Return this process's lane."""
    return Lane(settings.NODE_UPLOAD_QUEUE_LIMIT)
