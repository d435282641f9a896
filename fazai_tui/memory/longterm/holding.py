"""Which process has the embedded store open: one at a time, and it gives way when another one asks."""

import errno
import fcntl
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

_LOCK = "owner"
_BELL = "wanted."
_POLL_SECONDS = 0.02
_NAME = re.compile(r"\d{1,10}-[0-9a-f]{8}")


class Holding:
    """The right to open the store's files, held between processes by a lock that the kernel gives up with its holder.

    Whoever wants it rings: writes into a pipe that the holder's thread sleeps on. The holder finishes what it is at,
    closes the files and lets go.

    Args:
        folder: Where the lock lies; it exists.
        on_wanted: Called on a thread of its own when another process waits.
    """

    def __init__(self, folder: Path, on_wanted: Callable[[], None]) -> None:
        self._lock_file = folder / _LOCK
        self._folder = folder
        self._on_wanted = on_wanted
        self._lock: int | None = None
        self._bell: int | None = None
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"

    @property
    def is_held(self) -> bool:
        """Whether this process holds it."""
        return self._lock is not None

    def take(self, seconds: float) -> int:
        """Wait for the right.

        Args:
            seconds: How long to wait for another process to give way.

        Returns:
            0 when it was had, else the process that kept it.

        Raises:
            OSError: The lock cannot be made.
        """
        if self._lock is not None:
            return 0
        lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = _holder(lock)
                if time.monotonic() >= deadline:
                    os.close(lock)
                    return int(holder.partition("-")[0] or -1)
                self._ring(holder)
                time.sleep(_POLL_SECONDS)
        for stale in self._folder.glob(f"{_BELL}*"):
            if not Path(f"/proc/{stale.name.removeprefix(_BELL).partition('-')[0]}").exists():
                stale.unlink(missing_ok=True)
        os.ftruncate(lock, 0)
        os.pwrite(lock, self._name.encode(), 0)
        self._lock = lock
        self._listen()
        return 0

    def give_up(self) -> None:
        """Let go; harmless when it is not held. The files are closed by now."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        os.ftruncate(lock, 0)
        os.close(lock)

    def close(self) -> None:
        """Let go for good and end the thread that listens."""
        self.give_up()
        if self._bell is not None:
            os.write(self._bell, b"q")
            self._bell = None
            self._bell_of(self._name).unlink(missing_ok=True)

    def _bell_of(self, process: str) -> Path:
        return self._folder / f"{_BELL}{process}"

    def _ring(self, holder: str) -> None:
        try:
            bell = os.open(self._bell_of(holder), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            # Its process has gone, or does not listen yet.
            if error.errno not in (errno.ENXIO, errno.ENOENT):
                raise
            return
        try:
            os.write(bell, b"w")
        except BlockingIOError:
            pass
        finally:
            os.close(bell)

    def _listen(self) -> None:
        if self._bell is not None:
            return
        place = self._bell_of(self._name)
        place.unlink(missing_ok=True)
        os.mkfifo(place, 0o600)
        # Open for writing as well, so that the pipe outlives those who ring.
        self._bell = os.open(place, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        threading.Thread(target=self._wait, args=(self._bell,), name="memory-bell", daemon=True).start()

    def _wait(self, bell: int) -> None:
        while b"q" not in os.read(bell, 4096):
            if self._lock is not None:
                self._on_wanted()
        os.close(bell)


def _holder(lock: int) -> str:
    """Return the name of the process that a lock's file gives; empty when it is just changing hands."""
    text = os.pread(lock, 40, 0).decode("ascii", "replace")
    return text if _NAME.fullmatch(text) else ""
