"""What a shell has in the background, found among its processes."""

import os
import signal
import time
from collections.abc import Set as AbstractSet

from fazai_tui.core.jobs import Job, JobProcess, JobState
from fazai_tui.shell.process_tree import Process, arguments, process_state, send_signal

_STATES: dict[str, JobState] = {"R": "running", "T": "stopped", "t": "stopped"}
_BRACKET = "( … )"
_TICKS = os.sysconf("SC_CLK_TCK")


def find_jobs(processes: AbstractSet[Process]) -> tuple[Job, ...]:
    """Return the jobs that processes make up: each that was not started by another of them, with all below it."""
    trees = _trees(processes)
    return tuple(_job(tree) for tree in sorted(trees, key=lambda tree: (tree[0].started, tree[0].pid)))


def end_job(processes: AbstractSet[Process], job_id: int, *, by_force: bool) -> bool:
    """Send a job SIGTERM, or SIGKILL; False when there is no such job."""
    for tree in _trees(processes):
        if tree[0].pid == job_id:
            send_signal(tree, signal.SIGKILL if by_force else signal.SIGTERM)
            # What was stopped sees the signal only when it goes on.
            send_signal(tree, signal.SIGCONT)
            return True
    return False


def _trees(processes: AbstractSet[Process]) -> list[list[Process]]:
    parents = {process: state.parent for process in processes if (state := process_state(process.pid)) is not None}
    by_pid = {process.pid: process for process in parents}
    trees: dict[Process, list[Process]] = {}
    for process in sorted(parents, key=lambda each: (each.started, each.pid)):
        root, seen = process, {process.pid}
        while (above := by_pid.get(parents[root])) is not None and above.pid not in seen:
            root = above
            seen.add(root.pid)
        trees.setdefault(root, [])
        if process != root:
            trees[root].append(process)
    return [[root, *below] for root, below in trees.items()]


def _job(tree: list[Process]) -> Job:
    first = tree[0]
    state = process_state(first.pid)
    return Job(
        id=first.pid,
        command=_command(first.pid),
        state=_STATES.get(state.state, "sleeping") if state else "sleeping",
        seconds=max(0, int(time.clock_gettime(time.CLOCK_BOOTTIME) - first.started / _TICKS)),
        cwd=_cwd(first.pid),
        processes=tuple(JobProcess(pid=process.pid, command=_command(process.pid)) for process in tree),
    )


def _command(pid: int) -> str:
    words = [word.decode("utf-8", "replace") for word in arguments(pid) if word]
    # A bracket or a function in the background is a copy of the shell, and bears its arguments.
    return _BRACKET if words[1:3] == ["--noprofile", "--noediting"] else " ".join(words)


def _cwd(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""
