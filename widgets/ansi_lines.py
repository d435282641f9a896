"""Turns a program's output into lines that a log can show: colours stay, everything that moves the cursor goes."""

import re
from dataclasses import dataclass

from rich.cells import cell_len

_DROPPED = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, hyperlinks and marks (OSC)
    r"|\x1b[PX^_][^\x1b]*\x1b\\"  # device control and other strings
    r"|\x1b\[[0-?]*[ -/]*[@-ln-~]"  # every control sequence but colours
    r"|\x1b\[[<-?][0-?]*m"  # what looks like a colour and sets up keys
    r"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"  # two-character escapes
    r"|\x1b(?!\[[0-9;:]*m)"  # an escape that begins nothing
    r"|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f]"
)
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
_COLOUR = re.compile(r"\x1b\[([0-9;:]*)m")
_UNFINISHED = re.compile(r"\x1b(?:[PX^_\]][^\x07\x1b]{0,4096}\x1b?|\[[0-?]*[ -/]*|[ -/]*)\Z")
_BACKSPACE = re.compile(r"[^\x08]\x08")
_RETURN = re.compile(r"\r+\n")


@dataclass(frozen=True, slots=True)
class AnsiLine:
    """A line of output: its text with colours, preceded by the colours that earlier lines left on."""

    text: str
    is_continued: bool = False
    """Whether the line goes on in the next row, because the screen is narrower."""


class LineAssembler:
    """Collects output into lines; a carriage return starts the current line anew, as progress bars do."""

    def __init__(self) -> None:
        self._held = ""
        self._colours = ""
        self._partial = ""

    @property
    def partial(self) -> AnsiLine | None:
        """The line that is not finished yet; None when there is none."""
        shown = _visible_part(self._partial)
        return AnsiLine(self._colours + shown) if shown else None

    def feed(self, output: str) -> list[AnsiLine]:
        """Take output as it came and return the lines it finished."""
        text = self._held + output
        self._held = ""
        if unfinished := _UNFINISHED.search(text, max(0, len(text) - 4200)):
            self._held = text[unfinished.start() :]
            text = text[: unfinished.start()]
        if text.endswith("\r"):
            self._held = "\r" + self._held
            text = text[:-1]
        clean = _RETURN.sub("\n", _DROPPED.sub("", text))
        *finished, self._partial = (self._partial + clean).split("\n")
        return [self._finish(line) for line in finished]

    def end(self) -> list[AnsiLine]:
        """Return what remains as a line and forget colours, as when a command has ended."""
        rest = [self._finish(self._partial)] if _visible_part(self._partial) else []
        self._held = self._partial = self._colours = ""
        return rest

    def _finish(self, line: str) -> AnsiLine:
        finished = AnsiLine(self._colours + _visible_part(line))
        for match in _COLOUR.finditer(line):
            self._colours = "" if match[1] in ("", "0", "00") else (self._colours + match[0])[-256:]
        return finished


def without_sequences(text: str) -> str:
    """Return output without colours and whatever else is not to be read."""
    if "\x1b" not in text:
        return text
    # Most of what there is are colours; what is left seldom holds anything else to drop.
    text = _COLOUR.sub("", text)
    return _COLOUR.sub("", _DROPPED.sub("", text)) if _CONTROL.search(text) else text


def _visible_part(line: str) -> str:
    """Return what is left to see after carriage returns and backspaces."""
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if part), "")
    while "\b" in line:
        shorter = _BACKSPACE.sub("", line)
        if shorter == line:
            return line.replace("\b", "")
        line = shorter
    return line


def fold(line: AnsiLine, width: int) -> list[AnsiLine]:
    """Break a line that is wider than the screen into rows, as a terminal does; colours go on."""
    if len(line.text) <= width:
        return [line]
    rows: list[AnsiLine] = []
    colours = row = ""
    used = 0
    for index, piece in enumerate(_COLOUR.split(line.text)):
        if index % 2:
            code = f"\x1b[{piece}m"
            colours = "" if piece in ("", "0", "00") else colours + code
            row += code
            continue
        for character in piece.expandtabs(8):
            cells = cell_len(character)
            if used + cells > width:
                rows.append(AnsiLine(row, is_continued=True))
                row, used = colours, 0
            row += character
            used += cells
    return [*rows, AnsiLine(row)]
