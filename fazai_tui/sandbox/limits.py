"""How much of the machine a confined program may take, and by which means that is held."""

import contextlib
import json
import math
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fazai_tui.jail import cgroups
from fazai_tui.sandbox.programs import jail_program

_TRIAL_S = 10.0

LimitName = Literal["memory", "cpus", "pids_limit", "cpu_time_s"]
Means = Literal["cgroup", "process", "processors"]
"""A control group, a limit of each process by itself, or the processors that may be used."""


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """What a confined program and all that it starts may take; 0 stands for no limit.

    Attributes:
        memory: Bytes.
        cpus: Processors, fractions allowed.
        pids_limit: Processes and threads at a time.
        cpu_time_s: Seconds on a processor, each process by itself.
    """

    memory: int = 0
    cpus: float = 0
    pids_limit: int = 0
    cpu_time_s: int = 0

    @property
    def asked(self) -> tuple[LimitName, ...]:
        """The limits that are set."""
        found: dict[LimitName, float] = {
            "memory": self.memory,
            "cpus": self.cpus,
            "pids_limit": self.pids_limit,
            "cpu_time_s": self.cpu_time_s,
        }
        return tuple(name for name, value in found.items() if value)


@dataclass(frozen=True, slots=True)
class LimitPlan:
    """How limits are held on this machine.

    Attributes:
        limits: What is to be held.
        groups: Where control groups are made, with what is written into them; empty without one.
        missing: Limits that cannot be held here.
        means: By which means each of the others is.
    """

    limits: ResourceLimits = ResourceLimits()
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    missing: tuple[LimitName, ...] = ()
    means: dict[LimitName, Means] = field(default_factory=dict[LimitName, Means])

    def of_processes(self, *, shares_user: bool) -> dict[str, int]:
        """Return the limits that each process gives itself, for the programs of `fazai_tui.jail`.

        Args:
            shares_user: Whether the kernel counts the user's other processes, too.
        """
        found: dict[str, int] = {}
        if self.means.get("memory") == "process":
            found["memory"] = self.limits.memory
        if self.means.get("pids_limit") == "process":
            found["processes"] = self.limits.pids_limit + (_threads_of_user() if shares_user else 0)
        if self.means.get("cpus") == "processors":
            found["processors"] = math.floor(self.limits.cpus)
        if self.limits.cpu_time_s:
            found["seconds"] = self.limits.cpu_time_s
        return found


def plan_limits(limits: ResourceLimits) -> LimitPlan:
    """Find out by which means limits can be held here; control groups are made on trial and taken away again."""
    if not limits.asked:
        return LimitPlan()
    groups: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    means: dict[LimitName, Means] = {}
    missing: list[LimitName] = []
    for name in limits.asked:
        place = None if name == "cpu_time_s" else _group_for(name, limits)
        if place is not None:
            groups.append(place)
            means[name] = "cgroup"
        elif own := _own_means(name, limits):
            means[name] = own
        else:
            missing.append(name)
    return LimitPlan(limits, _merged(groups), tuple(missing), means)


def _own_means(name: LimitName, limits: ResourceLimits) -> Means | None:
    match name:
        case "memory" | "cpu_time_s":
            return "process"
        case "cpus":
            # Processors are held whole: half of one cannot be.
            return "processors" if limits.cpus == math.floor(limits.cpus) else None
        case "pids_limit":
            # The kernel does not count the processes of root.
            return "process" if os.geteuid() else None


def _group_for(name: LimitName, limits: ResourceLimits) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    period = 100_000
    quota = str(max(1000, int(limits.cpus * period)))
    two: dict[LimitName, tuple[tuple[str, str], ...]] = {
        "memory": (("memory.max", str(limits.memory)), ("memory.swap.max", "0")),
        "cpus": (("cpu.max", f"{quota} {period}"),),
        "pids_limit": (("pids.max", str(limits.pids_limit)),),
    }
    one: dict[LimitName, tuple[tuple[str, str], ...]] = {
        "memory": (
            ("memory.limit_in_bytes", str(limits.memory)),
            ("memory.memsw.limit_in_bytes", str(limits.memory)),
        ),
        "cpus": (("cpu.cfs_period_us", str(period)), ("cpu.cfs_quota_us", quota)),
        "pids_limit": (("pids.max", str(limits.pids_limit)),),
    }
    controllers: dict[LimitName, str] = {"memory": "memory", "cpus": "cpu", "pids_limit": "pids"}
    for place in cgroups.places(controllers[name]):
        settings = (two if place.is_unified else one)[name]
        if _works(place.path, settings):
            return place.path, settings
    return None


def _works(place: str, settings: tuple[tuple[str, str], ...]) -> bool:
    """Try a group out, with a process that does nothing."""
    argv = (*jail_program("limited"), json.dumps([(place, settings)]), shutil.which("true") or "/bin/true")
    try:
        trial = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRIAL_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return trial.returncode == 0


def _merged(
    groups: Sequence[tuple[str, tuple[tuple[str, str], ...]]],
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for place, settings in groups:
        found[place] = (*found.get(place, ()), *settings)
    return tuple(found.items())


def _threads_of_user() -> int:
    """Return how many threads the user has: the kernel counts them all."""
    user, count = os.getuid(), 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == user:
                    count += len(os.listdir(entry / "task"))
    return count
