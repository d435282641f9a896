"""What Ctrl-C does to a running command: SIGINT, then SIGTERM, then SIGKILL, each of them told."""

import asyncio
import signal
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from fazai_tui.shell.process_tree import Process, ignores_signal

PERIOD_S = 0.05
LOST_S = 0.15
"""What a shell gets to give up a line after Ctrl-C, before it is taken for lost."""
DEAF_GRACE_S = 1.5
"""What a program that ignores a signal gets before the next one."""
HANDLED_GRACE_S = (5.0, 10.0)
"""What one that handles SIGINT, and then SIGTERM, gets to clean up."""
PRESSES_S = 10.0
"""A later Ctrl-C than this begins anew with SIGINT: the program has answered the earlier one in its own way."""
_GRADES = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_STRONGEST = len(_GRADES) - 1


class Notice(StrEnum):
    """What is told of an interruption."""

    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"
    KILLED = "killed"


class Interruptible(Protocol):
    """The processes of a command."""

    def programs(self) -> set[Process]:
        """Return those that the command started and that are not the shell itself."""
        ...

    def send_interrupt(self) -> None:
        """Send what Ctrl-C sends."""
        ...

    def interrupt_shells(self) -> None:
        """Have the shell give up the rest of the line."""
        ...

    def terminate(self) -> None:
        """Send SIGTERM to all of it."""
        ...

    def kill(self) -> None:
        """End all of it with SIGKILL."""
        ...

    def waits_for_input(self) -> bool:
        """Whether it has come to a question, as an interpreter does after Ctrl-C."""
        ...


class Interruption:
    """The interrupts of one command, which grow stronger when it does not heed them.

    Args:
        target: What is interrupted.
        ended: Done when the command is over.
        say: Told what was sent.
    """

    def __init__(
        self,
        target: Interruptible,
        ended: asyncio.Future[int | None],
        say: Callable[[Notice], None],
    ) -> None:
        self._target = target
        self._ended = ended
        self._say = say
        self._grade = -1
        self._sent_at = 0.0
        self._before: set[Process] = set()
        self._watching: asyncio.Task[None] | None = None

    def press(self) -> None:
        """Send the next stronger signal; after a while without one, begin with SIGINT."""
        if self._ended.done():
            return
        if self._grade < _STRONGEST and time.monotonic() - self._sent_at > PRESSES_S:
            self._grade = -1
        self._send_next()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    def stop(self) -> None:
        """Send nothing more."""
        if self._watching is not None:
            self._watching.cancel()

    def _send_next(self) -> None:
        if self._grade >= _STRONGEST:
            return
        self._grade += 1
        self._sent_at = time.monotonic()
        match _GRADES[self._grade]:
            case signal.SIGINT:
                self._before = self._target.programs()
                self._say(Notice.INTERRUPTED)
                self._target.send_interrupt()
            case signal.SIGTERM:
                self._say(Notice.TERMINATED)
                self._target.terminate()
            case _:
                self._say(Notice.KILLED)
                self._target.kill()

    async def _watch(self) -> None:
        while not self._ended.done() and self._grade < _STRONGEST:
            await asyncio.sleep(PERIOD_S)
            passed = time.monotonic() - self._sent_at
            programs = self._target.programs()
            if self._grade == 0 and LOST_S < passed < HANDLED_GRACE_S[0] and not programs & self._before:
                # Every program that got it has gone, and the line goes on: bash takes a Ctrl-C that comes as one
                # program ends and before the next one starts for the business of the former.
                self._target.interrupt_shells()
            elif passed > self._grace(programs) and not self._target.waits_for_input():
                self._send_next()

    def _grace(self, programs: set[Process]) -> float:
        number = _GRADES[self._grade]
        is_deaf = any(ignores_signal(process.pid, number) for process in programs)
        return DEAF_GRACE_S if is_deaf else HANDLED_GRACE_S[self._grade]
