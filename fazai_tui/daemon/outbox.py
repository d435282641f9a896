"""What waits to be sent to one client."""

import asyncio
from collections import deque
from collections.abc import Mapping

from pydantic_core import to_json

from fazai_tui.daemon.limits import WorkerLimits

_PIECE = 65_536


class Outbox:
    """Sends lines to a client in the background; whoever adds them never waits.

    A client that does not read gets fewer lines of output, told by their number, and is dropped when it takes nothing.

    Args:
        writer: The connection.
        limits: How much may wait, and for how long.
    """

    def __init__(self, writer: asyncio.StreamWriter, limits: WorkerLimits) -> None:
        self._writer = writer
        self._limits = limits
        self._lines: deque[bytes] = deque()
        self._size = 0
        self._skipped = 0
        self._has_lines = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_closing = False
        self.drop_reason = ""
        """Why the client was dropped; empty otherwise."""

    def put(self, message: Mapping[str, object]) -> None:
        """Add a line; output is left out while too much waits already."""
        if self.drop_reason or self._is_closing:
            return
        if message.get("type") == "shell_output":
            if self._size > self._limits.held_bytes:
                self._skipped += 1
                return
            if self._skipped:
                message = {**message, "skipped": self._skipped}
                self._skipped = 0
        line = to_json(message, inf_nan_mode="null") + b"\n"
        self._lines.append(line)
        self._size += len(line)
        if self._size > self._limits.held_bytes:
            self._has_room.clear()
        if self._size > self._limits.most_bytes:
            self._drop("too_much_unread")
        self._has_lines.set()

    async def room(self) -> None:
        """Wait until the client has read enough to be heard again."""
        await self._has_room.wait()

    async def send_all(self) -> None:
        """Send what comes until the outbox is closed and empty, or the client is dropped."""
        try:
            while not self.drop_reason:
                if not self._lines:
                    if self._is_closing:
                        return
                    self._has_lines.clear()
                    await self._has_lines.wait()
                    continue
                self._writer.write(self._piece())
                async with asyncio.timeout(self._limits.slow_seconds):
                    await self._writer.drain()
        except TimeoutError:
            self._drop("slow_reader")
        except OSError:
            self._drop("gone")
        finally:
            self._has_room.set()

    def close(self) -> None:
        """Take nothing more; what waits is still sent."""
        self._is_closing = True
        self._has_lines.set()

    def _piece(self) -> bytes:
        piece: list[bytes] = []
        size = 0
        while self._lines and size < _PIECE:
            line = self._lines.popleft()
            piece.append(line)
            size += len(line)
        self._size -= size
        if self._size <= self._limits.held_bytes // 2:
            self._has_room.set()
        return b"".join(piece)

    def _drop(self, reason: str) -> None:
        self.drop_reason = self.drop_reason or reason
        self._lines.clear()
        self._size = 0
        self._has_lines.set()
        self._has_room.set()
