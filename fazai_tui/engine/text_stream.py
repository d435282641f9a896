"""From tokens' bytes to text that may be shown."""

import codecs
from collections.abc import Sequence


class Utf8Tail:
    """The end of a text in bytes: tells which bytes may follow, so that no character is broken."""

    def __init__(self) -> None:
        """Begin an empty text."""
        self._tail = b""
        """The beginning of a character whose end is yet to come."""

    def fits(self, piece: bytes) -> bool:
        """Return whether the text would still be UTF-8, or the beginning of some, with a piece added."""
        return (not self._tail and piece.isascii()) or self._rest(piece) is not None

    def accept(self, piece: bytes) -> None:
        """Add a piece that fits."""
        self._tail = self._rest(piece) or b""

    def _rest(self, piece: bytes) -> bytes | None:
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        try:
            decoder.decode(self._tail + piece)
        except UnicodeDecodeError:
            return None
        tail = decoder.getstate()[0]
        # The decoder waits for the third byte of half a surrogate pair, and no third byte makes it a character.
        return None if tail[:1] == b"\xed" and tail[1:2] >= b"\xa0" else tail


class TextStream:
    """Joins the bytes of tokens into text: no broken characters, nothing of a stop text or beyond it."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        """Begin an empty text.

        Args:
            stop: Texts that end it.
        """
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.is_stopped = False
        """Whether a stop text was met."""

    def feed(self, piece: bytes) -> str:
        """Return what may be shown now that a piece has arrived."""
        return self._release(self._decoder.decode(piece))

    def finish(self) -> str:
        """Return what is left at the end; an unfinished character becomes U+FFFD."""
        rest = self._release(self._decoder.decode(b"", final=True))
        held, self._held = self._held, ""
        return rest + held

    def _release(self, text: str) -> str:
        if self.is_stopped:
            return ""
        if not self._stop:
            return text
        self._held += text
        found = [at for at in (self._held.find(stop) for stop in self._stop) if at >= 0]
        if found:
            self.is_stopped = True
            text, self._held = self._held[: min(found)], ""
            return text
        keep = max((self._overlap(stop) for stop in self._stop), default=0)
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text

    def _overlap(self, stop: str) -> int:
        """Return how many of the last characters may be the beginning of a stop text."""
        longest = min(len(stop) - 1, len(self._held))
        return next((n for n in range(longest, 0, -1) if self._held.endswith(stop[:n])), 0)
