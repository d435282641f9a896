"""Tells a full-screen program's output from that of an ordinary one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_SWITCH = re.compile(r"\x1b\[\?(?:1049|1047|47)([hl])")
_UNFINISHED = re.compile(r"\x1b(?:\[(?:\?\d{0,4})?)?\Z")


@dataclass(frozen=True, slots=True)
class OutputPart:
    """A piece of output, and the screen it is for."""

    screen: Literal["log", "program"]
    text: str


class ScreenSwitch:
    """Follows a program to the alternate screen and back."""

    def __init__(self) -> None:
        self._is_program = False
        self._held = ""

    def split(self, output: str) -> Iterator[OutputPart]:
        """Return the pieces in order; an empty one says that the screen changed."""
        text = self._held + output
        self._held = ""
        if unfinished := _UNFINISHED.search(text, max(0, len(text) - 8)):
            self._held = text[unfinished.start() :]
            text = text[: unfinished.start()]
        pieces = _SWITCH.split(text)
        for index, piece in enumerate(pieces):
            if index % 2:
                self._is_program = piece == "h"
            elif piece or index:
                yield OutputPart("program" if self._is_program else "log", piece)

    def reset(self) -> str:
        """Go back to the log, as when the command has ended; return what was held back."""
        self._is_program = False
        held, self._held = self._held, ""
        return held
