"""The worker's place: one process a socket, and nobody else's way in."""

import fcntl
import os
import socket
import stat
import struct
from pathlib import Path
from typing import Final

from fazai_tui.config.paths import ensure_directory
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError

_LONGEST_PATH: Final = 107
"""Bytes of a Unix socket's path that the kernel takes."""

_BACKLOG: Final = 256
_CREDENTIALS: Final = struct.Struct("3i")


def peer_of(connected: socket.socket) -> tuple[int, int]:
    """Return the process and the user at the other end of a connection."""
    data = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(data)
    return pid, uid


def listener_of(path: Path) -> int:
    """Return the process that listens on a socket; 0 when none does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except BlockingIOError:
            # Its queue is full: somebody listens, and cannot be asked who.
            return -1
        except OSError:
            return 0
        return peer_of(probe)[0]


class SocketPlace:
    """Takes a socket's path for this process, and gives it back.

    The right to it is a lock on a file beside it, which the kernel gives up with its holder; what a killed worker left
    behind is replaced.

    Args:
        path: The socket.
        texts: For errors.
    """

    def __init__(self, path: Path, texts: Texts) -> None:
        self.path = path
        self._texts = texts
        self._lock: int | None = None
        self._identity: tuple[int, int] | None = None

    @property
    def lock_file(self) -> Path:
        """The file that holds the process's number while the worker runs."""
        return self.path.with_name(f"{self.path.name}.lock")

    def take(self) -> socket.socket:
        """Return the socket, listening, for the user alone.

        Raises:
            FazaiError: Another process has it, or it cannot be made there.
        """
        if len(os.fsencode(self.path)) > _LONGEST_PATH:
            raise self._error("too_long", limit=_LONGEST_PATH)
        try:
            ensure_directory(self.path.parent)
            self._check_directory()
            self._take_lock()
            self._remove_stale()
            return self._listen()
        except OSError as error:
            self.give_back()
            raise self._error("os", reason=error.strerror or str(error)) from error
        except FazaiError:
            self._release()
            raise

    def give_back(self) -> None:
        """Remove the socket, if it is still this process's own, and let others have the place."""
        if self._identity is not None:
            try:
                facts = self.path.lstat()
                if (facts.st_dev, facts.st_ino) == self._identity:
                    self.path.unlink()
            except OSError:
                # It has gone already, or the directory has: there is nothing left to remove.
                pass
            self._identity = None
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def _check_directory(self) -> None:
        facts = self.path.parent.stat()
        is_open = facts.st_mode & 0o022 and not facts.st_mode & stat.S_ISVTX
        if is_open or facts.st_uid not in (0, os.geteuid()):
            raise self._error("open_directory", directory=self.path.parent)

    def _take_lock(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        lock = os.open(self.lock_file, flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
            os.close(lock)
            raise self._error("held", pid=holder or listener_of(self.path) or "?") from None
        self._lock = lock
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)

    def _remove_stale(self) -> None:
        try:
            facts = self.path.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(facts.st_mode):
            raise self._error("no_socket")
        if holder := listener_of(self.path):
            raise self._error("held", pid=holder if holder > 0 else "?")
        self.path.unlink()

    def _listen(self) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The socket is never anybody else's, not even between its making and a change of its mode.
        before = os.umask(0o177)
        try:
            listening.bind(str(self.path))
        except OSError:
            listening.close()
            raise
        finally:
            os.umask(before)
        facts = self.path.lstat()
        self._identity = (facts.st_dev, facts.st_ino)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
        return listening

    def _error(self, problem: str, **facts: object) -> FazaiError:
        get = self._texts.get
        return FazaiError(
            get("worker.title"),
            get(f"worker.place.{problem}", path=self.path, **facts),
            get(f"worker.place.{problem}_hint", path=self.path),
        )
