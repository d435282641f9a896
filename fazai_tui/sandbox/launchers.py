"""The ways to confine a program: bubblewrap, or Landlock with or without namespaces."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from fazai_tui.core.policy import SandboxMode
from fazai_tui.core.ports import ChangeLayer, SandboxLauncher
from fazai_tui.jail import landlock
from fazai_tui.sandbox.confinement import Confinement
from fazai_tui.sandbox.limits import LimitPlan
from fazai_tui.sandbox.programs import jail_program

SHARED_MEMORY = "/dev/shm"
_TRIAL_S = 10.0
_TRIES = 2
"""What is hidden may go away while it is being hidden, a socket for example: then it works the next time."""


class Method(StrEnum):
    """How a program is confined, the best first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK_NAMESPACES = "landlock+namespaces"
    LANDLOCK = "landlock"


@dataclass(frozen=True, slots=True)
class PlainLauncher:
    """Confines nothing."""

    mode: SandboxMode = SandboxMode.DANGER_FULL_ACCESS
    gaps: tuple[str, ...] = ()
    layer: ChangeLayer | None = None

    def wrap(self, argv: Sequence[str], *, cwd: str, scratch: str) -> tuple[str, ...]:
        """Return the argument vector as it is."""
        return tuple(argv)


@dataclass(frozen=True, slots=True)
class BubblewrapLauncher:
    """Confines with bubblewrap."""

    mode: SandboxMode
    limits: Confinement
    resources: LimitPlan = field(default_factory=LimitPlan)
    layer: ChangeLayer | None = None

    @property
    def gaps(self) -> tuple[str, ...]:
        """Message keys of what it does not cover."""
        return ("sandbox.gap.sockets", *scope_gaps(has_network=self.limits.has_network), *limit_gaps(self.resources))

    def wrap(self, argv: Sequence[str], *, cwd: str, scratch: str) -> tuple[str, ...]:
        """Return the argument vector that runs a program confined."""
        limits = self.limits
        # Root needs no capability to write /proc/sys, and with it core_pattern, which runs programs outside.
        options = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--remount-ro", "/proc"]
        for path in limits.hidden:
            options += ["--tmpfs", path]
        for path in limits.shown:
            options += ["--ro-bind", path, path]
        for path in limits.writable:
            options += ["--bind", path, path]
        for path in limits.read_only:
            options += ["--ro-bind", path, path]
        for path in limits.masked:
            if os.path.isdir(path):
                options += ["--tmpfs", path, "--remount-ro", path]
            elif os.path.lexists(path):
                options += ["--ro-bind", "/dev/null", path]
        options += ["--bind", scratch, scratch]
        options += ["--unshare-user", "--unshare-pid", "--unshare-ipc"]
        options += [] if limits.has_network else ["--unshare-net"]
        # As root, bubblewrap keeps every capability unless told otherwise, and with them the way out.
        options += ["--die-with-parent", "--cap-drop", "ALL", "--chdir", cwd]
        plan = {"limits": self.resources.of_processes(shares_user=False)}
        inside = (*jail_program("lock"), json.dumps(plan), *argv)
        return in_groups(self.resources, ("bwrap", *options, "--", *inside))


@dataclass(frozen=True, slots=True)
class LandlockLauncher:
    """Confines with Landlock, in namespaces where they are to be had."""

    mode: SandboxMode
    limits: Confinement
    has_namespaces: bool
    resources: LimitPlan = field(default_factory=LimitPlan)
    layer: ChangeLayer | None = None

    @property
    def gaps(self) -> tuple[str, ...]:
        """Message keys of what it does not cover."""
        found = ("sandbox.gap.sockets",) if self.has_namespaces else ("sandbox.gap.metadata", "sandbox.gap.git")
        scopes = () if landlock.abi() >= landlock.SCOPES else ("sandbox.gap.signals",)
        sockets = scope_gaps(has_network=self.limits.has_network and self.has_namespaces)
        return (*found, *scopes, *sockets, *limit_gaps(self.resources))

    def wrap(self, argv: Sequence[str], *, cwd: str, scratch: str) -> tuple[str, ...]:
        """Return the argument vector that runs a program confined."""
        plan = {
            "writable": [*self.limits.writable, scratch],
            "read_only": self.limits.read_only,
            "masked": self.limits.masked,
            "hidden": self.limits.hidden,
            "shown": self.limits.shown,
            "shared_memory": SHARED_MEMORY,
            "network": self.limits.has_network,
            "namespaces": self.has_namespaces,
            "cwd": cwd,
            "limits": self.resources.of_processes(shares_user=not self.has_namespaces),
        }
        return in_groups(self.resources, (*jail_program("confine"), json.dumps(plan), *argv))


ConfiningLauncher = BubblewrapLauncher | LandlockLauncher


def launcher_by(
    method: Method, mode: SandboxMode, limits: Confinement, resources: LimitPlan | None = None
) -> ConfiningLauncher:
    """Return the launcher of a method, whether or not it works here."""
    held = resources or LimitPlan()
    if method is Method.BUBBLEWRAP:
        return BubblewrapLauncher(mode, limits, held)
    return LandlockLauncher(mode, limits, method is Method.LANDLOCK_NAMESPACES, held)


def refusal(launcher: SandboxLauncher, *, cwd: str) -> str:
    """Try a launcher; return why it does not work here, empty when it does."""
    program = shutil.which("true") or "/bin/true"
    scratch = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else "/tmp"
    why = ""
    for _ in range(_TRIES):
        argv = launcher.wrap((program,), cwd=cwd, scratch=scratch)
        try:
            trial = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TRIAL_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if trial.returncode == 0:
            return ""
        why = trial.stderr.strip().rpartition("\n")[2] or f"status {trial.returncode}"
    return why


def in_groups(resources: LimitPlan, argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the argument vector that runs a program in its control groups, where there are any."""
    if not resources.groups:
        return argv
    return (*jail_program("limited"), json.dumps(resources.groups), *argv)


def scope_gaps(*, has_network: bool) -> tuple[str, ...]:
    """Return the gap of abstract sockets, which only the network's namespace or a new kernel keeps away."""
    is_open = has_network and landlock.abi() < landlock.SCOPES
    return ("sandbox.gap.abstract",) if is_open else ()


def limit_gaps(resources: LimitPlan) -> tuple[str, ...]:
    """Return the gap of a limit on memory that holds for each process and not for all together."""
    return ("sandbox.gap.memory",) if resources.means.get("memory") == "process" else ()
