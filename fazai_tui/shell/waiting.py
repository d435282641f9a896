"""Tells whether a program waits for the keyboard, and whether for a secret."""

import os
import platform
import termios
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from fazai_tui.shell.process_tree import Process, process_state


class Waiting(Enum):
    """What a program waits for."""

    NOTHING = "nothing"
    TEXT = "text"
    SECRET = "secret"
    UNKNOWN = "unknown"
    """It sleeps, and the kernel does not say to this user on what."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for, and by whom; nobody when the kind is `NOTHING`."""

    kind: Waiting
    process: Process | None = None


NOBODY = Wait(Waiting.NOTHING)


@dataclass(frozen=True, slots=True)
class _Calls:
    read: int
    polls: frozenset[int]


# System call numbers from the kernel's tables: read; poll, select, pselect6, ppoll, epoll_wait, epoll_pwait(2).
_CALLS = {
    "x86_64": _Calls(0, frozenset({7, 23, 232, 270, 271, 281, 441})),
    "aarch64": _Calls(63, frozenset({22, 72, 73, 441})),
}
_HERE = _CALLS.get(platform.machine())

_LOCAL_FLAGS = 3


def waiting_for(fd: int, processes: Iterable[Process]) -> Wait:
    """Return what the programs of a PTY wait for; of several that show nothing of themselves, the newest is named.

    Args:
        fd: The PTY.
        processes: What runs below the shell, the shell included.
    """
    candidates = sorted(processes, key=lambda process: (process.started, process.pid))
    parents = {state.parent for process in candidates if (state := process_state(process.pid))}
    answer = NOBODY
    for process in candidates:
        state = process_state(process.pid)
        if state is None or state.state != "S" or state.group != state.terminal_group:
            continue
        found = _process_waits_for(process.pid, fd, is_leaf=process.pid not in parents)
        if found in (Waiting.TEXT, Waiting.SECRET):
            return Wait(found, process)
        if found is Waiting.UNKNOWN:
            answer = Wait(found, process)
    return answer


def _process_waits_for(pid: int, fd: int, *, is_leaf: bool) -> Waiting:
    try:
        with open(f"/proc/{pid}/syscall", "rb") as syscall:
            fields = syscall.read().split()
    except FileNotFoundError:
        return Waiting.NOTHING
    except OSError:
        fields = []
    if _HERE is None or not fields:
        # A setuid program such as sudo shows nothing, but a hidden password still shows in the terminal's flags.
        return Waiting.SECRET if takes_secret(fd) else Waiting.UNKNOWN
    if not fields[0].isdigit():
        return Waiting.NOTHING
    number = int(fields[0])
    if number == _HERE.read and (terminal := _terminal(pid, int(fields[1], 16))):
        return Waiting.SECRET if takes_secret(terminal) else Waiting.TEXT
    # Readers of single keys poll first, as do those that wait for so long and no longer. A wrapper in raw mode, such as
    # sudo with its own PTY, has children.
    if number in _HERE.polls and is_leaf and (terminal := _terminal(pid, 0)):
        if takes_secret(terminal):
            return Waiting.SECRET
        return Waiting.NOTHING if _flags(terminal) & termios.ICANON else Waiting.TEXT
    return Waiting.NOTHING


def _terminal(pid: int, fd: int) -> str:
    try:
        target = os.readlink(f"/proc/{pid}/fd/{fd}")
    except OSError:
        return ""
    if target == "/dev/tty":
        # Opened here, that would be this program's own terminal.
        state = process_state(pid)
        return f"/dev/pts/{os.minor(state.terminal)}" if state else ""
    return f"/proc/{pid}/fd/{fd}" if target.startswith(("/dev/pts/", "/dev/console")) else ""


def hides_input(fd: int) -> bool:
    """Return whether a PTY does not show what is typed."""
    return not _flags(fd) & termios.ECHO


def takes_secret(terminal: str | int) -> bool:
    """Return whether a terminal is set as for a password: lines that are not shown."""
    flags = _flags(terminal)
    return not flags & termios.ECHO and bool(flags & termios.ICANON)


def _flags(terminal: str | int) -> int:
    """Return a terminal's local flags; those of an ordinary one where it cannot be opened."""
    ordinary = termios.ECHO | termios.ICANON
    try:
        if isinstance(terminal, int):
            return int(termios.tcgetattr(terminal)[_LOCAL_FLAGS])
        opened = os.open(terminal, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, termios.error):
        return ordinary
    try:
        return int(termios.tcgetattr(opened)[_LOCAL_FLAGS])
    except termios.error:
        return ordinary
    finally:
        os.close(opened)
