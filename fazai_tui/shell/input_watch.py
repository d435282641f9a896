"""Notices that the running command waits for input, and hands secrets to what waits for them."""

import asyncio
import time
from collections.abc import Callable

from fazai_tui.core.events import AskingProgram
from fazai_tui.core.secret import Secret
from fazai_tui.shell.asking import describe, reads_like_secret
from fazai_tui.shell.bash_process import BashProcess
from fazai_tui.shell.command_run import CommandRun
from fazai_tui.shell.process_tree import Process
from fazai_tui.shell.waiting import NOBODY, Wait, Waiting

_PERIOD_S = 0.1
_PROMPT_QUIET_S = 1.0
"""How long a program that shows nothing of itself must be quiet after an open line to be taken for asking."""
_SECRET_PATIENCE_S = 2.0
"""Where nobody is, nothing can turn up that answers a question for a secret; other input may come from a program."""


def asks_hidden(process: BashProcess, run: CommandRun) -> bool:
    """Whether what is typed is not shown, and the last line that was printed asks for a password or the like.

    What asks may lie behind a terminal in raw mode, as on another machine: then only its words tell.
    """
    return process.hides_input and reads_like_secret(run.capture.open_line)


class InputWatch:
    """Looks at what runs, as long as a command does.

    Args:
        process: The shell.
        run: The command.
        on_waiting: Told each time a program begins to wait, with whether for a secret.
        patience: Seconds of waiting after which `on_stuck` is called once; None for no limit.
        on_stuck: Called when nobody has answered, likewise, with the seconds that were waited.
    """

    def __init__(
        self,
        process: BashProcess,
        run: CommandRun,
        *,
        on_waiting: Callable[[AskingProgram, bool], None] | None,
        patience: float | None,
        on_stuck: Callable[[AskingProgram, bool, float], None],
    ) -> None:
        self._process = process
        self._run = run
        self._on_waiting = on_waiting
        self._patience = patience
        self._on_stuck = on_stuck
        self._told = NOBODY

    def answered(self) -> None:
        """Note that something was written, so that the next question is told again."""
        self._told = NOBODY

    def deliver(self, secret: Secret, asker: AskingProgram) -> bool:
        """Write a secret, if the program that asked for it still waits for it right now.

        Between the look and the writing nothing else happens: what reads next may be another program, or the shell.
        """
        wait = self._find()
        asks_still = wait.process is not None and (wait.process.pid, wait.process.started) == (asker.pid, asker.started)
        if wait.kind is not Waiting.SECRET or not asks_still or self._run.is_over:
            return False
        is_written = self._process.write_secret(secret)
        self.answered()
        return is_written

    async def watch(self) -> None:
        """Look until the command is over."""
        seen, since = NOBODY, 0.0
        while not self._run.is_over:
            await asyncio.sleep(_PERIOD_S)
            wait = self._look()
            if wait != seen:
                # Believed only when seen twice: programs pass through such a state.
                seen, since = wait, time.monotonic()
                continue
            if wait != self._told:
                self._told = wait
                if wait.process and self._on_waiting:
                    self._on_waiting(self._describe(wait.process), wait.kind is Waiting.SECRET)
            if wait.process is None or self._patience is None:
                continue
            is_secret = wait.kind is Waiting.SECRET
            patience = min(self._patience, _SECRET_PATIENCE_S) if is_secret else self._patience
            if time.monotonic() - since >= patience:
                self._on_stuck(self._describe(wait.process), is_secret, patience)
                return

    def _describe(self, process: Process) -> AskingProgram:
        return describe(process, is_shell=self._process.is_shell(process))

    def _look(self) -> Wait:
        """Return who waits once all that it printed has been read."""
        return NOBODY if self._process.seconds_quiet < _PERIOD_S else self._find()

    def _find(self) -> Wait:
        wait = self._process.waiting()
        if wait.kind in (Waiting.TEXT, Waiting.UNKNOWN):
            if asks_hidden(self._process, self._run):
                return Wait(Waiting.SECRET, wait.process)
            if wait.kind is Waiting.UNKNOWN:
                is_asking = self._process.seconds_quiet > _PROMPT_QUIET_S and self._run.capture.open_line
                return Wait(Waiting.TEXT, wait.process) if is_asking else NOBODY
        return wait
