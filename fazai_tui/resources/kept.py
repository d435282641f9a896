"""Facts that are gathered when somebody asks, and kept for a while."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """A fact and its lifetime. May be asked for in any thread; one gathers it and the others wait.

    Args:
        gather: Finds the fact out.
        seconds: How old it may be.
        clock: Tells the time in seconds.
    """

    def __init__(self, gather: Callable[[], T], seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._gather = gather
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[float, T] | None = None

    def get(self) -> T:
        """Return the fact, gathered anew when it is too old."""
        with self._lock:
            if self._known is None or self._clock() - self._known[0] >= self._seconds:
                self._known = (self._clock(), self._gather())
            return self._known[1]
