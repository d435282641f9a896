"""What a confined program may reach, as paths of this machine."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox.programs import own_places
from fazai_tui.sandbox.secrets import outermost, secrets

HIDDEN = "/run"
"""Holds the sockets of services, which would do outside what is refused inside."""

_SHOWN_OF_RUN = ("utmp", "mount", "udev/data")
_NOT_WRITABLE = ("/", "/dev", HIDDEN)
_NOTHING_WRITABLE_IN = ("/proc", "/sys")


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a confined program may reach; it reads everything that is not masked.

    Attributes:
        writable: Directories it may change, the outer before the inner.
        read_only: Paths in these that it may not change.
        masked: Files and directories it may not read.
        hidden: Directories it sees empty, but for what is shown.
        shown: Paths in the hidden directories.
        has_network: Whether the network stays on.
    """

    writable: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    has_network: bool = False


def confinement(
    mode: SandboxMode,
    *,
    workspace: str,
    env: Mapping[str, str],
    writable_roots: Sequence[str],
    private_paths: Sequence[str],
    has_network: bool,
) -> Confinement:
    """Return what a mode means on this machine.

    Args:
        mode: Any but `danger-full-access`.
        workspace: The directory that `workspace-write` may change.
        env: Names the home directory.
        writable_roots: More such directories.
        private_paths: More secrets: this program's own data.
        has_network: Whether the network stays on.
    """
    writable: list[str] = []
    if mode is SandboxMode.WORKSPACE_WRITE:
        asked = ("/tmp", *(os.path.expanduser(root) for root in writable_roots), workspace)
        writable = sorted({os.path.realpath(path) for path in asked if os.path.isdir(path)}, key=len)
    shown = (*(f"{HIDDEN}/{name}" for name in _SHOWN_OF_RUN), os.path.realpath("/etc/resolv.conf"))
    # What is started again to confine the next shell must not be what a confined program made of it.
    kept = (*(f"{path}/.git" for path in writable), *_within(own_places(), writable))
    return Confinement(
        writable=tuple(writable),
        read_only=tuple(path for path in kept if os.path.exists(path)),
        masked=masked_paths(env, private_paths),
        hidden=(HIDDEN,) if os.path.isdir(HIDDEN) else (),
        shown=tuple(path for path in shown if path.startswith(f"{HIDDEN}/") and os.path.exists(path)),
        has_network=has_network,
    )


def is_the_machines(path: str) -> bool:
    """Whether who may write to a real path may change the whole machine: its devices, services and kernel."""
    return path in _NOT_WRITABLE or any(f"{path}/".startswith(f"{place}/") for place in _NOTHING_WRITABLE_IN)


def masked_paths(env: Mapping[str, str], private_paths: Sequence[str]) -> tuple[str, ...]:
    """Return what may not be read on this machine, the outermost of each tree.

    Args:
        env: Names the home directory, and places of credentials.
        private_paths: This program's own data.
    """
    return tuple(outermost((*secrets(env), *private_paths, *_sockets("/tmp"), *_bound_sockets())))


def workplaces(workspace: str, env: Mapping[str, str], roots: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the directories in which a user's work is to be expected."""
    return (workspace, env.get("HOME", "/"), *(os.path.expanduser(root) for root in roots), "/tmp", "/var/tmp")


def _within(paths: Iterable[str], places: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if any(path.startswith(f"{place}/") for place in places):
            yield path


def _bound_sockets() -> Iterator[str]:
    """Find the sockets of services anywhere in the file system: who reaches one does what its service may."""
    try:
        with open("/proc/net/unix", errors="surrogateescape") as table:
            rows = [line.split(maxsplit=7) for line in table]
    except OSError:
        return
    for row in rows:
        path = row[7].rstrip("\n") if len(row) == 8 else ""
        if path.startswith("/") and not path.startswith(f"{HIDDEN}/"):
            yield path


def _sockets(directory: str, depth: int = 2) -> Iterator[str]:
    """Find the sockets in a shared directory: of a terminal multiplexer, an agent or a display."""
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    for entry in entries:
        try:
            mode = entry.stat(follow_symlinks=False).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode):
            yield entry.path
        elif stat.S_ISDIR(mode) and depth > 1:
            yield from _sockets(entry.path, depth - 1)
