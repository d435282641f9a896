"""The screen of a full-screen program, such as an editor or a pager."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from fazai_tui.widgets.terminal_screen import MouseKind, TerminalScreen

_WHEEL_UP, _WHEEL_DOWN = 64, 65
_REVERSED = Style(reverse=True)


class ProgramDisplay(Widget):
    """Draws what a full-screen program drew, and gives it the mouse where it asks for it."""

    ALLOW_SELECT = True
    DEFAULT_CSS: ClassVar[str] = """
    ProgramDisplay { width: 1fr; height: 1fr; background: $surface; color: $foreground; }
    """

    def __init__(
        self,
        columns: int,
        rows: int,
        send: Callable[[bytes], None],
        on_scrolled: Callable[[Sequence[str]], None],
    ) -> None:
        """Start with an empty screen.

        Args:
            columns: Its width.
            rows: Its height.
            send: Gets what the terminal sends the program: its answers, and the mouse.
            on_scrolled: Gets the lines that leave the main screen at its top.
        """
        super().__init__()
        self._send = send
        self._terminal = TerminalScreen(columns, rows, send, on_scrolled)

    @property
    def terminal(self) -> TerminalScreen:
        """The terminal behind it."""
        return self._terminal

    @property
    def plain_text(self) -> str:
        """What is on the screen, without colours."""
        return self._terminal.plain_text

    @property
    def allow_select(self) -> bool:
        """Whether the mouse marks text: not while the program wants it for itself."""
        return super().allow_select and not self._terminal.wants_mouse

    def feed(self, output: str) -> None:
        """Take output of the program."""
        self._terminal.feed(output)
        self.refresh()

    def resize_program(self, columns: int, rows: int) -> None:
        """Change the size; the program redraws itself."""
        self._terminal.resize(columns, rows)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        base, width = self.rich_style, self.size.width
        if y >= self._terminal.rows:
            return Strip.blank(width, base)
        segments = [Segment(text, base + style) for text, style in self._terminal.runs(y)]
        strip = Strip(segments).crop_extend(0, width, base)
        cursor = self._terminal.cursor
        if cursor is not None and cursor[1] == y:
            strip = _styled(strip, cursor[0], cursor[0] + 1, _REVERSED)
        if (selection := self.text_selection) is not None and (span := selection.get_span(y)) is not None:
            end = width if span[1] == -1 else span[1]
            strip = _styled(strip, span[0], end, self.screen.get_component_rich_style("screen--selection"))
        return strip.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text and what ends it."""
        return selection.extract(self.plain_text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the selection."""
        self.refresh()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Pass a press on."""
        if self._pass(event, event.button - 1, "press"):
            self.capture_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Pass a release on."""
        self.release_mouse()
        self._pass(event, event.button - 1, "release")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pass a movement on."""
        self._pass(event, event.button - 1 if event.button else 3, "move")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Pass the wheel on."""
        self._pass(event, _WHEEL_UP, "press")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Pass the wheel on."""
        self._pass(event, _WHEEL_DOWN, "press")

    def _pass(self, event: events.MouseEvent, button: int, kind: MouseKind) -> bool:
        """Give the program a mouse event; False when it has not asked for any."""
        if not self._terminal.wants_mouse:
            return False
        event.stop()
        event.prevent_default()
        names = {"shift": event.shift, "meta": event.meta, "ctrl": event.ctrl}
        modifiers = {name for name, is_held in names.items() if is_held}
        column = min(max(int(event.x), 0), self._terminal.columns - 1)
        row = min(max(int(event.y), 0), self._terminal.rows - 1)
        if data := self._terminal.mouse(column, row, button, kind, modifiers):
            self._send(data)
        return True


def _styled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """Return a strip with some columns in another style."""
    width = strip.cell_length
    start, end = max(0, start), min(end, width)
    if start >= end:
        return strip
    return Strip.join(
        [strip.crop(0, start), Strip(Segment.apply_style(strip.crop(start, end), post_style=style)), strip.crop(end)]
    )
