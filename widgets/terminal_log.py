"""A bounded log of terminal lines that decodes only what is on the screen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from fazai_tui.widgets.ansi_lines import AnsiLine, fold

MAX_LINES = 10_000
"""Lines kept; older ones are dropped."""

RowKind = Literal["command", "detail", "success", "failure", "note"]
"""What a row of FazAI's own says: a command's header, where it runs, how it ended, or that lines are missing."""


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A row of FazAI's own among the output."""

    text: str
    kind: RowKind


Row = MarkRow | AnsiLine


class TerminalLog(ScrollView, can_focus=True):
    """Shows lines of output, newest at the bottom; follows the end while it is in sight."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "terminal-log--command",
        "terminal-log--detail",
        "terminal-log--success",
        "terminal-log--failure",
        "terminal-log--note",
    }
    DEFAULT_CSS = """
    TerminalLog {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .terminal-log--command { color: $primary; text-style: bold; }
        & > .terminal-log--detail { text-style: dim; }
        & > .terminal-log--success { color: $success; }
        & > .terminal-log--failure { color: $error; text-style: bold; }
        & > .terminal-log--note { color: $warning; text-style: italic; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._renderer = Console()
        self._rows: list[Row] = []
        self._strips: LRUCache[tuple[Row, int], Strip] = LRUCache(1024)
        self._partial: tuple[Row, ...] = ()
        self._is_following = True

    @property
    def row_count(self) -> int:
        """Rows kept, an unfinished one included."""
        return len(self._rows) + len(self._partial)

    @property
    def plain_text(self) -> str:
        """All that is kept, without colours."""
        return "\n".join(_decode(row).plain for row in (*self._rows, *self._partial))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end unless the user scrolled away from it."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value:
            self._is_following = False
        if new_value >= self.max_scroll_y:
            self._is_following = True

    def append(self, rows: Iterable[Row], partial: AnsiLine | None = None) -> None:
        """Add finished rows, folded to the width, and show the line that is not finished after them."""
        width = self.scrollable_content_region.width or 80
        for row in rows:
            self._rows.extend(_folded(row, width))
        self._partial = tuple(_folded(partial, width)) if partial is not None else ()
        if len(self._rows) > MAX_LINES:
            del self._rows[: len(self._rows) - MAX_LINES]
        self.virtual_size = Size(width, self.row_count)
        if self._is_following:
            self._show_end()
            # The scroll bar may appear with this very row, and the end moves with it.
            self.call_after_refresh(self._show_end)
        self.refresh()

    def clear(self) -> None:
        """Forget every row."""
        self._rows.clear()
        self._partial = ()
        self._strips.clear()
        self.virtual_size = Size(0, 0)
        self.refresh()

    def notify_style_update(self) -> None:
        """Decode anew when the theme changes."""
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """Render one line of the visible part."""
        index = self.scroll_offset.y + y
        width = self.size.width
        style = self.rich_style
        if index >= self.row_count:
            return Strip.blank(width, style)
        row = self._rows[index] if index < len(self._rows) else self._partial[index - len(self._rows)]
        strip = self._strip(row, index, style)
        return strip.crop_extend(0, width, style).apply_offsets(0, index)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text and what ends it."""
        return selection.extract(self.plain_text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the selection."""
        self._strips.clear()
        self.refresh(Region(0, 0, *self.size))

    def _show_end(self) -> None:
        if self._is_following:
            self.scroll_end(animate=False, immediate=True, x_axis=False)

    def _strip(self, row: Row, index: int, base: Style) -> Strip:
        selection = self.text_selection
        span = selection.get_span(index) if selection is not None else None
        if span is None and (cached := self._strips.get((row, 0))) is not None:
            return cached
        text = _decode(row)
        text.expand_tabs(8)
        if isinstance(row, MarkRow):
            text.stylize(self.get_component_rich_style(f"terminal-log--{row.kind}", partial=True))
        if span is not None:
            start, end = span
            text.stylize(
                self.screen.get_component_rich_style("screen--selection"), start, len(text) if end == -1 else end
            )
        strip = Strip(Segment.apply_style(text.render(self._renderer), base))
        if span is None:
            self._strips[(row, 0)] = strip
        return strip


def _decode(row: Row) -> Text:
    text = Text(row.text) if isinstance(row, MarkRow) else Text.from_ansi(row.text, end="")
    text.no_wrap = True
    text.end = ""
    return text


def _folded(row: Row, width: int) -> Sequence[Row]:
    if isinstance(row, AnsiLine):
        return fold(row, width)
    return [MarkRow(row.text[start : start + width], row.kind) for start in range(0, len(row.text) or 1, width)]
