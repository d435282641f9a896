"""What each part of a prompt may take, and what surroundings look like in one."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from fazai_tui.core.events import ContextPartName
from fazai_tui.core.jobs import Job
from fazai_tui.core.surroundings import MachineState, RecentError, Surroundings, Workspace
from fazai_tui.engine.prompts_compact import one_line
from fazai_tui.engine.prompts_full import without_marks

PART_TOKENS: Final[Mapping[str, int]] = {
    "persona": 200,
    "machine": 250,
    "workspace": 150,
    "errors": 250,
    "jobs": 100,
    "memory": 300,
}
"""Tokens of the parts that have a budget of their own. What is longer loses its last lines. The transcript has half of
the prompt; system text, host, examples and the order have what there is."""

UNTRUSTED: Final = frozenset(("workspace", "errors", "jobs"))
"""Parts that hold names and output of anybody's: they stand between data marks, which their budget includes."""

_Described: TypeAlias = tuple[ContextPartName, str, str]

_GIB: Final = 1024**3
_LINE: Final = 300
_OUTPUT: Final = 200


async def fitted(text: str, budget: int, count_tokens: Callable[[str], Awaitable[int]]) -> tuple[str, str]:
    """Return as many lines of a text as its budget allows, and what is said of those left out."""
    lines = text.splitlines()
    whole = len(lines)
    while lines and await count_tokens("\n".join(lines)) > budget:
        lines.pop()
    return "\n".join(lines), "" if len(lines) == whole else f"{len(lines)} of {whole} lines"


def surrounding_texts(surroundings: Surroundings) -> list[_Described]:
    """Return the parts there are, with a remark on each; the most dispensable last."""
    parts: list[_Described] = []
    if surroundings.persona:
        parts.append(("persona", without_marks(surroundings.persona), surroundings.persona_name))
    if surroundings.machine is not None:
        parts.append(("machine", machine_text(surroundings.machine), ""))
    if surroundings.workspace is not None:
        parts.append(("workspace", workspace_text(surroundings.workspace), surroundings.workspace.folder))
    if surroundings.errors:
        parts.append(("errors", errors_text(surroundings.errors), ""))
    if surroundings.jobs:
        parts.append(("jobs", jobs_text(surroundings.jobs), ""))
    return parts


def machine_text(machine: MachineState) -> str:
    """Return how the machine is, the most important first."""
    lines = [f"Memory: {_gib(machine.memory_available)} of {_gib(machine.memory_total)} GiB available"]
    if machine.failed:
        lines.append(f"Failed services: {', '.join(machine.failed)}")
    lines += [f"Disk {disk.mount}: {_gib(disk.free)} of {_gib(disk.size)} GiB free" for disk in machine.disks]
    if machine.interfaces:
        lines.append("Network: " + ", ".join(f"{name} {address}" for name, address in machine.interfaces))
    if machine.running:
        lines.append(f"Running services: {', '.join(machine.running)}")
    return _safe(lines)


def workspace_text(workspace: Workspace) -> str:
    """Return the map of the working directory."""
    more = " at least" if workspace.is_partial else ""
    lines = [f"{workspace.files} files{more} below the directory"]
    if workspace.languages:
        lines.append("Languages: " + ", ".join(f"{name} {count}" for name, count in workspace.languages))
    if workspace.branch:
        changed = "" if workspace.changed is None else f", {workspace.changed} files changed"
        lines.append(f"git: {workspace.branch}{changed}")
    if workspace.last_edited:
        lines.append("Edited last: " + ", ".join(workspace.last_edited))
    return _safe(lines)


def errors_text(errors: Sequence[RecentError]) -> str:
    """Return earlier failures, the newest first."""
    return _safe(
        f"Failed earlier with status {error.exit_code}: {error.command} -> {error.output[-_OUTPUT:]}"
        for error in reversed(errors)
    )


def jobs_text(jobs: Sequence[Job]) -> str:
    """Return what runs in the background."""
    return _safe(f"In the background for {job.seconds} s ({job.state}): {job.command}" for job in jobs)


def _safe(lines: Iterable[str]) -> str:
    """Return lines, each on one; names of files, services and programs may be anybody's."""
    return "\n".join(one_line(without_marks(line))[:_LINE] for line in lines)


def _gib(size: int) -> str:
    return f"{size / _GIB:.1f}"
