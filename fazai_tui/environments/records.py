"""What is on disk about an environment: a directory with its facts, and a lock as long as it is kept."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fazai_tui.environments import control_groups
from fazai_tui.jail import kernel

_DETACH = 2
_PATIENCE_S = 5.0
_QUIET_LOOKS = 3
_LISTS = ("roles", "group", "container")
_FACTS, _LOCK = "facts.json", "lock"


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that an environment lives as long as.

    Attributes:
        pid: Its number.
        start: When it started, in ticks since the machine did: with it a number is never taken for another process.
        name: What it is called.
    """

    pid: int
    start: int
    name: str = ""

    @classmethod
    def of(cls, pid: int) -> "Owner":
        """Return a process as an owner.

        Raises:
            OSError: There is no such process.
        """
        name, fields = process_status(pid)
        return cls(pid, int(fields[19]), name)

    def is_alive(self) -> bool:
        """Whether it is there, and no zombie."""
        try:
            _, fields = process_status(self.pid)
        except OSError:
            return False
        return int(fields[19]) == self.start and fields[0] not in ("Z", "X")


@dataclass(frozen=True, slots=True)
class Facts:
    """One environment.

    Attributes:
        name: What its user calls it.
        kind: `namespaces` or `podman`.
        image: What it shows: a directory or an image; empty for this machine.
        owner: Whom it lives as long as.
        keeper: The process that holds it.
        first: Its first process, as this machine counts.
        made_at: Seconds since 1970.
        roles: The roles it admits.
        home: Where its shell begins when the user's directory is not in it.
        memory: Bytes it may take; 0 for no limit.
        cpus: Processors it may take; 0 for no limit.
        held: How each limit is held: `group`, `process`, `pinned` or `none`.
        group: Directories of its control groups.
        has_network: Whether it shares the network of this machine.
        has_own_user: Whether it is in a user namespace.
        keeps_user: Whether its user goes by their own number in it, not by root's.
        container: The command that reaches its container; empty without one.
        store: The directory of its container in memory; empty without one.
        url: Where its server answers; empty without one.
    """

    name: str
    kind: str
    image: str
    owner: Owner
    keeper: int
    first: int
    made_at: float
    roles: tuple[str, ...] = ()
    home: str = "/"
    memory: int = 0
    cpus: float = 0
    held: dict[str, str] | None = None
    group: tuple[str, ...] = ()
    has_network: bool = False
    has_own_user: bool = False
    keeps_user: bool = False
    container: tuple[str, ...] = ()
    store: str = ""
    url: str = ""


def process_status(pid: int) -> tuple[str, list[str]]:
    """Return a process's name and the fields of its status that follow.

    Raises:
        OSError: There is no such process.
    """
    text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    before, _, after = text.rpartition(")")
    return before.partition("(")[2], after.split()


class Records:
    """The environments of one user.

    Args:
        directory: Where they are; made when missing.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def place(self, name: str) -> Path:
        """Return the directory of an environment, there or not."""
        return self._directory / name

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep other processes from making and sweeping meanwhile.

        Raises:
            OSError: The directory cannot be made or written.
        """
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self._directory / ".lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def names(self) -> list[str]:
        """Return the names in use, of what is kept and of what was left behind."""
        try:
            return sorted(item.name for item in self._directory.iterdir() if item.is_dir())
        except OSError:
            return []

    def facts(self, name: str) -> Facts | None:
        """Return what is kept under a name; None when there is nothing, or nobody keeps it."""
        facts = _read(self.place(name))
        return facts if facts is not None and facts.first and is_kept(self.place(name)) else None

    def await_end(self, facts: Facts) -> None:
        """Wait until nothing is left under the name: the keeper's second may still tidy up."""
        place, end = self.place(facts.name), time.monotonic() + _PATIENCE_S
        while place.exists() and time.monotonic() < end:
            if (other := _read(place)) is not None and other.keeper != facts.keeper:
                return
            time.sleep(0.02)

    def all(self) -> list[Facts]:
        """Return every environment that is kept."""
        return [facts for name in self.names() if (facts := self.facts(name)) is not None]

    def sweep(self) -> None:
        """Remove what a keeper left behind that was killed together with its second; the lock must be held."""
        for name in self.names():
            place = self.place(name)
            if not is_kept(place):
                remove_all(place)


def _facts(known: dict[str, Any]) -> Facts:
    for name in _LISTS:
        known[name] = tuple(known[name])
    known["owner"] = Owner(**known["owner"])
    return Facts(**known)


def write_facts(place: Path, facts: Facts) -> None:
    """Write what is known of an environment into its directory, in one step."""
    draft = place / f".{_FACTS}"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(facts)))
    draft.rename(place / _FACTS)


def _read(place: Path) -> Facts | None:
    """Return what is written in a directory, whether or not it still holds."""
    try:
        return _facts(json.loads((place / _FACTS).read_text()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_of(place: Path, keeper: int) -> bool:
    """Whether an environment is the one of a keeper, and not another that got its name since."""
    facts = _read(place)
    return facts is not None and facts.keeper == keeper


def remove_all(place: Path) -> None:
    """Remove whatever is left of an environment: its container, its control groups, its directories."""
    facts = _read(place)
    if facts is not None:
        if facts.container:
            remove_container(facts.container, facts.store)
        for group in facts.group:
            control_groups.remove(group)
    shutil.rmtree(place, ignore_errors=True)


def remove_container(command: tuple[str, ...], store: str) -> None:
    """Remove a container with all that runs in it, and the memory it lies in."""
    if not store:
        return
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        silent = subprocess.DEVNULL
        argv = (*command, "rm", "--all", "--force", "--time", "0")
        subprocess.run(argv, stdin=silent, stdout=silent, stderr=silent, timeout=30, check=False)
    end = time.monotonic() + _PATIENCE_S
    quiet = 0
    while quiet < _QUIET_LOOKS and time.monotonic() < end:
        # What podman started for a program in the container tidies up as well, and would mount or write again.
        is_used = _end_users(store)
        for mount in reversed(_mounts_below(store)):
            with contextlib.suppress(OSError):
                kernel.check(kernel.LIBC.umount2(os.fsencode(mount), _DETACH), mount)
        quiet = 0 if is_used or os.path.lexists(store) else quiet + 1
        shutil.rmtree(store, ignore_errors=True)
        time.sleep(0.05)


def _end_users(store: str) -> bool:
    """End the programs of podman that are at work with a store; return whether there were any."""
    is_used = False
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if any(word.startswith(store.encode()) for word in words) and place.name != str(os.getpid()):
                is_used = True
                os.kill(int(place.name), signal.SIGKILL)
    return is_used


def _mounts_below(place: str) -> list[str]:
    with open("/proc/self/mountinfo") as mounts:
        found = [line.split()[4].encode().decode("unicode_escape") for line in mounts]
    return [path for path in found if place and path.startswith(f"{place}/")]


def hold(place: Path) -> int:
    """Say that an environment is kept as long as the returned file is open."""
    fd = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def is_kept(place: Path) -> bool:
    """Whether a process keeps the environment in a directory."""
    try:
        fd = os.open(place / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
