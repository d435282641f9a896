"""Keys and what they do, packed into as few rows as the width allows."""

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

_GAP = 2


class KeyHints(Widget):
    """A row of `key label` pairs; a pair is never broken."""

    DEFAULT_CSS: ClassVar[str] = """
    KeyHints { width: 1fr; height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pairs: Sequence[tuple[str, str]] = ()

    def show(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Take the keys with their labels."""
        self._pairs = pairs
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows that the pairs take."""
        return max(1, len(self._packed(width)))

    def render(self) -> Content:
        """Draw the pairs."""
        rows = self._packed(self.content_size.width)
        drawn = [
            Content(" " * _GAP).join(Content.assemble((key, "$accent bold"), f" {label}") for key, label in row)
            for row in rows
        ]
        return Content("\n").join(drawn)

    def _packed(self, width: int) -> list[list[tuple[str, str]]]:
        rows: list[list[tuple[str, str]]] = []
        used = 0
        for key, label in self._pairs:
            cells = len(key) + 1 + len(label)
            if rows and used + _GAP + cells <= width:
                rows[-1].append((key, label))
                used += _GAP + cells
            else:
                rows.append([(key, label)])
                used = cells
        return rows
