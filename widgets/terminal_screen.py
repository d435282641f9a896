"""The screen of a terminal: what a program draws on, and what a terminal sends the program for mouse and paste."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, ClassVar, Literal

from rich.style import Style

_bittty: Any = import_module("bittty")
_RowsScrolledOff: Any = _bittty.present.RowsScrolledOff
_render_cells: Any = _bittty.video.render_cells

_HARMLESS_ANSWER = re.compile(
    r"\x1b\[[?>=]?[0-9;]*[cnR]"  # what the terminal is, where the cursor stands
    r"|\x1b\[\??[0-9;]+\$y"  # which modes are on
    r"|\x1b\]1[01];rgb:[0-9a-f/]+(?:\x07|\x1b\\)"  # the colours of text and background
)
"""What the terminal may say by itself. Titles, for example, are a program's own words, and would come back as typed."""

_UNFINISHED_LIMIT = 256 * 1024
_CANCEL = "\x18"
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

MouseKind = Literal["press", "release", "move"]
Run = tuple[str, Style]
"""Neighbouring cells of one style."""


class _Cable:
    """Takes what the terminal sends towards the program."""

    closed = False

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: str) -> int:
        self.sent.append(data.encode("utf-8", "replace"))
        return len(data)

    def write_bytes(self, data: bytes) -> None:
        self.sent.append(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def configure_line(self, line: object) -> None:
        """There is no modem."""

    def resize(self, rows: int, cols: int) -> None:
        """The size is the pane's, whatever the program wishes."""

    def take(self) -> list[bytes]:
        sent, self.sent = self.sent, []
        return sent


class TerminalScreen:
    """A terminal without a window: main and alternate screen, modes, colours, cursor.

    Args:
        columns: Its width.
        rows: Its height.
        answer: Gets what the terminal answers to the program's questions.
        on_scrolled: Gets, as text with colours, the lines that leave the main screen at its top.
    """

    keeps_scrollback: ClassVar[bool] = True

    def __init__(
        self,
        columns: int,
        rows: int,
        answer: Callable[[bytes], None],
        on_scrolled: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        self._size = (columns, rows)
        self._answer = answer
        self._on_scrolled = on_scrolled
        self._cable = _Cable()
        self._board: Any = _bittty.Board(width=columns, height=rows, model=_bittty.XTERM)
        self._board.pty = self._cable
        self._board.attach_display(self)

    @property
    def columns(self) -> int:
        """Its width."""
        return self._size[0]

    @property
    def rows(self) -> int:
        """Its height."""
        return self._size[1]

    @property
    def cursor(self) -> tuple[int, int] | None:
        """Column and row of the cursor; None while it is hidden."""
        at = self._board.display.cursor
        return None if at is None else (int(at[0]), int(at[1]))

    @property
    def is_alternate(self) -> bool:
        """Whether the program is on the alternate screen, which leaves nothing behind."""
        return bool(self._board.blitter.in_alt_screen)

    @property
    def wants_mouse(self) -> bool:
        """Whether the program has asked for the mouse, or scrolls by cursor keys."""
        return bool(self._board.mouse.capture() != "off")

    @property
    def has_cursor_mode(self) -> bool:
        """Whether the cursor keys send their application form."""
        return bool(self._board.modes.cursor_application_mode)

    @property
    def plain_text(self) -> str:
        """What is on the screen, without colours."""
        return "\n".join(line.rstrip() for line in self.lines())

    def feed(self, output: str) -> None:
        """Take output of the program, and answer what it asks."""
        self._board.parser.feed(output)
        if len(self._board.parser.buffer) > _UNFINISHED_LIMIT:
            # A string without an end would be kept, and read again, for ever.
            self._board.parser.feed(_CANCEL)
        if (self._board.width, self._board.height) != self._size:
            self._board.resize(*self._size)
        for sent in self._cable.take():
            if _HARMLESS_ANSWER.fullmatch(sent.decode("utf-8", "replace")):
                self._answer(sent)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; the program redraws itself."""
        self._size = (columns, rows)
        self._board.resize(columns, rows)
        self._cable.take()

    def lines(self) -> list[str]:
        """Return each row as plain text, as wide as it is."""
        page = self._board.display.page
        return [str(page.get_line_text(row)) for row in range(self._size[1])]

    def coloured_lines(self) -> list[str]:
        """Return each row as text with colours, without the empty ones at the end."""
        page = self._board.display.page
        rows = [str(page.get_line(row)).rstrip() for row in range(self._size[1])]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def runs(self, row: int) -> Iterator[Run]:
        """Return a row as runs of text in one style; a wide character is followed by nothing."""
        grid = self._board.display.page.grid
        if row >= len(grid):
            return
        text: list[str] = []
        current: Any = None
        for style, character in grid[row]:
            if style is not current and text:
                yield "".join(text), _style(current)
                text = []
            current = style
            text.append(character)
        if text:
            yield "".join(text), _style(current)

    def mouse(self, column: int, row: int, button: int, kind: MouseKind, modifiers: set[str]) -> bytes:
        """Return what the program gets for the mouse; empty where it has not asked for that.

        Args:
            column: From 0.
            row: From 0.
            button: 0 left, 1 middle, 2 right, 64 and 65 the wheel up and down.
            kind: What happened.
            modifiers: Of `shift`, `meta` and `ctrl`.
        """
        self._board.input_mouse(column + 1, row + 1, button, kind, modifiers)
        return b"".join(self._cable.take())

    def paste(self, text: str) -> bytes:
        """Return what the program gets for pasted text: in brackets if it has asked for them."""
        self._board.input_paste(text)
        return b"".join(self._cable.take())

    def present(self, event: Any) -> None:
        """Take what leaves the screen; titles, bells and the clipboard are not a program's to change here."""
        if isinstance(event, _RowsScrolledOff):
            width = self._size[0]
            rows = [str(_render_cells(line.cells, width)).rstrip() for line in event.lines]
            self._on_scrolled(rows)


@lru_cache(maxsize=4096)
def _style(style: Any) -> Style:
    return Style(
        color=_colour(style.fg),
        bgcolor=_colour(style.bg),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        strike=style.strike or None,
        reverse=style.reverse or None,
        conceal=style.conceal or None,
    )


def _colour(colour: Any) -> str | None:
    if colour is None or colour.mode == "default" or colour.value is None:
        return None
    if colour.mode == "rgb":
        red, green, blue = colour.value
        return f"#{red:02x}{green:02x}{blue:02x}"
    number = int(colour.value)
    if number < 16:
        return f"bright_{_NAMES[number - 8]}" if number > 7 else _NAMES[number]
    return f"color({number})"
