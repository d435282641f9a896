"""The screen of a full-screen program, such as an editor or a pager."""

from collections.abc import Callable
from typing import Any, ClassVar

import pyte
from pyte.screens import Char
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

_NAMES = {"brown": "yellow", "brightbrown": "bright_yellow"}


class _Screen(pyte.Screen):
    """pyte's screen, which answers the programs that ask and bears what vim, less and man send."""

    def __init__(self, columns: int, rows: int, answer: Callable[[bytes], None]) -> None:
        super().__init__(columns, rows)
        self._answer = answer

    def select_graphic_rendition(self, *attrs: int, private: bool = False, **_: Any) -> None:
        """Set colours; the private form means something else and is passed over."""
        if not private:
            super().select_graphic_rendition(*attrs)

    def write_process_input(self, data: str) -> None:
        """Answer a question such as where the cursor is."""
        self._answer(data.encode())


class ProgramDisplay(Widget):
    """Draws what a full-screen program drew."""

    DEFAULT_CSS: ClassVar[str] = """
    ProgramDisplay { width: 1fr; height: 1fr; background: $surface; color: $foreground; }
    """

    def __init__(self, columns: int, rows: int, answer: Callable[[bytes], None]) -> None:
        """Start with an empty screen.

        Args:
            columns: Its width.
            rows: Its height.
            answer: Gets what the terminal answers to the program.
        """
        super().__init__()
        self._screen_state = _Screen(columns, rows, answer)
        self._stream = pyte.Stream(self._screen_state)

    @property
    def plain_text(self) -> str:
        """What is on the screen, without colours."""
        return "\n".join(line.rstrip() for line in self._screen_state.display)

    def feed(self, output: str) -> None:
        """Take output of the program."""
        self._stream.feed(output)
        self.refresh()

    def resize_program(self, columns: int, rows: int) -> None:
        """Change the size; the program redraws itself."""
        self._screen_state.resize(rows, columns)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        state, base = self._screen_state, self.rich_style
        if y >= state.lines:
            return Strip.blank(self.size.width, base)
        row = state.buffer[y]
        cursor = state.cursor.x if state.cursor.y == y and not state.cursor.hidden else -1
        segments = [
            Segment(row[x].data, base + _style(row[x], is_cursor=x == cursor))
            for x in range(min(state.columns, self.size.width))
            if row[x].data
        ]
        return Strip(segments).simplify().crop_extend(0, self.size.width, base)


def _style(char: Char, *, is_cursor: bool) -> Style:
    return Style(
        color=_colour(char.fg),
        bgcolor=_colour(char.bg),
        bold=char.bold or None,
        italic=char.italics or None,
        underline=char.underscore or None,
        strike=char.strikethrough or None,
        reverse=(char.reverse != is_cursor) or None,
    )


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    if len(name) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in name):
        return f"#{name}"
    name = _NAMES.get(name, name)
    return name.replace("bright", "bright_", 1) if name.startswith("bright") and "_" not in name else name
