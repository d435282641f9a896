"""Tells output that needs a terminal's screen from output that is a run of lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_ALTERNATE = r"\x1b\[\?(?:1049|1047|47)(?P<alternate>[hl])"
_ADDRESSING = (
    r"(?P<addressing>"
    r"\x1b\[\?1h"  # cursor keys in their application form: top, less, line editors
    r"|\x1b\[(?:[2-9]|[1-9]\d+)(?:;\d*)?[Hf]"  # to a row other than the first
    r"|\x1b\[\d+d"  # to a row
    r"|\x1b\[\d*;\d+r"  # a scrolling region
    r"|\x1b\[\d*A"  # up: progress bars of several lines
    r"|\x1bM)"
)
_SWITCH = re.compile(f"{_ALTERNATE}|{_ADDRESSING}")
_LEAVING = re.compile(_ALTERNATE)
_UNFINISHED = re.compile(r"\x1b(?:\[\??[\d;]{0,9})?\Z")
_PASTE = re.compile(r"\x1b\[\?2004([hl])")

Target = Literal["log", "program"]


@dataclass(frozen=True, slots=True)
class OutputPart:
    """A piece of output, and what it is for.

    Attributes:
        screen: The log of lines, or a terminal's screen.
        is_alternate: Whether what is on that screen leaves nothing behind.
    """

    screen: Target
    text: str
    is_alternate: bool = False


class ScreenSwitch:
    """Follows a program to a screen of its own and back.

    A program that asks for the alternate screen gets one until it leaves it. One that moves about on the main screen,
    as `top` and `apt` do, gets a screen until its command ends.
    """

    def __init__(self) -> None:
        self._state: Literal["log", "alternate", "main"] = "log"
        self._held = ""
        self.has_bracketed_paste = False
        """Whether the program wants to know what was pasted."""

    @property
    def keeps_screen(self) -> bool:
        """Whether what is on the program's screen belongs to the output."""
        return self._state == "main"

    def concerns(self, flood: str) -> bool:
        """Tell whether a flood is a full-screen program's; one on the main screen has become a run of lines."""
        if self._state == "main":
            return False
        return self._state == "alternate" or ("\x1b[?" in flood and _LEAVING.search(flood) is not None)

    def split(self, output: str) -> Iterator[OutputPart]:
        """Return the pieces in order; an empty one says that the screen changed."""
        text = self._held + output
        self._held = ""
        if unfinished := _UNFINISHED.search(text, max(0, len(text) - 12)):
            self._held = text[unfinished.start() :]
            text = text[: unfinished.start()]
        if "\x1b" not in text:
            if text:
                yield self._part(text)
            return
        for match in _PASTE.finditer(text):
            self.has_bracketed_paste = match[1] == "h"
        yield from self._pieces(text)

    def reset(self) -> str:
        """Go back to the log, as when the command has ended; return what was held back."""
        self._state = "log"
        self.has_bracketed_paste = False
        held, self._held = self._held, ""
        return held

    def _pieces(self, text: str) -> Iterator[OutputPart]:
        while text:
            match = None if self._state == "main" else (_SWITCH if self._state == "log" else _LEAVING).search(text)
            if match is None:
                yield self._part(text)
                return
            rest = text[match.end() :]
            if self._state == "alternate":
                yield self._part(text[: match.end()])
                if match["alternate"] == "l":
                    self._state = "log"
                    yield self._part("")
            else:
                if match.start():
                    yield self._part(text[: match.start()])
                if match["alternate"] != "l":
                    # What leads to a screen is the first that the screen gets.
                    self._state = "alternate" if match["alternate"] else "main"
                    yield self._part(match[0])
            text = rest

    def _part(self, text: str) -> OutputPart:
        return OutputPart("log" if self._state == "log" else "program", text, self._state == "alternate")
