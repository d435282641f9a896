"""One command in the shell, from the line that starts it to its end, by itself or by force."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable

from fazai_tui.core.events import CommandStatus
from fazai_tui.shell.bash_process import BashProcess
from fazai_tui.shell.capture import OutputCapture
from fazai_tui.shell.interruption import Interruption, Notice
from fazai_tui.shell.process_tree import Process
from fazai_tui.shell.waiting import Waiting

INTERRUPT_GRACE_S = 1.5
"""What a command gets after Ctrl-C when it has to end."""
TERMINATE_GRACE_S = 1.0
"""What it then gets after SIGTERM, and the shell after SIGKILL of all that runs in it."""
_REMAINS_S = 0.1
_SETTLE_S = 0.05
"""How long bash takes to start a program, at most: a Ctrl-C that comes meanwhile may be lost between the two."""


class CommandRun:
    """A command that is running.

    Args:
        process: The shell it runs in.
        number: The number its marks bear.
        on_output: Gets what it prints.
        on_notice: Told what is sent to it when it is interrupted.
    """

    def __init__(
        self,
        process: BashProcess,
        number: int,
        on_output: Callable[[str], None],
        on_notice: Callable[[Notice], None] = lambda _: None,
    ) -> None:
        self.number = number
        self.on_output = on_output
        self.capture = OutputCapture()
        self.status: CommandStatus | None = None
        """Why it was ended, when it did not end by itself."""
        self.note = ""
        """What is added to its output for the reader."""
        self.has_begun = False
        self.was_interrupted = False
        self.duration = 0.0
        self._process = process
        self._spared = process.processes()
        self._ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._begun_at = 0.0
        self._is_interrupt_due = False
        self._interruption = Interruption(self, self._ended, on_notice)
        self._stopping: asyncio.Task[None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._ended.done()

    async def execute(self, command: str, timeout: float | None) -> int | None:
        """Run and wait for the end, forcing it when time is up or the task is cancelled.

        Returns:
            The exit status, None when the shell ended with the command.
        """
        started = time.monotonic()
        self._process.send_command(self.number, command, self.capture)
        try:
            async with asyncio.timeout(timeout):
                await asyncio.shield(self._ended)
        except TimeoutError:
            self.stop("timed_out")
        except asyncio.CancelledError:
            self.stop("cancelled")
        while self._stopping and not self._stopping.done():
            # A second cancellation must not leave the command half stopped.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(self._stopping)
        self._interruption.stop()
        self.duration = time.monotonic() - started
        self._process.reset_terminal()
        if self.was_interrupted:
            # A Ctrl-C still on its way would wipe out the line that starts the next command.
            await asyncio.sleep(_SETTLE_S)
        return self._ended.result() if self._ended.done() else None

    def begin(self) -> None:
        """Note that it has begun."""
        self.has_begun = True
        self._begun_at = time.monotonic()
        if self._is_interrupt_due:
            self.send_interrupt()

    def finish(self, exit_status: int | None) -> None:
        """Note its end; None when it is the shell's."""
        if not self._ended.done():
            self._ended.set_result(exit_status)

    def interrupt(self) -> None:
        """Send what Ctrl-C sends; when it is not heeded, or insisted on, something stronger follows."""
        self._interruption.press()

    def programs(self) -> set[Process]:
        """Return what the command started, without the shell and its copies."""
        return self._process.programs() - self._spared

    def started(self) -> set[Process]:
        """Return all that the command started, copies of the shell included."""
        return self._process.processes() - self._spared

    def interrupt_shells(self) -> None:
        """Have the shell give up the rest of the line, with what it has started since the last interrupt."""
        self._process.interrupt_shell()
        self._process.write(b"\x03")

    def terminate(self) -> None:
        """Send SIGTERM to all that it started, and let nothing follow it."""
        self.status = self.status or "cancelled"
        self._process.interrupt_shell()
        self._process.signal_all(signal.SIGTERM, spared=self._spared)

    def kill(self) -> None:
        """End it at once, with everything that it started."""
        self.stop("cancelled", grace=0)

    def waits_for_input(self) -> bool:
        """Whether a program waits for the keyboard."""
        return self._process.waiting().kind in (Waiting.TEXT, Waiting.SECRET)

    def stop(self, status: CommandStatus, *, grace: float = INTERRUPT_GRACE_S) -> None:
        """Make it end, with everything that it started.

        Args:
            status: Why.
            grace: Seconds it gets after Ctrl-C.
        """
        self.status = self.status or status
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._force_end(grace))

    async def end(self, status: CommandStatus) -> None:
        """Make it end at once, with everything that it started, and wait for that."""
        self.stop(status, grace=0)
        if self._stopping:
            await asyncio.shield(self._stopping)

    def send_interrupt(self) -> None:
        """Send what Ctrl-C sends, as soon as that can be heeded."""
        if self.is_over:
            return
        if not self.has_begun:
            # Now it would only wipe out the line that starts the command.
            self._is_interrupt_due = True
        elif (early := self._begun_at + _SETTLE_S - time.monotonic()) > 0:
            asyncio.get_running_loop().call_later(early, self.send_interrupt)
        else:
            self.was_interrupted = True
            self._process.write(b"\x03")

    async def _force_end(self, grace: float) -> None:
        """End it as Ctrl-C does, then with SIGTERM, then with SIGKILL, then together with the shell."""
        self.send_interrupt()
        await asyncio.wait((self._ended,), timeout=grace)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._ended.done():
                # Otherwise bash would go on with the rest of the line once the program that did not heed it is gone.
                self._process.interrupt_shell()
            # Also after its end: what it left in the background goes too.
            if self._process.signal_all(number, spared=self._spared):
                await asyncio.wait((self._ended,), timeout=TERMINATE_GRACE_S)
                await asyncio.sleep(_REMAINS_S)
        if not self._ended.done():
            await self._process.end()
            self.finish(None)
