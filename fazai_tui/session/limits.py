"""The limits of a turn."""

import time
from collections import Counter

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import LimitError
from fazai_tui.session.profile import SessionProfile


class TurnLimits:
    """Counts what a turn uses up."""

    def __init__(self, profile: SessionProfile, texts: Texts) -> None:
        self._profile = profile
        self._texts = texts
        self._commands: Counter[str] = Counter()
        self._plans = 0
        self._began = time.monotonic()
        self._extension = 0.0

    def count_plan(self) -> None:
        """Count a plan.

        Raises:
            LimitError: The turn has had its plans.
        """
        if self._plans >= self._profile.max_plans:
            raise self._reached("plans", self._profile.max_plans)
        self._plans += 1

    def count_command(self, command: str) -> None:
        """Count a command that is about to run.

        Raises:
            LimitError: The turn has run its steps, or this very command too often.
        """
        if self._commands.total() >= self._profile.max_steps:
            raise self._reached("steps", self._profile.max_steps)
        if self._commands[command] >= self._profile.max_identical:
            raise self._reached("identical", self._profile.max_identical)
        self._commands[command] += 1

    def remaining_seconds(self) -> float | None:
        """Return the seconds left, None without a limit.

        Raises:
            LimitError: The time is over.
        """
        if self._profile.timeout is None:
            return None
        if (left := self.seconds_left()) <= 0:
            raise self.timed_out()
        return left

    def seconds_left(self) -> float:
        """Return how much of the time is left; 0 when it is over, or when there is no limit."""
        return max(0.0, (self._profile.timeout or 0.0) + self._extension - (time.monotonic() - self._began))

    @property
    def elapsed(self) -> int:
        """Seconds since the turn began."""
        return int(time.monotonic() - self._began)

    def extend(self) -> float:
        """Give the turn as much time again from now on; return how much."""
        more = self._profile.timeout or 0.0
        self._extension = time.monotonic() - self._began
        return more

    def timed_out(self) -> LimitError:
        """Return the error for a turn whose time is over."""
        return self._reached("time", int(self._profile.timeout or 0))

    def _reached(self, name: str, value: int) -> LimitError:
        return LimitError(
            self._texts.get("session.limit.title"),
            self._texts.get(f"session.limit.{name}", value=value),
            self._texts.get("session.limit.hint"),
        )
