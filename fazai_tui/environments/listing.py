"""How much an environment takes, as seen from outside."""

import contextlib
import os
from pathlib import Path

from fazai_tui.environments import control_groups
from fazai_tui.environments.records import Facts


def memory_used(facts: Facts) -> int:
    """Return the bytes that an environment's processes and files take together.

    Where a control group counts, its number is taken; else what the processes hold is added to the size of the files.
    """
    counted = control_groups.memory_used(facts.group)
    return _files_of(facts) + _processes_of(facts) if counted is None else counted


def _files_of(facts: Facts) -> int:
    try:
        found = os.statvfs(f"/proc/{facts.first}/root")
    except OSError:
        return 0
    # The memory of a container's store is not its own alone.
    return 0 if facts.container else (found.f_blocks - found.f_bfree) * found.f_frsize


def _processes_of(facts: Facts) -> int:
    try:
        namespace = os.readlink(f"/proc/{facts.first}/ns/pid")
    except OSError:
        return 0
    total, page = 0, os.sysconf("SC_PAGE_SIZE")
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if os.readlink(place / "ns" / "pid") == namespace:
                total += int((place / "statm").read_text().split()[1]) * page
    return total
