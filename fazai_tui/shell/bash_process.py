"""One bash on a PTY, from its start to its end."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import pexpect

from fazai_tui.core.secret import Secret
from fazai_tui.shell import guardian
from fazai_tui.shell.capture import OutputCapture
from fazai_tui.shell.process_tree import Process, arguments, descendants, process_state, send_signal
from fazai_tui.shell.pump import Item, OutputPump
from fazai_tui.shell.scratch import ScratchDirectory
from fazai_tui.shell.waiting import Wait, hides_input, takes_secret, waiting_for

END_S = 8.0
"""More than the guardian takes to end everything."""
_POLL_S = 0.005
_INPUT_FLAGS, _LOCAL_FLAGS = 0, 3


class _Pty(Protocol):
    delayafterclose: float


class _Child(Protocol):
    """What is used of `pexpect.spawn`, whose published types are incomplete."""

    pid: int
    child_fd: int
    ptyproc: _Pty
    exitstatus: int | None
    signalstatus: int | None
    delaybeforesend: float | None
    delayafterread: float | None

    def isalive(self) -> bool: ...

    def setwinsize(self, rows: int, cols: int) -> None: ...

    def close(self) -> None: ...


class BashProcess:
    """A guardian and, below it, the shell; the PTY and its reader.

    Args:
        argv: The shell, confined or not.
        env: Its environment.
        cwd: Where it starts.
        scratch: The files bash reads; the guardian removes them should this program die.
        on_items: Gets output and marks, on the event loop.
        size: Columns and rows.

    Raises:
        OSError: There is no PTY or process to be had.
        pexpect.ExceptionPexpect: The program cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: str,
        scratch: ScratchDirectory,
        on_items: Callable[[Sequence[Item]], None],
        size: tuple[int, int],
    ) -> None:
        columns, rows = size
        with warnings.catch_warnings():
            # Python warns of any fork beside threads; nothing but exec follows this one.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._child: _Child = cast(Any, pexpect.spawn)(
                sys.executable,
                ["-I", "-S", guardian.__file__, str(scratch.path), *argv],
                cwd=cwd,
                env=dict(env),
                dimensions=(rows, columns),
            )
        self._child.delaybeforesend = None
        self._child.delayafterread = None
        self._child.ptyproc.delayafterclose = 0
        self._fd = self._child.child_fd
        os.set_blocking(self._fd, False)
        os.set_inheritable(self._fd, False)
        self._settings = termios.tcgetattr(self._fd)
        # Ctrl-S typed by mistake would stop the output for good.
        self._settings[_INPUT_FLAGS] &= ~(termios.IXON | termios.IXOFF)
        termios.tcsetattr(self._fd, termios.TCSANOW, self._settings)
        self._unsent = bytearray()
        self._loop = asyncio.get_running_loop()
        self._scratch = scratch
        self._shell_arguments = [b"--rcfile", os.fsencode(scratch.start_file)]
        self._status: int | None = None
        self._pump = OutputPump(self._fd, scratch.nonce, on_items)
        self._pump.start()

    @property
    def seconds_quiet(self) -> float:
        """How long nothing has been printed."""
        return time.monotonic() - self._pump.last_output_at

    def send_command(self, number: int, command: str, capture: OutputCapture) -> None:
        """Have bash run a command."""
        line = self._scratch.prepare(number, command)
        self._pump.expect(number, line, capture)
        self.write(line)

    def write(self, data: bytes) -> None:
        """Write to the PTY; what it does not take yet follows later."""
        if self._status is not None:
            return
        self._unsent += data
        if len(self._unsent) == len(data):
            self._send()

    @property
    def hides_input(self) -> bool:
        """Whether what is typed is not shown."""
        return self._status is None and hides_input(self._fd)

    @property
    def takes_secret(self) -> bool:
        """Whether the terminal is set as for a password."""
        return self._status is None and takes_secret(self._fd)

    def write_secret(self, secret: Secret) -> bool:
        """Write a secret with an end of line at once or not at all; False when not all of it could be written."""
        if self._status is not None or self._unsent or secret.is_spent:
            return False
        with secret.line() as line:
            try:
                return os.write(self._fd, line) == len(line)
            except OSError:
                return False

    def reset_terminal(self) -> None:
        """Undo what a program did to the terminal's modes, and drop what was typed and not read."""
        if self._status is not None:
            return
        self._unsent.clear()
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._settings)

    def resize(self, columns: int, rows: int) -> None:
        """Set the size of the screen; the kernel tells the programs."""
        if self._status is None:
            self._child.setwinsize(rows, columns)

    def processes(self) -> set[Process]:
        """Return everything below the guardian."""
        return descendants(self._child.pid)

    def signal_all(self, number: signal.Signals, *, spared: set[Process]) -> bool:
        """Signal everything but `spared`, whatever its group or session; return whether there is anything."""
        found = self.processes() - spared
        send_signal(found, number)
        return bool(found)

    def programs(self) -> set[Process]:
        """Return everything below the guardian but the shell and its copies, which run its loops and brackets."""
        return {process for process in self.processes() if not self.is_shell(process)}

    def background(self) -> set[Process]:
        """Return everything below the guardian but the shell and what confines it; its copies run brackets."""
        found = self.processes()
        own: set[int] = set()
        for shell in found:
            if self.is_shell(shell) and self._is_foremost(shell):
                pid = shell.pid
                while pid != self._child.pid and (state := process_state(pid)) is not None:
                    own.add(pid)
                    pid = state.parent
        return {process for process in found if process.pid not in own}

    def interrupt_shell(self) -> None:
        """Have bash itself give up the rest of the command, as soon as the program that it waits for has ended."""
        shells = [process for process in self.processes() if self.is_shell(process)]
        # Subshells in the background bear the arguments of the shell above them.
        send_signal((shell for shell in shells if self._is_foremost(shell)), signal.SIGINT)

    def _is_foremost(self, shell: Process) -> bool:
        """Whether a shell is not a copy of another one."""
        state = process_state(shell.pid)
        return state is not None and arguments(state.parent)[3:5] != self._shell_arguments

    def is_shell(self, process: Process) -> bool:
        """Whether a process is the shell or a copy of it."""
        return arguments(process.pid)[3:5] == self._shell_arguments

    def waiting(self) -> Wait:
        """Return what the foreground waits for."""
        return waiting_for(self._fd, self.processes())

    async def _wait(self) -> int:
        while self._child.isalive():
            await asyncio.sleep(_POLL_S)
        if self._child.signalstatus is not None:
            return 128 + self._child.signalstatus
        return self._child.exitstatus or 0

    async def end(self) -> int:
        """End the shell and everything that was started in it; return the exit status."""
        if self._status is not None:
            return self._status
        if self._child.isalive():
            os.kill(self._child.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(END_S):
                status = await self._wait()
        except TimeoutError:
            remaining = self.processes()
            os.kill(self._child.pid, signal.SIGKILL)
            send_signal(remaining, signal.SIGKILL)
            status = await self._wait()
        if self._status is None:
            self._status = status
            self._pump.stop()
            self._unsent.clear()
            self._child.close()
        return self._status

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._fd, self._unsent)]
        except BlockingIOError:
            self._loop.call_later(_POLL_S, self._send)
        except OSError:
            # The shell has ended; the reader sees it too.
            self._unsent.clear()
