"""The ways to confine a program: bubblewrap, or Landlock with or without namespaces."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox import confine
from fazai_tui.sandbox.confine import landlock_abi
from fazai_tui.sandbox.confinement import Confinement

_SHARED_MEMORY = "/dev/shm"
_TRIAL_S = 10.0
_SIGNAL_SCOPE_ABI = 6


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

    def wrap(self, argv: Sequence[str], *, cwd: str, scratch: str) -> tuple[str, ...]:
        """Return the argument vector as it is."""
        return tuple(argv)


@dataclass(frozen=True, slots=True)
class BubblewrapLauncher:
    """Confines with bubblewrap."""

    mode: SandboxMode
    limits: Confinement

    @property
    def gaps(self) -> tuple[str, ...]:
        """Message keys of what it does not cover."""
        return ("sandbox.gap.sockets",)

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
            else:
                options += ["--ro-bind", "/dev/null", path]
        options += ["--bind", scratch, scratch]
        options += ["--unshare-user", "--unshare-pid", "--unshare-ipc"]
        options += [] if limits.has_network else ["--unshare-net"]
        # As root, bubblewrap keeps every capability unless told otherwise, and with them the way out.
        return ("bwrap", *options, "--die-with-parent", "--cap-drop", "ALL", "--chdir", cwd, "--", *argv)


@dataclass(frozen=True, slots=True)
class LandlockLauncher:
    """Confines with Landlock, in namespaces where they are to be had."""

    mode: SandboxMode
    limits: Confinement
    has_namespaces: bool

    @property
    def gaps(self) -> tuple[str, ...]:
        """Message keys of what it does not cover."""
        found = ("sandbox.gap.sockets",) if self.has_namespaces else ("sandbox.gap.metadata", "sandbox.gap.git")
        return found if landlock_abi() >= _SIGNAL_SCOPE_ABI else (*found, "sandbox.gap.signals")

    def wrap(self, argv: Sequence[str], *, cwd: str, scratch: str) -> tuple[str, ...]:
        """Return the argument vector that runs a program confined."""
        specification = {
            "writable": [*self.limits.writable, scratch],
            "read_only": self.limits.read_only,
            "masked": self.limits.masked,
            "hidden": self.limits.hidden,
            "shown": self.limits.shown,
            "shared_memory": _SHARED_MEMORY,
            "network": self.limits.has_network,
            "namespaces": self.has_namespaces,
            "cwd": cwd,
        }
        return (sys.executable, "-I", "-S", confine.__file__, json.dumps(specification), *argv)


ConfiningLauncher = BubblewrapLauncher | LandlockLauncher


def launcher_by(method: Method, mode: SandboxMode, limits: Confinement) -> ConfiningLauncher:
    """Return the launcher of a method, whether or not it works here."""
    if method is Method.BUBBLEWRAP:
        return BubblewrapLauncher(mode, limits)
    return LandlockLauncher(mode, limits, has_namespaces=method is Method.LANDLOCK_NAMESPACES)


def refusal(launcher: ConfiningLauncher, *, cwd: str) -> str:
    """Try a launcher; return why it does not work here, empty when it does."""
    program = shutil.which("true") or "/bin/true"
    scratch = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else "/tmp"
    argv = launcher.wrap((program,), cwd=cwd, scratch=scratch)
    try:
        trial = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TRIAL_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if trial.returncode == 0:
        return ""
    return trial.stderr.strip().rpartition("\n")[2] or f"status {trial.returncode}"
