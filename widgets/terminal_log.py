"""A bounded log of terminal lines that decodes only what is on the screen; it can be searched, marked and folded."""

from collections.abc import Callable

from rich.text import Text
from textual import events

from fazai_tui.widgets.ansi_lines import AnsiLine
from fazai_tui.widgets.row_store import contains
from fazai_tui.widgets.rows_view import RowsView, joined

FOLDED_FROM = 160
"""Rows of output from which the middle of it is put away."""
FOLD_HEAD, FOLD_TAIL = 20, 60


class TerminalLog(RowsView, can_focus=True):
    """Rows of output with what the keys of a pager do to them."""

    def __init__(self, take_key: Callable[[events.Key], bool] = lambda _: False, *, id: str | None = None) -> None:
        """Begin empty.

        Args:
            take_key: Gets the keys; returns whether one meant something.
            id: The widget's id.
        """
        super().__init__(id=id)
        self._take_key = take_key
        self._wanted = ""
        self._hit = -1
        self._marked: tuple[int, int] | None = None

    @property
    def is_marking(self) -> bool:
        """Whether rows are being marked."""
        return self._marked is not None

    @property
    def is_searching(self) -> bool:
        """Whether there is something that is searched for."""
        return bool(self._wanted)

    def take_back(self, limit: int) -> list[AnsiLine]:
        """Take the newest rows of output back, as for a program that moves about in them."""
        return self.store.take_back(limit)

    def fold_since(self, start: int, label: Callable[[int], str]) -> None:
        """Put the middle of the rows since a number away, when they are many."""
        first = max(0, start - self.store.dropped)
        if len(self.store) - first >= FOLDED_FROM:
            self.store.fold(first + FOLD_HEAD, len(self.store) - FOLD_TAIL, label)
            self.show_more()

    def toggle_fold(self, index: int | None = None) -> bool:
        """Open or close a fold: the one in a row, else the lowest in sight; False when there is none."""
        top = self.scroll_offset.y
        rows = range(min(top + self.size.height, len(self.store)) - 1, top - 1, -1) if index is None else (index,)
        for row in rows:
            if 0 <= row < len(self.store) and self.store.is_fold(row):
                self.store.toggle(row)
                self.stay()
                self.show_more()
                return True
        return False

    def clear(self) -> None:
        """Forget every row."""
        super().clear()
        self._marked = None
        self.end_search()

    def search(self, wanted: str) -> bool:
        """Go to the nearest older row that holds a text; False when there is none. Small letters find capitals too."""
        self._wanted = wanted
        self._hit = -1
        return self.search_on(is_backward=True)

    def search_on(self, *, is_backward: bool) -> bool:
        """Go to the next older or newer row that holds what is searched for; False when there is none."""
        step = -1 if is_backward else 1
        start = self._hit + step if self._hit >= 0 else min(self.scroll_offset.y + self.size.height, len(self.store))
        is_inside = 0 <= start <= len(self.store)
        found = self.store.find(self._wanted, start, is_backward=is_backward) if is_inside else None
        if found is not None:
            self._hit = found
            self.show_row(found)
        self.draw_anew()
        return found is not None

    def end_search(self) -> None:
        """Show no matches any more."""
        self._wanted, self._hit = "", -1
        self.draw_anew()

    def begin_marking(self) -> None:
        """Mark rows by keys from the lowest one in sight, or from what was found."""
        bottom = min(self.scroll_offset.y + self.size.height, len(self.store)) - 1
        row = self._hit if self._hit >= 0 else bottom
        if row >= 0:
            self._marked = (row, row)
            self.refresh()

    def move_mark(self, rows: int) -> None:
        """Move the end of the mark."""
        if self._marked is not None:
            anchor, end = self._marked
            end = min(max(end + rows, 0), len(self.store) - 1)
            self._marked = (anchor, end)
            self.show_row(end)
            self.refresh()

    def end_marking(self) -> str:
        """Mark nothing any more; return the text that was marked."""
        if self._marked is None:
            return ""
        first, last = sorted(self._marked)
        self._marked = None
        self.refresh()
        return joined(self.store.slice(first, last + 1))

    def on_key(self, event: events.Key) -> None:
        """Pass a key on; those for scrolling come back."""
        if self._take_key(event):
            event.stop()
            event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        """Open or close the fold that was clicked."""
        if self.toggle_fold(self.scroll_offset.y + event.y):
            event.stop()

    def is_marked(self, index: int) -> bool:
        """Whether a row is marked."""
        return self._marked is not None and min(self._marked) <= index <= max(self._marked)

    def follow_loss(self, rows: int) -> None:
        """Keep match and mark where they are when rows were let go at the front."""
        super().follow_loss(rows)
        self._hit = max(-1, self._hit - rows)
        if self._marked is not None:
            self._marked = (max(0, self._marked[0] - rows), max(0, self._marked[1] - rows))

    def decorate(self, text: Text) -> None:
        """Light up what is searched for."""
        if not self._wanted:
            return
        has_case = self._wanted != self._wanted.lower()
        if not contains(text.plain, self._wanted, has_case=has_case):
            return
        style = self.get_component_rich_style("rows--hit", partial=True)
        shown = text.plain if has_case else text.plain.lower()
        at = shown.find(self._wanted)
        while at >= 0:
            text.stylize(style, at, at + len(self._wanted))
            at = shown.find(self._wanted, at + len(self._wanted))
