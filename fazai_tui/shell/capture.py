"""What a command printed: the head and the tail of it, and its plain text."""

import re
from collections import deque

KEPT_BYTES = 256 * 1024
"""Bytes kept of the head, and again of the tail."""

_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\|\Z)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_OTHER_SCREEN = re.compile(r"\x1b\[\?(?:47|1047|1049)h.*?(?:\x1b\[\?(?:47|1047|1049)l|\Z)", re.DOTALL)
"""What a full-screen program paints: it is gone when the program ends, and reads like nothing without the cursor."""
_SWITCH = re.compile(r"\x1b\[\?(?:47|1047|1049)([hl])")
"""Its beginning and its end."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class OutputCapture:
    """Keeps the first and the last part of an endless stream in bounded memory."""

    def __init__(self, kept: int = KEPT_BYTES) -> None:
        self._kept = kept
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.size = 0
        """Bytes seen in all."""

    def add(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        self.size += len(data)
        room = self._kept - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data:
            return
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size - len(self._tail[0]) >= self._kept:
            self._tail_size -= len(self._tail.popleft())

    @property
    def omitted(self) -> int:
        """How many bytes between head and tail were let go."""
        return self.size - len(self._head) - min(self._tail_size, self._kept)

    @property
    def open_line(self) -> str:
        """The end of the output when that is in the middle of a line, as a prompt is."""
        last = self._tail[-1] if self._tail else bytes(self._head[-256:])
        return plain_text(last[-256:].decode("utf-8", "replace")).rpartition("\n")[2].strip()

    def text(self, gap: str) -> str:
        """Return head and tail as plain text.

        Args:
            gap: The line that stands for what was let go.
        """
        tail = b"".join(self._tail)[-self._kept :]
        if not self.omitted:
            return plain_text((bytes(self._head) + tail).decode("utf-8", "replace"))
        head = bytes(self._head)[: self._head.rfind(b"\n") + 1 or None]
        tail = tail[tail.find(b"\n") + 1 :]
        end = tail.decode("utf-8", "replace")
        if (switch := _SWITCH.search(end)) and switch[1] == "l":
            # The beginning of what was painted was let go.
            end = end[switch.end() :]
        return plain_text(head.decode("utf-8", "ignore")) + gap + "\n" + plain_text(end)


def plain_text(text: str) -> str:
    """Return a terminal's output as it reads: without escape sequences, control characters and what was painted over.

    Takes time in proportion to the text, whatever its shape: it runs on the event loop.
    """
    text = _without_overstrikes(_SEQUENCES.sub("", _OTHER_SCREEN.sub("", text)))
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROLS.sub("", "\n".join(lines))


def _without_overstrikes(text: str) -> str:
    if "\x08" not in text:
        return text
    kept: list[str] = []
    for char in text:
        if char != "\x08":
            kept.append(char)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)
