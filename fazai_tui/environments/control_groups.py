"""Control groups of an environment: what all its processes may take together, where this user may say so."""

import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.jail import cgroups

_PERIOD_US = 100_000
_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be taken; 0 for no limit.

    Attributes:
        memory: Bytes, the files in memory among them.
        cpus: Processors, also parts of one.
        processes: Processes and threads.
    """

    memory: int = 0
    cpus: float = 0
    processes: int = 0


def make(name: str, limits: Limits) -> tuple[tuple[str, ...], frozenset[str]]:
    """Make the groups of an environment.

    Returns:
        The directories of the groups, and which limits they hold: `memory`, `cpus`, `processes`.
    """
    made: list[str] = []
    held: set[str] = set()
    for limit, controller, is_wanted in (
        ("memory", "memory", limits.memory),
        ("cpus", "cpu", limits.cpus),
        ("processes", "pids", limits.processes),
    ):
        if not is_wanted:
            continue
        for place in cgroups.places(controller):
            # Not named like the groups of sandboxes, which are cleared away when they are found empty.
            group = f"{place.path}/environment-{name}"
            with contextlib.suppress(FileExistsError, OSError):
                os.mkdir(group)
            if _write(group, _files(controller, limits, is_unified=place.is_unified)) and _admits(group):
                held.add(limit)
                made += [group] if group not in made else []
                break
            if group not in made:
                remove(group)
    return tuple(made), frozenset(held)


def _files(controller: str, limits: Limits, *, is_unified: bool) -> Mapping[str, str]:
    quota = round(limits.cpus * _PERIOD_US)
    if controller == "pids":
        return {"pids.max": str(limits.processes)}
    if controller == "cpu":
        divided = {"cpu.cfs_period_us": str(_PERIOD_US), "cpu.cfs_quota_us": str(quota)}
        return {"cpu.max": f"{quota} {_PERIOD_US}"} if is_unified else divided
    memory = str(limits.memory)
    # What may go to the disk instead is no limit; a machine without swap has no such file.
    if is_unified:
        return {"memory.max": memory, "memory.swap.max": "0"}
    return {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}


def _write(group: str, files: Mapping[str, str]) -> bool:
    """Write limits; return whether they hold."""
    for name, value in files.items():
        try:
            with open(f"{group}/{name}", "r+") as file:
                file.write(value)
        except OSError:
            if "sw" not in name:
                return False
    return True


def _admits(group: str) -> bool:
    """Whether this user may put processes into a group, tried with one that ends at once."""
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(OSError):
            join((group,))
            status = 0
        os._exit(status)
    _, ended = os.waitpid(child, 0)
    return ended == 0


def join(groups: Sequence[str]) -> None:
    """Put this process into groups.

    Raises:
        OSError: It may not.
    """
    for group in groups:
        with open(f"{group}/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))


def memory_used(groups: Sequence[str]) -> int | None:
    """Return the bytes that the processes and files of a group take; None when no group counts them."""
    for group in groups:
        for name in ("memory.current", "memory.usage_in_bytes"):
            with contextlib.suppress(OSError, ValueError), open(f"{group}/{name}") as file:
                return int(file.read())
    return None


def remove(group: str) -> None:
    """End what runs in a group and remove it."""
    end = time.monotonic() + _WAIT_S
    while os.path.isdir(group) and time.monotonic() < end:
        with contextlib.suppress(OSError):
            os.rmdir(group)
            return
        with contextlib.suppress(OSError, ValueError), open(f"{group}/cgroup.procs") as file:
            for pid in map(int, file):
                if pid != os.getpid():
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
