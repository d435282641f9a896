"""Marks that bash prints around a command: OSC 133, numbered, with a nonce that output cannot guess."""

import os
import re
from dataclasses import dataclass

_START = b"\x1b]133;"
_LIMIT = 64 * 1024
"""A mark holds a path and is never longer than this."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark.

    Attributes:
        kind: `C` a command begins, `D` it has ended, `X` the shell is about to end.
        number: The command's number.
        status: The exit status.
        cwd: The shell's directory.
    """

    kind: str
    number: int
    status: int
    cwd: str


def printf_format(nonce: str) -> str:
    """Return the format for bash's `printf`, whose arguments are kind, number, status and directory."""
    return rf"\e]133;%s;%s;{nonce};%s;%s;{nonce}\a"


class MarkParser:
    """Separates marks from output, whatever way the stream is cut."""

    def __init__(self, nonce: str) -> None:
        key = re.escape(nonce.encode())
        self._mark = re.compile(_START + rb"([CDX]);(\d+);" + key + rb";(\d*);(.*?);" + key + rb"\x07", re.DOTALL)
        self._opening = re.compile(_START + rb"[CDX];\d+;" + key + rb";")
        self._shape = (_START, b"CDX", b";", None, b";", nonce.encode(), b";")
        self._held = b""

    def feed(self, data: bytes) -> list[bytes | Mark]:
        """Return output and marks in order; what may still become a mark is held back."""
        buffer = self._held + data if self._held else data
        self._held = b""
        if b"\x1b" not in buffer:
            return [buffer] if buffer else []
        parts: list[bytes | Mark] = []
        position = 0
        for match in self._mark.finditer(buffer):
            if match.start() > position:
                parts.append(buffer[position : match.start()])
            parts.append(_mark(match))
            position = match.end()
        hold = self._held_from(buffer, position)
        if hold > position:
            parts.append(buffer[position:hold])
        self._held = buffer[hold:]
        return parts

    def finish(self) -> bytes:
        """Return what is still held back, when the stream has ended."""
        held, self._held = self._held, b""
        return held

    def _held_from(self, buffer: bytes, position: int) -> int:
        opening = self._opening.search(buffer, max(position, len(buffer) - _LIMIT))
        if opening:
            return opening.start()
        escape = buffer.rfind(b"\x1b", max(position, len(buffer) - 80))
        return escape if escape >= 0 and self._may_open(buffer[escape:]) else len(buffer)

    def _may_open(self, tail: bytes) -> bool:
        for expected in self._shape:
            if not tail:
                return True
            if expected is None:
                tail = tail.lstrip(b"0123456789")
            elif expected == b"CDX":
                if tail[0] not in expected:
                    return False
                tail = tail[1:]
            elif tail.startswith(expected):
                tail = tail[len(expected) :]
            else:
                return expected.startswith(tail)
        return True


def _mark(match: re.Match[bytes]) -> Mark:
    # The terminal turns a line feed inside a directory's name into two characters.
    cwd = os.fsdecode(match[4].replace(b"\r\n", b"\n"))
    return Mark(match[1].decode(), int(match[2]), int(match[3] or b"0"), cwd)
