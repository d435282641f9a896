"""Rows of a log on the screen: only those in sight are decoded, and the newest stay in sight."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from fazai_tui.core.flood import FloodPiece
from fazai_tui.widgets.ansi_lines import AnsiLine, fold
from fazai_tui.widgets.row_store import MarkRow, Row, RowStore, plain


class RowsView(ScrollView, can_focus=True):
    """Shows rows, the newest at the bottom; follows the end while it is in sight."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--command",
        "rows--detail",
        "rows--success",
        "rows--failure",
        "rows--note",
        "rows--fold",
        "rows--hit",
    }
    DEFAULT_CSS = """
    RowsView {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .rows--command { color: $primary; text-style: bold; }
        & > .rows--detail { text-style: dim; }
        & > .rows--success { color: $success; }
        & > .rows--failure { color: $error; text-style: bold; }
        & > .rows--note { color: $warning; text-style: italic; }
        & > .rows--fold { color: $accent; text-style: underline; }
        & > .rows--hit { background: $warning; color: $background; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._renderer = Console()
        self._strips: LRUCache[Row, Strip] = LRUCache(1024)
        self._partial: tuple[Row, ...] = ()
        self._is_following = True
        self.store = RowStore()

    @property
    def row_count(self) -> int:
        """Rows that can be seen, an unfinished one included."""
        return len(self.store) + len(self._partial)

    @property
    def end(self) -> int:
        """The number of the next row; a row keeps its number for good."""
        return self.store.dropped + len(self.store)

    @property
    def plain_text(self) -> str:
        """All that is kept, without colours."""
        return "\n".join(plain(row) for row in (*self.store, *self._partial))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end unless the user scrolled away from it."""
        super().watch_scroll_y(old_value, new_value)
        # What is past the end now was not scrolled away from: rows were folded.
        if new_value < old_value <= self.max_scroll_y:
            self._is_following = False
        if new_value >= self.max_scroll_y:
            self._is_following = True

    def on_resize(self) -> None:
        """Keep the end in sight: what came while there was no room had nowhere to scroll to."""
        self._show_end()

    def append(self, rows: Iterable[Row], partial: AnsiLine | None = None) -> None:
        """Add finished rows, folded to the width, and show the line that is not finished after them."""
        width, dropped = self._width, self.store.dropped
        self.store.append([part for row in rows for part in _folded(row, width)])
        self._partial = tuple(_folded(partial, width)) if partial is not None else ()
        self.follow_loss(self.store.dropped - dropped)
        self.show_more()

    def append_raw(self, pieces: Iterable[FloodPiece]) -> None:
        """Add lines of a flood, which are read only when they are looked at."""
        dropped = self.store.dropped
        self.store.append_raw(pieces, self._width)
        self.follow_loss(self.store.dropped - dropped)

    def clear(self) -> None:
        """Forget every row."""
        self.store.clear()
        self._partial = ()
        self._strips.clear()
        self.virtual_size = Size(0, 0)
        self.refresh()

    def stay(self) -> None:
        """Follow the end no more until the user goes there."""
        self._is_following = False

    def draw_anew(self) -> None:
        """Decode the rows anew, as they look different now."""
        self._strips.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Decode anew when the theme changes."""
        super().notify_style_update()
        self._strips.clear()

    def action_scroll_home(self) -> None:
        """Go to the oldest row."""
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """Go to the newest row."""
        self.scroll_end(animate=False)

    def render_line(self, y: int) -> Strip:
        """Render one line of the visible part."""
        index = self.scroll_offset.y + y
        width = self.size.width
        style = self.rich_style
        if index >= self.row_count:
            return Strip.blank(width, style)
        count = len(self.store)
        row = self.store[index] if index < count else self._partial[index - count]
        strip = self._strip(row, index, style)
        strip = strip.crop_extend(0, width, style)
        if self.is_marked(index):
            strip = strip.apply_style(self.screen.get_component_rich_style("screen--selection"))
        return strip.apply_offsets(0, index)

    def is_marked(self, index: int) -> bool:
        """Whether a row is marked."""
        return False

    def decorate(self, text: Text) -> None:
        """Change how a row looks."""

    def follow_loss(self, rows: int) -> None:
        """Keep what is looked at where it is when rows were let go at the front."""
        if rows and not self._is_following:
            self.scroll_to(y=max(0, self.scroll_offset.y - rows), animate=False, immediate=True)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text and what ends it."""
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self.row_count - 1
        rows = [*self.store.slice(first, last + 1), *self._partial[max(0, first - len(self.store)) :]]
        rows = rows[: last - first + 1]
        begin = selection.start.x if selection.start is not None else 0
        return joined(rows, begin, selection.end.x if selection.end is not None else None), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the selection."""
        self._strips.clear()
        self.refresh(Region(0, 0, *self.size))

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width or 80

    def show_more(self) -> None:
        """Show what was added, or opened."""
        _resize(self, Size(self._width, self.row_count))
        if self._is_following:
            self._show_end()
            # The scroll bar may appear with this very row, and the end moves with it.
            self.call_after_refresh(self._show_end)
        self.refresh()

    def _show_end(self) -> None:
        if self._is_following:
            self.scroll_end(animate=False, immediate=True, x_axis=False)

    def show_row(self, row: int) -> None:
        """Bring a row into sight."""
        self._is_following = False
        _resize(self, Size(self._width, self.row_count))
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if not top <= row < top + height:
            self.scroll_to(y=max(0, row - height // 2), animate=False, immediate=True)

    def _strip(self, row: Row, index: int, base: Style) -> Strip:
        selection = self.text_selection
        span = selection.get_span(index) if selection is not None else None
        if span is None and (cached := self._strips.get(row)) is not None:
            return cached
        text = _decode(row)
        text.expand_tabs(8)
        if isinstance(row, MarkRow):
            text.stylize(self.get_component_rich_style(f"rows--{row.kind}", partial=True))
        self.decorate(text)
        if span is not None:
            start, end = span
            text.stylize(
                self.screen.get_component_rich_style("screen--selection"), start, len(text) if end == -1 else end
            )
        strip = Strip(Segment.apply_style(text.render(self._renderer), base))
        if span is None:
            self._strips[row] = strip
        return strip


_VIRTUAL_SIZE: Any = RowsView.virtual_size
"""The reactive itself, which type checkers take for its value."""


def _resize(view: RowsView, size: Size) -> None:
    height = view.scrollable_content_region.height
    if view.show_vertical_scrollbar and min(size.height, view.virtual_size.height) > height > 0:
        # The pane stays as it is: laying the whole screen out anew would paint all of it, at each batch of output.
        view.set_reactive(_VIRTUAL_SIZE, size)
        view.vertical_scrollbar.window_virtual_size = size.height
        view.vertical_scrollbar.refresh()
    else:
        view.virtual_size = size


def joined(rows: Sequence[Row], begin: int = 0, end: int | None = None) -> str:
    """Return rows as text: a line that was broken at the edge is one line again.

    Args:
        rows: The rows.
        begin: The first column of the first row.
        end: The column after the last one of the last row; None for all of it.
    """
    parts: list[str] = []
    for number, row in enumerate(rows):
        text = plain(row).expandtabs(8)
        is_last = number == len(rows) - 1
        text = text[begin if number == 0 else 0 : end if is_last else None]
        goes_on = isinstance(row, AnsiLine) and row.is_continued
        parts.append(text if is_last or goes_on else f"{text}\n")
    return "".join(parts)


def _decode(row: Row) -> Text:
    text = Text(row.text) if isinstance(row, MarkRow) else Text.from_ansi(row.text, end="")
    text.no_wrap = True
    text.end = ""
    return text


def _folded(row: Row, width: int) -> Sequence[Row]:
    if isinstance(row, AnsiLine):
        return fold(row, width)
    return [MarkRow(row.text[start : start + width], row.kind) for start in range(0, len(row.text) or 1, width)]
