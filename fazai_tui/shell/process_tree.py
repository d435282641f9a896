"""The processes below one process, read from /proc."""

import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    """A process; two with the same number at different times differ.

    Attributes:
        pid: Its number.
        started: When it started, in clock ticks since boot.
    """

    pid: int
    started: int


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the kernel says of a process.

    Attributes:
        state: One letter, `S` for sleeping, `Z` for ended and not yet collected.
        parent: Its parent's number.
        group: Its process group.
        terminal: The device number of its terminal, 0 without one.
        terminal_group: The foreground group of its terminal, -1 without one.
        started: When it started, in clock ticks since boot.
    """

    state: str
    parent: int
    group: int
    terminal: int
    terminal_group: int
    started: int


def process_state(pid: int) -> ProcessState | None:
    """Return the state of a process, None when it has gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return None
    parent, group, terminal, terminal_group, started = (int(fields[index]) for index in (1, 2, 4, 5, 19))
    return ProcessState(fields[0].decode(), parent, group, terminal, terminal_group, started)


def arguments(pid: int) -> list[bytes]:
    """Return the command line of a process, empty when it has gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            return line.read().split(b"\0")
    except OSError:
        return []


def ignores_signal(pid: int, number: signal.Signals) -> bool:
    """Return whether a process ignores or blocks a signal; False when it has gone."""
    try:
        with open(f"/proc/{pid}/status", "rb") as status:
            masks = [int(line.split()[1], 16) for line in status if line.startswith((b"SigIgn:", b"SigBlk:"))]
    except OSError:
        return False
    return any(mask >> (number - 1) & 1 for mask in masks)


def descendants(root: int) -> set[Process]:
    """Return the live processes below a process, itself not included."""
    found = _walk(root)
    # One whose parent ends during the walk moves up to where the walk has been already.
    while (again := _walk(root)) - found:
        found = again
    return found


def _walk(root: int) -> set[Process]:
    found: set[Process] = set()
    unseen = _children(root)
    while unseen:
        pid = unseen.pop()
        if state := process_state(pid):
            if state.state != "Z":
                found.add(Process(pid, state.started))
            unseen.extend(_children(pid))
    return found


def send_signal(processes: Iterable[Process], number: signal.Signals) -> None:
    """Send a signal to those processes that still are the same."""
    for process in processes:
        state = process_state(process.pid)
        if state is not None and state.started == process.started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, number)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                found.extend(map(int, children.read().split()))
    except FileNotFoundError:
        # Either the process has gone or the kernel keeps no such list.
        if os.path.isdir(f"/proc/{pid}"):
            return [int(name) for name in os.listdir("/proc") if name.isdecimal() and _has_parent(int(name), pid)]
    except OSError:
        return found
    return found


def _has_parent(pid: int, parent: int) -> bool:
    state = process_state(pid)
    return state is not None and state.parent == parent
