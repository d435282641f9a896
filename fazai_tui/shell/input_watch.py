"""Notices that the running command waits for input."""

import asyncio
import time
from collections.abc import Callable

from fazai_tui.shell.bash_process import BashProcess
from fazai_tui.shell.command_run import CommandRun
from fazai_tui.shell.waiting import Waiting

_PERIOD_S = 0.1
_PROMPT_QUIET_S = 1.0
"""How long a program that shows nothing of itself must be quiet after an open line to be taken for asking."""


class InputWatch:
    """Looks at what runs, as long as a command does.

    Args:
        process: The shell.
        on_waiting: Told each time a program begins to wait, with whether for a secret.
        patience: Seconds of waiting after which `on_stuck` is called once; None for no limit.
        on_stuck: Called when nobody has answered.
    """

    def __init__(
        self,
        process: BashProcess,
        *,
        on_waiting: Callable[[bool], None] | None,
        patience: float | None,
        on_stuck: Callable[[], None],
    ) -> None:
        self._process = process
        self._on_waiting = on_waiting
        self._patience = patience
        self._on_stuck = on_stuck
        self._told = Waiting.NOTHING

    def answered(self) -> None:
        """Note that something was written, so that the next question is told again."""
        self._told = Waiting.NOTHING

    async def watch(self, run: CommandRun) -> None:
        """Look until the command is over."""
        seen, since = Waiting.NOTHING, 0.0
        while not run.is_over:
            await asyncio.sleep(_PERIOD_S)
            waiting = self._look(run)
            if waiting is not seen:
                # Believed only when seen twice: programs pass through such a state.
                seen, since = waiting, time.monotonic()
                continue
            if waiting is not self._told:
                self._told = waiting
                if waiting is not Waiting.NOTHING and self._on_waiting:
                    self._on_waiting(waiting is Waiting.SECRET)
            if waiting is Waiting.NOTHING or self._patience is None:
                continue
            if time.monotonic() - since >= self._patience:
                self._on_stuck()
                return

    def _look(self, run: CommandRun) -> Waiting:
        quiet = self._process.seconds_quiet
        if quiet < _PERIOD_S:
            return Waiting.NOTHING
        waiting = self._process.waiting()
        if waiting is Waiting.UNKNOWN:
            return Waiting.TEXT if quiet > _PROMPT_QUIET_S and run.capture.has_open_line else Waiting.NOTHING
        return waiting
