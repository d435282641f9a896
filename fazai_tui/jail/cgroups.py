"""Control groups: where one can be made, and making and leaving one."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PREFIX = "fazai-"
_TRIES = 3

Setting = tuple[str, str]
"""A file of a group, and what is written to it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A group below which others can be made.

    Attributes:
        path: Its directory.
        is_unified: Whether it is of version 2.
    """

    path: str
    is_unified: bool


def places(controller: str) -> Iterator[Place]:
    """Yield where a controller can be had, the group of this process first and then the ones above it."""
    mounts = _mounts()
    for number, controllers, path in _own_groups():
        is_unified = number == "0"
        mount = mounts.get("" if is_unified else controller)
        if mount is None or not (is_unified or controller in controllers.split(",")):
            continue
        top, seen_from = mount
        place = f"{top}/{path.removeprefix(seen_from).strip('/')}".rstrip("/")
        while place.startswith(top):
            if os.access(place, os.W_OK) and (not is_unified or _has(place, controller)):
                yield Place(place, is_unified)
            place = place.rpartition("/")[0]


def make(place: str, settings: Sequence[Setting]) -> str:
    """Make a group, set its limits, and move this process into it; return its directory.

    Raises:
        OSError: It cannot be made.
    """
    clear(place)
    for attempt in range(_TRIES):
        group = f"{place}/{_PREFIX}{os.getpid()}-{os.urandom(4).hex()}"
        os.mkdir(group)
        try:
            for name, value in settings:
                # A machine without swap has no such limit.
                with contextlib.suppress(FileNotFoundError):
                    _write(f"{group}/{name}", value)
            _write(f"{group}/cgroup.procs", str(os.getpid()))
        except OSError:
            with contextlib.suppress(OSError):
                os.rmdir(group)
            # While it was empty, somebody else may have cleared it away.
            if attempt == _TRIES - 1:
                raise
        else:
            return group
    raise OSError(0, "no group")


def clear(place: str) -> None:
    """Remove the groups of programs that were killed: only those in which nothing runs can be."""
    with contextlib.suppress(OSError):
        for name in os.listdir(place):
            if name.startswith(_PREFIX):
                with contextlib.suppress(OSError):
                    os.rmdir(f"{place}/{name}")


def _write(file: str, text: str) -> None:
    fd = os.open(file, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _has(place: str, controller: str) -> bool:
    """Whether groups below a place of version 2 get a controller."""
    try:
        with open(f"{place}/cgroup.subtree_control") as file:
            return controller in file.read().split()
    except OSError:
        return False


def _own_groups() -> Iterator[tuple[str, str, str]]:
    with contextlib.suppress(OSError), open("/proc/self/cgroup") as file:
        for line in file:
            number, controllers, path = line.rstrip("\n").split(":", 2)
            yield number, controllers, path


def _mounts() -> dict[str, tuple[str, str]]:
    """Return where which part of the groups is mounted: by controller, and that of version 2 by an empty name."""
    found: dict[str, tuple[str, str]] = {}
    with contextlib.suppress(OSError), open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            before, _, after = line.partition(" - ")
            kind, _, options = after.split(maxsplit=2)
            part, place = before.split()[3:5]
            if kind == "cgroup2":
                found[""] = place, part
            elif kind == "cgroup":
                found.update(dict.fromkeys(options.strip().split(","), (place, part)))
    return found
