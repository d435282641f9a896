"""Limits that a process gives itself and all that it starts."""

import os
import resource
from typing import Any


def limit(plan: dict[str, Any]) -> None:
    """Set the limits of a plan: `memory` (bytes a process), `processes`, `seconds` (of a process), `processors`.

    What is 0 or absent is not limited. Nothing is ever raised above what holds already.
    """
    limits: dict[str, int] = plan.get("limits", {})
    for kind, value in (
        (resource.RLIMIT_AS, limits.get("memory", 0)),
        (resource.RLIMIT_NPROC, limits.get("processes", 0)),
        (resource.RLIMIT_CPU, limits.get("seconds", 0)),
    ):
        if value:
            _, hard = resource.getrlimit(kind)
            least = value if hard == resource.RLIM_INFINITY else min(value, hard)
            # What is over its seconds is asked to end first (SIGXCPU), and killed a little later.
            most = least + 5 if kind == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else least
            resource.setrlimit(kind, (least, most))
    if processors := limits.get("processors", 0):
        usable = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, usable[:processors])
    # A core file of a program may hold what it read.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def pins_processors(plan: dict[str, Any]) -> bool:
    """Whether the processors are a limit that the program may not lift."""
    limits: dict[str, int] = plan.get("limits", {})
    return bool(limits.get("processors"))
