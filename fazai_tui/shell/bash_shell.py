"""The persistent bash in which commands run."""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

import pexpect

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ShellError
from fazai_tui.core.events import AskingProgram
from fazai_tui.core.jobs import Job
from fazai_tui.core.ports import CommandResult, SandboxLauncher
from fazai_tui.core.secret import Secret
from fazai_tui.shell.bash_process import BashProcess
from fazai_tui.shell.capture import plain_text
from fazai_tui.shell.command_run import CommandRun
from fazai_tui.shell.environment import shell_environment
from fazai_tui.shell.input_watch import InputWatch, asks_hidden
from fazai_tui.shell.interruption import Notice
from fazai_tui.shell.jobs import end_job, find_jobs
from fazai_tui.shell.marks import Mark
from fazai_tui.shell.process_tree import Process
from fazai_tui.shell.pump import HungUp, Item, Printed
from fazai_tui.shell.result import command_result
from fazai_tui.shell.scratch import ScratchDirectory

START_S = 15.0
_TRIES = 2
"""What a sandbox hides may go away while it is being hidden, a socket for example: then it starts the next time."""
OnText = Callable[[str], None]


class _EndedAtOnce(ShellError):
    """The shell ended before it was ready."""


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
        has_pager: Whether programs may page what they show and ask with menus, as for somebody at the keyboard.
        on_notice: Told, in the user's words, what is sent to a command that is interrupted.
    """

    def __init__(
        self,
        *,
        cwd: str,
        sandbox: SandboxLauncher,
        texts: Texts,
        env: Mapping[str, str],
        is_interactive: bool = True,
        on_waiting: Callable[[AskingProgram, bool], None] | None = None,
        on_idle_output: OnText | None = None,
        on_notice: OnText | None = None,
        has_pager: bool = False,
        columns: int = 120,
        rows: int = 40,
        input_wait_s: float = 10.0,
    ) -> None:
        self._cwd = cwd
        self._sandbox = sandbox
        self._texts = texts
        self._env = shell_environment(env, has_pager=has_pager)
        self._is_interactive = is_interactive
        self._on_waiting = on_waiting
        self._on_idle_output = on_idle_output
        self._on_notice = on_notice
        self._size = (columns, rows)
        self._input_wait_s = input_wait_s
        self._scratch: ScratchDirectory | None = None
        self._process: BashProcess | None = None
        self._is_ready = asyncio.Event()
        self._is_hung_up = False
        self._starting = asyncio.Lock()
        self._number = 0
        self._run: CommandRun | None = None
        self._watch: InputWatch | None = None
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

    @property
    def hides_typing(self) -> bool:
        """Whether a command has set the terminal as for a password, or its last line asks for one."""
        if self._run is None or self._process is None:
            return False
        return self._process.takes_secret or asks_hidden(self._process, self._run)

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
            raise _error(self._texts, "busy")
        run, code = await self._execute(command, on_output, timeout)
        if not run.has_begun and run.status is None:
            # The shell ended as soon as it was free to, before it saw the command: `exec </dev/null` does that.
            run, code = await self._execute(command, on_output, timeout)
        return command_result(run, code, self._cwd, self._texts, self._without_path)

    def interrupt(self) -> None:
        """Send the running command what Ctrl-C sends; what does not heed it gets something stronger."""
        if self._run:
            self._run.interrupt()

    def write(self, data: bytes) -> None:
        """Write to the program in the foreground; without one, nothing is written."""
        if self._run and self._process and self._watch and not self._run.is_over:
            self._watch.answered()
            self._process.write(data)

    def write_secret(self, secret: Secret, asker: AskingProgram) -> bool:
        """Write a secret for the program that asked, if it still waits; overwrite the secret in any case.

        Returns:
            Whether it was written.
        """
        try:
            return self._watch is not None and self._watch.deliver(secret, asker)
        finally:
            secret.wipe()

    def resize(self, columns: int, rows: int) -> None:
        """Tell programs the size of the screen."""
        self._size = (columns, rows)
        if self._process:
            self._process.resize(columns, rows)

    def jobs(self) -> tuple[Job, ...]:
        """Return what earlier commands left running, the oldest first."""
        return find_jobs(self._background())

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        """Ask a job to end, or end it by force; False when there is no such job."""
        return end_job(self._background(), job_id, by_force=by_force)

    def _background(self) -> set[Process]:
        process, run = self._process, self._run
        if process is None or self._is_hung_up:
            return set()
        return process.background() - (run.started() if run else set())

    async def close(self) -> None:
        """End the shell, the running command and every job; what an earlier command detached on purpose goes on."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        run = self._run
        if run:
            await run.end("cancelled")
        if self._process:
            await self._process.end()
        if self._scratch:
            self._scratch.remove()

    async def _execute(self, command: str, on_output: OnText, timeout: float | None) -> tuple[CommandRun, int]:
        """Run a command; return it with its exit status. A shell that ended with it is replaced."""
        process = await self._live_process()
        self._number += 1
        run = self._run = CommandRun(process, self._number, on_output, self._tell)
        self._watch = InputWatch(
            process,
            run,
            on_waiting=self._on_waiting,
            patience=None if self._is_interactive else self._input_wait_s,
            on_stuck=self._give_up_waiting,
        )
        watching = asyncio.create_task(self._watch.watch())
        try:
            code = await run.execute(command, timeout)
            if code is None:
                self._is_hung_up = True
                code = await process.end()
                if not self._closing:
                    await self._live_process()
        finally:
            watching.cancel()
            self._run = self._watch = None
        return run, code

    def _tell(self, notice: Notice) -> None:
        if self._on_notice:
            self._on_notice(self._texts.get(f"shell.notice.{notice}"))

    def _give_up_waiting(self, asker: AskingProgram, is_secret: bool, seconds: float) -> None:
        if self._run:
            key = "shell.unanswered_secret" if is_secret else "shell.unanswered"
            self._run.note = self._texts.get(key, seconds=f"{seconds:g}", name=asker.name, pid=asker.pid)
            self._run.stop("failed")

    async def _live_process(self) -> BashProcess:
        """Return the shell's process, started anew when it has ended."""
        async with self._starting:
            if self._closing:
                raise _error(self._texts, "closed")
            if self._process and not self._is_hung_up:
                return self._process
            if self._process:
                await self._process.end()
            self._scratch = self._scratch or ScratchDirectory()
            for _ in range(_TRIES - 1):
                with contextlib.suppress(_EndedAtOnce):
                    return await self._start_process(self._scratch)
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
            raise _error(self._texts, "start", detail=f"{START_S:g} s") from error
        finally:
            self._is_hung_up = not has_started
            scratch.start_file.unlink(missing_ok=True)
        if not has_started:
            await process.end()
            told = _error(self._texts, "start", detail=plain_text(self._first_words).strip().rpartition("\n")[2])
            raise _EndedAtOnce(told.title, told.message, told.hint)
        return process

    def _spawn(self, scratch: ScratchDirectory) -> BashProcess:
        cwd = next(place for place in (self._cwd, self._env.get("HOME", ""), "/") if os.path.isdir(place))
        bash = shutil.which("bash", path=self._env.get("PATH")) or "/bin/bash"
        argv = (bash, "--noprofile", "--noediting", "--rcfile", str(scratch.start_file), "-i")
        # In a layer of its own a directory may be there that is nowhere else.
        inside = cwd if self._sandbox.layer is None else self._cwd
        wrapped = self._sandbox.wrap(argv, cwd=inside, scratch=str(scratch.path))
        try:
            return BashProcess(
                wrapped, env=self._env, cwd=cwd, scratch=scratch, on_items=self._receive, size=self._size
            )
        except (OSError, pexpect.ExceptionPexpect) as error:
            raise _error(self._texts, "start", detail=str(error)) from error

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
                    if self._run:
                        self._run.finish(None)
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
            if run and mark.number == run.number:
                run.begin()
            return
        self._cwd = mark.cwd or self._cwd
        if mark.kind == "D" and mark.number == self._number:
            self._is_ready.set()
            if run and run.has_begun:
                run.finish(mark.status)

    def _without_path(self, text: str) -> str:
        """Let bash's messages name bash, and not the file a command is sourced from."""
        if self._scratch is None:
            return text
        file = str(self._scratch.command_file)
        if file not in text:
            return text
        return re.sub(rf"\++ builtin \. {re.escape(file)}\r?\n", "", text).replace(f"{file}: ", "bash: ")


def _error(texts: Texts, name: str, **params: str) -> ShellError:
    keys = (f"shell.error.{name}.{part}" for part in ("title", "message", "hint"))
    return ShellError(*(texts.get(key, **params) for key in keys))
