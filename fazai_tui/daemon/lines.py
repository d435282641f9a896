"""Cutting what a client sends into lines, however it comes in pieces."""

from collections.abc import Iterator

from fazai_tui.daemon.requests import LINE_LIMIT


class LineCutter:
    """Holds at most one line. Of a line over the limit nothing is held, and it is told once.

    Args:
        limit: Bytes of a line, its end not counted.
    """

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._held = bytearray()
        self._is_skipping = False

    @property
    def is_amid_line(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._held) or self._is_skipping

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Yield the lines that data completes; None for one that is too long."""
        *ends, rest = data.split(b"\n")
        for end in ends:
            if self._is_skipping:
                self._is_skipping = False
                continue
            if len(self._held) + len(end) > self._limit:
                self._held.clear()
                yield None
                continue
            line = bytes(self._held) + end
            self._held.clear()
            yield line
        if self._is_skipping:
            return
        self._held += rest
        if len(self._held) > self._limit:
            self._held.clear()
            self._is_skipping = True
            yield None

    def finish(self) -> bytes:
        """Return what was sent without an end of line before the client stopped sending."""
        line, self._held = bytes(self._held), bytearray()
        return line
