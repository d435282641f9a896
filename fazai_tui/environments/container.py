"""The container of an environment: podman's own, in a store that lies in memory and is this environment's alone."""

import os
import re
import resource
import subprocess
from dataclasses import replace
from typing import Any

from fazai_tui.environments.records import Facts

_IGNORED = re.compile(r"limits? (?:are|is) not supported|ignored|discarded", re.IGNORECASE)
_START_S = 120
_MOST_PROCESSES = 32768


def begin(facts: Facts, plan: dict[str, Any]) -> tuple[Facts, int]:
    """Start the container; return the facts with its first process, and a file that can be read when that has ended.

    Raises:
        OSError: It does not start.
    """
    os.makedirs(facts.store, mode=0o700)
    command = [*facts.container, "run", "--detach", "--init=false", "--name", facts.name, "--hostname", facts.name]
    command += ["--network", "host" if facts.has_network else "none", "--pull", "never", *_bounds(plan)]
    command += ["--security-opt", "no-new-privileges"]
    for path, source in plan["shown"].items():
        command += ["--volume", f"{source}:{path}:ro"]
    # Whatever the image would run by itself, an environment waits for its user.
    command += ["--entrypoint", '["/bin/sh", "-c", "trap : TERM; while :; do sleep 1000000 & wait; done"]', facts.image]
    warned = _run(command).stderr
    inspect = [*facts.container, "inspect", "--format", "{{.State.Pid}}", facts.name]
    first = int(_run(inspect).stdout.strip() or 0)
    if not first:
        raise OSError(0, "the container ended at once")
    # Where a user has no control groups, podman starts the container all the same and only warns.
    how = "ignored" if _IGNORED.search(warned) else "group"
    held = {name: how for name, value in (("memory", facts.memory), ("cpus", facts.cpus)) if value}
    return replace(facts, first=first, held=held), os.pidfd_open(first)


def _bounds(plan: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for option, value in (("--memory", plan["memory"]), ("--cpus", plan["cpus"]), ("--pids-limit", plan["processes"])):
        found += [option, str(value)] if value else []
    # Podman would raise these, which not every machine lets it.
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    processes = _MOST_PROCESSES if processes < 0 else min(processes, _MOST_PROCESSES)
    return [*found, "--ulimit", f"nofile={files}:{files}", "--ulimit", f"nproc={processes}:{processes}"]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run podman; return what it said.

    Raises:
        OSError: It failed; its last line says why.
    """
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_START_S, check=False
        )
    except subprocess.SubprocessError as error:
        raise OSError(0, str(error)) from error
    if done.returncode:
        raise OSError(0, done.stderr.strip().rpartition("\n")[2] or f"podman: status {done.returncode}")
    return done
