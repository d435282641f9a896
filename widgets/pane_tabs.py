"""The row of tabs that names the panes where only one fits."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

Pane = Literal["chat", "plan", "shell", "memory"]
"""The panes by name."""

PANES: tuple[Pane, ...] = ("chat", "plan", "shell", "memory")
"""Every pane, in the order of their keys."""


class PaneTab(Static):
    """One tab."""

    DEFAULT_CSS: ClassVar[str] = """
    PaneTab { width: auto; height: 1; padding: 0 1; color: $foreground-muted; }
    PaneTab:hover { color: $foreground; }
    PaneTab.-active { background: $primary; color: $block-cursor-foreground; text-style: bold; }
    PaneTab.-news { color: $accent; }
    """

    class Chosen(Message):
        """The tab was clicked."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane: Pane = pane

    def __init__(self, pane: Pane, title: str, key: str, *, is_active: bool) -> None:
        super().__init__(
            Content.assemble(title, (f" {key}", "dim")), id=f"tab-{pane}", classes="-active" if is_active else ""
        )
        self.pane: Pane = pane

    def on_click(self) -> None:
        """Choose the pane."""
        self.post_message(self.Chosen(self.pane))


class PaneTabs(Horizontal):
    """The tabs; one is active, others may have news."""

    DEFAULT_CSS: ClassVar[str] = """
    PaneTabs { height: 1; width: 1fr; background: $panel; }
    """

    def __init__(self, panes: Mapping[Pane, tuple[str, str]], *, id: str | None = None) -> None:
        """Take the title and the key of each pane by its name."""
        super().__init__(id=id)
        self._panes = panes

    def compose(self) -> ComposeResult:
        """Build a tab for each pane."""
        for index, (pane, (title, key)) in enumerate(self._panes.items()):
            yield PaneTab(pane, title, key, is_active=index == 0)

    def activate(self, pane: Pane) -> None:
        """Mark the pane that is shown."""
        for tab in self.query(PaneTab):
            tab.set_class(tab.pane == pane, "-active")
            if tab.pane == pane:
                tab.remove_class("-news")

    def mark_news(self, pane: Pane) -> None:
        """Mark a pane that changed out of sight."""
        for tab in self.query(PaneTab):
            if tab.pane == pane and not tab.has_class("-active"):
                tab.add_class("-news")
