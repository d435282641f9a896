"""The mode in which every change goes to a layer that is thrown away."""

import contextlib
import json
import os
import subprocess
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fazai_tui.core.policy import SandboxMode
from fazai_tui.core.undo import FileChange
from fazai_tui.jail import overlay
from fazai_tui.sandbox.confinement import Confinement
from fazai_tui.sandbox.launchers import in_groups, limit_gaps, scope_gaps
from fazai_tui.sandbox.limits import LimitPlan
from fazai_tui.sandbox.programs import jail_program

_START_S = 15.0
_END_S = 5.0


class ThrowAwayLayer:
    """A layer over the whole machine, held by a process of its own; implements `core.ports.ChangeLayer`.

    It is gone when that process ends: by `close`, or by the end of this program, however that comes.

    Args:
        masked: Files and directories that cannot be read in it.
        size: Bytes that all changes together may take.
        own: Where the user works, who may not be root.

    Raises:
        OSError: There is no overlay to be had; the text says why.
    """

    def __init__(self, masked: Sequence[str], size: int, own: Sequence[str] = ()) -> None:
        plan = json.dumps({"size": size, "masked": list(masked), "own": list(own)})
        self._holder = subprocess.Popen(
            (*jail_program("layer"), plan),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C in the terminal is for commands, and not for what holds their changes.
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._holder)
        assert self._holder.stdout is not None and self._holder.stderr is not None
        line = self._holder.stdout.readline()
        if not line:
            reason = self._holder.stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
            self.close()
            raise OSError(0, reason or f"status {self._holder.returncode}")
        held: Mapping[str, Any] = json.loads(line)
        self._layers: list[tuple[str, str]] = [(place, upper) for place, upper in held["layers"]]
        self._seen: dict[str, overlay.Held] = {}
        self._looking = threading.Lock()
        self._closed: tuple[str, ...] = tuple(held["closed"])

    @property
    def holder(self) -> int:
        """The process that holds it."""
        return self._holder.pid

    def closed_for(self, path: str) -> str:
        """Return the directory around a path that could not be laid over; empty when the path can be worked in."""
        real = os.path.realpath(path)
        nearest = _around(real, (*self._closed, *(place for place, _ in self._layers)))
        mounted = _around(real, [place for place, _ in overlay.mounts()])
        # A layer shows nothing of what is mounted below the directory it is laid over.
        if overlay.is_apart(real) or len(mounted) > len(nearest):
            return mounted
        return nearest if nearest in self._closed else ""

    def news(self) -> tuple[FileChange, ...]:
        """Return what has changed in the layer since this was asked last."""
        with self._looking:
            found = self._held()
            before, self._seen = self._seen, found
        return tuple(FileChange(path=path, kind=kind) for path, kind, _ in overlay.news(before, found))

    def close(self) -> None:
        """Throw the layer away."""
        self._end()

    def _held(self) -> dict[str, overlay.Held]:
        if self._holder.poll() is not None:
            return {}
        return overlay.held(self._layers, f"/proc/{self._holder.pid}/root")


def _around(path: str, places: Sequence[str]) -> str:
    """Return the innermost of some directories that a path lies in."""
    return max((place for place in places if f"{path}/".startswith(f"{place.rstrip('/')}/")), key=len, default="")


def _end(holder: subprocess.Popen[bytes]) -> None:
    for stream in (holder.stdin, holder.stdout, holder.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    try:
        holder.wait(_END_S)
    except subprocess.TimeoutExpired:
        holder.kill()
        holder.wait()


@dataclass(frozen=True, slots=True)
class ThrowAwayLauncher:
    """Confines to a layer that is thrown away."""

    limits: Confinement
    resources: LimitPlan
    layer: ThrowAwayLayer
    mode: SandboxMode = SandboxMode.EPHEMERAL

    @property
    def gaps(self) -> tuple[str, ...]:
        """Message keys of what it does not cover."""
        return (*scope_gaps(has_network=self.limits.has_network), *limit_gaps(self.resources))

    def wrap(self, argv: Sequence[str], *, cwd: str, scratch: str) -> tuple[str, ...]:
        """Return the argument vector that runs a program in the layer."""
        plan = {
            "holder": self.layer.holder,
            "network": self.limits.has_network,
            "cwd": cwd,
            "scratch": os.path.realpath(scratch),
            "limits": self.resources.of_processes(shares_user=False),
        }
        return in_groups(self.resources, (*jail_program("join"), json.dumps(plan), *argv))
