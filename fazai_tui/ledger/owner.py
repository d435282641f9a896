"""Tell whether the process that wrote an entry still lives."""

import os
from pathlib import Path

_PROC = Path("/proc")
_START_FIELD = 19
"""Where `stat` has the start time, counted from the field after the name (field 22 of proc(5))."""


def this_process() -> str:
    """Return a name for this process that no other one gets, across reboots."""
    return f"{_boot()} {os.getpid()} {_started(os.getpid())}"


def is_alive(owner: str) -> bool:
    """Return whether the process of a name from `this_process` still runs."""
    boot, _, process = owner.rpartition(" ")[0].partition(" ")
    if boot != _boot() or not process.isdigit():
        return False
    return _started(int(process)) == owner.rpartition(" ")[2]


def process_of(owner: str) -> int:
    """Return the process id in a name from `this_process`."""
    return int(owner.split(" ")[1])


def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _started(process: int) -> str:
    """Return when a process started, in ticks since boot; empty when there is none."""
    try:
        stat = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[_START_FIELD]
