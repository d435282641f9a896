"""The one file that says where a guard stands, changed only under its lock.

It is written in place within room that was taken when it was made, so that a full disk stops neither a decision nor the
way back.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

SIZE = 64 * 1024
"""Bytes that the file has from the beginning."""
_LONGEST = 200


class StateFile:
    """Where a guard stands.

    Args:
        path: The file; `create` makes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, facts: dict[str, object]) -> None:
        """Make the file, for the user alone, with room for all that will be written.

        Raises:
            OSError: It cannot be made, for example on a full disk.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, b" " * SIZE, 0)
            _write(descriptor, facts)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self) -> dict[str, object]:
        """Return where the guard stands.

        Raises:
            OSError: The file cannot be read.
            ValueError: It holds no state.
        """
        with self._opened(os.O_RDONLY, fcntl.LOCK_SH) as descriptor:
            return _read(descriptor)

    @contextmanager
    def changing(self) -> Generator[dict[str, object], None, None]:
        """Give the facts to change; nobody else reads or changes them meanwhile.

        Raises:
            OSError: The file cannot be changed.
            ValueError: It holds no state.
        """
        with self._opened(os.O_RDWR, fcntl.LOCK_EX) as descriptor:
            facts = _read(descriptor)
            before = json.dumps(facts)
            yield facts
            if json.dumps(facts) != before:
                _write(descriptor, facts)

    @contextmanager
    def _opened(self, flags: int, lock: int) -> Generator[int, None, None]:
        descriptor = os.open(self.path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
                raise ValueError(str(self.path))
            fcntl.flock(descriptor, lock)
            yield descriptor
        finally:
            os.close(descriptor)


def boot_time() -> float:
    """Return seconds since the machine started, time in which it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Return what tells this start of the machine from every other."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def process_mark(pid: int) -> str:
    """Return what tells a process from every other that had or will have its number; empty when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else f"{pid}:{fields[19].decode()}"


def is_alive(mark: object) -> bool:
    """Tell whether the process of a mark still runs."""
    pid = str(mark).partition(":")[0]
    if not pid.isdecimal():
        return False
    if now := process_mark(int(pid)):
        return now == mark
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        # Some machines hide the processes of others.
        return not os.path.exists(f"/proc/{pid}")
    except OSError:
        return False
    return False


def _read(descriptor: int) -> dict[str, object]:
    facts: object = json.loads(os.pread(descriptor, SIZE, 0).decode())
    if not isinstance(facts, dict):
        raise ValueError("state")
    return cast("dict[str, object]", facts)


def _write(descriptor: int, facts: dict[str, object]) -> None:
    text = json.dumps(facts).encode()
    outcomes = facts.get("outcomes")
    if len(text) > SIZE and isinstance(outcomes, list):
        text = json.dumps({**facts, "outcomes": outcomes[:_LONGEST]}).encode()
    os.pwrite(descriptor, text.ljust(SIZE)[:SIZE], 0)
