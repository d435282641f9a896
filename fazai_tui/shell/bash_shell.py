"""The persistent bash in which commands run."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import pexpect

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ShellError
from fazai_tui.core.events import CommandStatus
from fazai_tui.core.ports import CommandResult, SandboxLauncher
from fazai_tui.shell.bash_process import BashProcess
from fazai_tui.shell.capture import OutputCapture, plain_text
from fazai_tui.shell.environment import shell_environment
from fazai_tui.shell.marks import Mark
from fazai_tui.shell.process_tree import Process
from fazai_tui.shell.pump import HungUp, Item, Printed
from fazai_tui.shell.scratch import ScratchDirectory
from fazai_tui.shell.waiting import Waiting

START_S = 15.0
INTERRUPT_GRACE_S = 1.5
"""What a command gets after Ctrl-C when it has to end."""
TERMINATE_GRACE_S = 1.0
INSISTENCE_S = 2.0
"""Three interrupts within this time are meant: the command is killed."""
_INSISTENCE = 3
_WATCH_S = 0.1
_SETTLE_S = 0.05
_PROMPT_QUIET_S = 1.0

OnText = Callable[[str], None]


@dataclass(slots=True)
class _Run:
    """The command that is running."""

    on_output: OnText
    number: int = 0
    spared: set[Process] = field(default_factory=set[Process])
    """What ran before it, and runs on after it."""
    capture: OutputCapture = field(default_factory=OutputCapture)
    started: float = 0.0
    duration: float = 0.0
    ended: asyncio.Future[int | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """The exit status; None when the shell ended with it."""
    has_begun: bool = False
    was_interrupted: bool = False
    is_interrupt_due: bool = False
    """Ctrl-C was asked for before the command had begun."""
    interrupts: list[float] = field(default_factory=list[float])
    status: CommandStatus | None = None
    """Why it was ended, when it did not end by itself."""
    waiting: Waiting = Waiting.NOTHING
    """What on_waiting was last told."""
    stopping: asyncio.Task[None] | None = None
    note: str = ""
    """What is added to the output for the reader."""

    def begin(self, number: int, spared: set[Process]) -> None:
        """Note that it is about to be sent to the shell."""
        self.number, self.spared, self.started = number, spared, time.monotonic()
        self.ended = asyncio.get_running_loop().create_future()


class BashShell:
    """One bash on a PTY; its directory, variables and functions last from command to command.

    Args:
        cwd: Where it starts.
        sandbox: What confines it.
        texts: For errors, and for what is added to a command's output.
        env: The environment for commands.
        is_interactive: Whether a human can answer programs that ask. If not, a command that waits for input for
            `input_wait_s` seconds is interrupted and has failed.
        on_waiting: Told each time a program begins to wait for input, with whether it is a secret.
        on_idle_output: Gets what background jobs print between commands.
    """

    def __init__(
        self,
        *,
        cwd: str,
        sandbox: SandboxLauncher,
        texts: Texts,
        env: Mapping[str, str],
        is_interactive: bool = True,
        on_waiting: Callable[[bool], None] | None = None,
        on_idle_output: OnText | None = None,
        columns: int = 120,
        rows: int = 40,
        input_wait_s: float = 10.0,
    ) -> None:
        self._cwd = cwd
        self._sandbox = sandbox
        self._texts = texts
        self._env = shell_environment(env)
        self._is_interactive = is_interactive
        self._on_waiting = on_waiting
        self._on_idle_output = on_idle_output
        self._size = (columns, rows)
        self._input_wait_s = input_wait_s
        self._scratch: ScratchDirectory | None = None
        self._process: BashProcess | None = None
        self._is_ready = asyncio.Event()
        self._is_hung_up = False
        self._starting = asyncio.Lock()
        self._number = 0
        self._run: _Run | None = None
        self._closing: asyncio.Task[None] | None = None
        self._first_words = ""

    @property
    def cwd(self) -> str:
        """The shell's working directory."""
        return self._cwd

    @property
    def is_busy(self) -> bool:
        """Whether a command is running."""
        return self._run is not None

    async def start(self) -> None:
        """Start the shell.

        Raises:
            ShellError: It could not be started.
        """
        await self._live_process()

    async def run(self, command: str, on_output: OnText, *, timeout: float | None = None) -> CommandResult:
        """Run a command and wait for its end.

        Cancelling the task interrupts the command, kills what remains of it and returns the result, whose status then
        is `cancelled`.

        Args:
            command: Any bash text, heredocs and several lines included.
            on_output: Gets decoded output on the event loop, coalesced.
            timeout: Seconds; None for no limit.

        Raises:
            ShellError: The shell is closed or busy, or could not be started again.
        """
        await self._live_process()
        if self._run:
            raise self._error("busy")
        run = self._run = _Run(on_output)
        try:
            code = await self._execute(run, command, timeout)
            if not run.has_begun and run.status is None:
                # The shell ended as soon as it was free to, before it saw the command: `exec </dev/null` does that.
                code = await self._execute(run, command, timeout)
        finally:
            self._run = None
        return self._result(run, code)

    async def _execute(self, run: _Run, command: str, timeout: float | None) -> int:
        """Run a command in the shell there is; return the exit status."""
        process = await self._live_process()
        self._number += 1
        run.begin(self._number, process.processes())
        process.send_command(run.number, command, run.capture)
        watch = asyncio.create_task(self._watch(run, process))
        try:
            code = await self._ended(run, process, timeout)
        finally:
            watch.cancel()
        run.duration = time.monotonic() - run.started
        process.reset_terminal()
        if run.was_interrupted:
            # A Ctrl-C still on its way would wipe out the line that starts the next command.
            await asyncio.sleep(_SETTLE_S)
        if code is None:
            code = await process.end()
            if not self._closing:
                await self._live_process()
        return code

    def interrupt(self) -> None:
        """Send the running command what Ctrl-C sends; insisting kills it."""
        if self._run is None or self._process is None:
            return
        run, now = self._run, time.monotonic()
        run.interrupts = [*(at for at in run.interrupts if now - at < INSISTENCE_S), now]
        if len(run.interrupts) == _INSISTENCE:
            run.status = run.status or "cancelled"
            self._stop(run, self._process, grace=0)
        else:
            self._send_interrupt(run, self._process)

    def write(self, data: bytes) -> None:
        """Write to the program in the foreground; without one, nothing is written."""
        if self._run and self._process and not self._run.ended.done():
            self._run.waiting = Waiting.NOTHING
            self._process.write(data)

    def resize(self, columns: int, rows: int) -> None:
        """Tell programs the size of the screen."""
        self._size = (columns, rows)
        if self._process:
            self._process.resize(columns, rows)

    async def close(self) -> None:
        """End the shell and everything it started."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        run = self._run
        if run:
            run.status = run.status or "cancelled"
        if self._process:
            await self._process.end()
        if run and not run.ended.done():
            run.ended.set_result(None)
        if self._scratch:
            self._scratch.remove()

    async def _live_process(self) -> BashProcess:
        """Return the shell's process, started anew when it has ended."""
        async with self._starting:
            if self._closing:
                raise self._error("closed")
            if self._process and not self._is_hung_up:
                return self._process
            if self._process:
                await self._process.end()
            self._scratch = self._scratch or ScratchDirectory()
            return await self._start_process(self._scratch)

    async def _start_process(self, scratch: ScratchDirectory) -> BashProcess:
        scratch.write_start_file(self._number)
        self._is_hung_up = False
        self._is_ready.clear()
        self._first_words = ""
        self._process = process = self._spawn(scratch)
        has_started = False
        try:
            async with asyncio.timeout(START_S):
                await self._is_ready.wait()
            has_started = not self._is_hung_up
        except TimeoutError as error:
            raise self._error("start", detail=f"{START_S:g} s") from error
        finally:
            self._is_hung_up = not has_started
            scratch.start_file.unlink(missing_ok=True)
        if not has_started:
            await process.end()
            raise self._error("start", detail=plain_text(self._first_words).strip().rpartition("\n")[2])
        return process

    def _spawn(self, scratch: ScratchDirectory) -> BashProcess:
        cwd = next(place for place in (self._cwd, self._env.get("HOME", ""), "/") if os.path.isdir(place))
        bash = shutil.which("bash", path=self._env.get("PATH")) or "/bin/bash"
        argv = (bash, "--noprofile", "--noediting", "--rcfile", str(scratch.start_file), "-i")
        wrapped = self._sandbox.wrap(argv, cwd=cwd, scratch=str(scratch.path))
        try:
            return BashProcess(
                wrapped, env=self._env, cwd=cwd, scratch=scratch, on_items=self._receive, size=self._size
            )
        except (OSError, pexpect.ExceptionPexpect) as error:
            raise self._error("start", detail=str(error)) from error

    def _receive(self, items: Sequence[Item]) -> None:
        for item in items:
            match item:
                case Printed():
                    self._print(item)
                case Mark():
                    self._pass(item)
                case HungUp():
                    self._is_hung_up = True
                    self._is_ready.set()
                    if self._run and not self._run.ended.done():
                        self._run.ended.set_result(None)
                case _:
                    assert_never(item)

    def _print(self, printed: Printed) -> None:
        if self._run and printed.number == self._run.number:
            self._run.on_output(self._without_path(printed.text))
        elif not self._is_ready.is_set():
            self._first_words += printed.text
        elif self._on_idle_output:
            self._on_idle_output(printed.text)

    def _pass(self, mark: Mark) -> None:
        run = self._run
        if mark.kind == "C":
            if run and self._process and mark.number == run.number:
                run.has_begun = True
                if run.is_interrupt_due:
                    self._send_interrupt(run, self._process)
            return
        self._cwd = mark.cwd or self._cwd
        if mark.kind == "D" and mark.number == self._number:
            self._is_ready.set()
            if run and run.has_begun and not run.ended.done():
                run.ended.set_result(mark.status)

    async def _ended(self, run: _Run, process: BashProcess, timeout: float | None) -> int | None:
        """Wait for a command's end, forcing it when time is up or the task is cancelled."""
        try:
            async with asyncio.timeout(timeout):
                await asyncio.shield(run.ended)
        except TimeoutError:
            run.status = "timed_out"
            self._stop(run, process)
        except asyncio.CancelledError:
            run.status = "cancelled"
            self._stop(run, process)
        while run.stopping and not run.stopping.done():
            # A second cancellation must not leave the command half stopped.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(run.stopping)
        return run.ended.result() if run.ended.done() else None

    def _send_interrupt(self, run: _Run, process: BashProcess) -> None:
        if run.has_begun:
            run.was_interrupted = True
            process.write(b"\x03")
        else:
            # Now it would only wipe out the line that starts the command.
            run.is_interrupt_due = True

    def _stop(self, run: _Run, process: BashProcess, *, grace: float = INTERRUPT_GRACE_S) -> None:
        if run.stopping is None:
            run.stopping = asyncio.create_task(self._end_command(run, process, grace))

    async def _end_command(self, run: _Run, process: BashProcess, grace: float) -> None:
        """End a command: as Ctrl-C does, then SIGTERM, then SIGKILL, then together with the shell."""
        self._send_interrupt(run, process)
        await asyncio.wait((run.ended,), timeout=grace)
        for number in (signal.SIGTERM, signal.SIGKILL):
            # Also after its end: what it left in the background goes too.
            if process.signal_all(number, spared=run.spared):
                await asyncio.wait((run.ended,), timeout=TERMINATE_GRACE_S)
                await asyncio.sleep(_WATCH_S)
        if not run.ended.done():
            await process.end()
            self._is_hung_up = True
            if not run.ended.done():
                run.ended.set_result(None)

    async def _watch(self, run: _Run, process: BashProcess) -> None:
        """Notice that a program waits for input."""
        seen, since = Waiting.NOTHING, 0.0
        while not run.ended.done():
            await asyncio.sleep(_WATCH_S)
            waiting = process.waiting() if process.seconds_quiet > _WATCH_S else Waiting.NOTHING
            if waiting is Waiting.UNKNOWN:
                is_prompt = process.seconds_quiet > _PROMPT_QUIET_S and run.capture.has_open_line
                waiting = Waiting.TEXT if is_prompt else Waiting.NOTHING
            if waiting is not seen:
                # Believed only when seen twice: programs pass through such a state.
                seen, since = waiting, time.monotonic()
                continue
            if waiting is not run.waiting:
                run.waiting = waiting
                if waiting is not Waiting.NOTHING and self._on_waiting:
                    self._on_waiting(waiting is Waiting.SECRET)
            is_stuck = waiting is not Waiting.NOTHING and time.monotonic() - since >= self._input_wait_s
            if is_stuck and not self._is_interactive:
                run.status = run.status or "failed"
                run.note = self._texts.get("shell.unanswered", seconds=f"{self._input_wait_s:g}")
                self._stop(run, process)
                return

    def _result(self, run: _Run, code: int) -> CommandResult:
        if run.was_interrupted and code:
            run.status = run.status or "cancelled"
        output = self._without_path(run.capture.text(self._texts.get("shell.omitted", count=run.capture.omitted)))
        if run.note:
            run.on_output(f"\n{run.note}\n")
            output = f"{output.rstrip()}\n{run.note}\n".lstrip()
        return CommandResult(
            status=run.status or ("failed" if code else "completed"),
            exit_code=None if run.status else code,
            output=output,
            output_bytes=run.capture.size,
            cwd=self._cwd,
            duration_ms=round(run.duration * 1000),
        )

    def _without_path(self, text: str) -> str:
        """Let bash's messages name bash, and not the file a command is sourced from."""
        if self._scratch is None:
            return text
        file = str(self._scratch.command_file)
        if file not in text:
            return text
        return re.sub(rf"\++ builtin \. {re.escape(file)}\r?\n", "", text).replace(f"{file}: ", "bash: ")

    def _error(self, name: str, **params: str) -> ShellError:
        keys = (f"shell.error.{name}.{part}" for part in ("title", "message", "hint"))
        return ShellError(*(self._texts.get(key, **params) for key in keys))
