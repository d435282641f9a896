"""The memory pane: what the model was given for this turn, part by part, with its cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.memory_entries import MemoryEntries
from fazai_tui.widgets.plain import visible

if TYPE_CHECKING:
    from fazai_tui.core.events import ContextPart

_STYLES = {
    "system": "$primary",
    "persona": "$primary",
    "host": "$secondary",
    "machine": "$secondary",
    "workspace": "$secondary",
    "knowledge": "$accent",
    "memory": "$accent",
    "errors": "$error",
    "jobs": "$success",
    "transcript": "$success",
    "order": "$warning",
    "observation": "$error",
}


class BudgetBar(Static):
    """How much of the budget each part takes, as one coloured bar."""

    DEFAULT_CSS: ClassVar[str] = """
    BudgetBar { width: 1fr; height: 2; padding: 0 1; }
    """

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._parts: Sequence[ContextPart] = ()
        self._budget = 0

    def show(self, parts: Sequence[ContextPart], budget: int) -> None:
        """Take the parts and what they may cost in all."""
        self._parts, self._budget = parts, budget
        self.refresh()

    def render(self) -> Content:
        """Draw the bar to the width there is."""
        used = sum(part.tokens for part in self._parts)
        width = max(1, self.content_size.width)
        whole = max(self._budget, used, 1)
        pieces = [("━" * max(1, round(part.tokens / whole * width)), _STYLES[part.name]) for part in self._parts]
        bar = Content.assemble(*pieces).truncate(width)
        rest = Content.styled("━" * max(0, width - bar.cell_length), "$border-blurred")
        share = round(100 * used / max(self._budget, 1))
        label = self._texts.get("screen.memory.budget", used=used, budget=self._budget, percent=share)
        return Content("\n").join([Content.styled(label, "$foreground-muted"), bar + rest])


class MemoryPane(VerticalScroll):
    """The parts of the prompt; each opens to its text."""

    DEFAULT_CSS: ClassVar[str] = """
    MemoryPane { scrollbar-size-vertical: 1; padding: 0 1; }
    MemoryPane > .memory-empty { color: $foreground-muted; padding: 1 1; }
    """

    def __init__(self, texts: Texts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self.entries = MemoryEntries(texts)
        """What was recalled."""

    def compose(self) -> ComposeResult:
        """Say that nothing was given yet."""
        yield self.entries
        yield Static(self._texts.get("screen.memory.empty"), classes="memory-empty", markup=False)

    async def show(self, parts: Sequence[ContextPart], budget: int) -> None:
        """Show what the model was given."""
        await self.remove_children([child for child in self.children if child is not self.entries])
        bar = BudgetBar(self._texts)
        bar.show(parts, budget)
        await self.mount(bar, *(MemoryPart(part, self._texts) for part in parts))

    def focus_first(self) -> None:
        """Go to the first part, if there is one."""
        for part in self.query(MemoryPart):
            part.focus()
            return


class MemoryPart(Vertical, can_focus=True):
    """One part of the prompt: a title that opens to the text."""

    DEFAULT_CSS: ClassVar[str] = """
    MemoryPart { height: auto; width: 1fr; }
    MemoryPart > .memory-title { width: 1fr; height: 1; }
    MemoryPart:focus > .memory-title { background: $block-cursor-background; color: $block-cursor-foreground; }
    MemoryPart > .memory-body { display: none; width: 1fr; height: auto; }
    MemoryPart.-open > .memory-body { display: block; }
    MemoryPart > .memory-detail { color: $foreground-muted; padding: 0 0 0 2; }
    MemoryPart > .memory-text { background: $panel; padding: 0 1; margin: 0 0 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open_or_close", show=False),
        Binding("up,k", "app.focus_previous", show=False),
        Binding("down,j", "app.focus_next", show=False),
    ]

    def __init__(self, part: ContextPart, texts: Texts) -> None:
        super().__init__()
        self._part = part
        self._texts = texts

    def compose(self) -> ComposeResult:
        """Build the title and the text under it."""
        yield Static(self._title(), classes="memory-title")
        if self._part.detail:
            yield Static(visible(self._detail()), markup=False, classes="memory-body memory-detail")
        yield Static(visible(self._part.text), markup=False, classes="memory-body memory-text")

    def on_click(self) -> None:
        """Open or close on a click."""
        self.action_open_or_close()

    def action_open_or_close(self) -> None:
        """Open or close the text."""
        self.toggle_class("-open")
        self.query_one(".memory-title", Static).update(self._title())

    def _detail(self) -> str:
        if self._part.name != "knowledge":
            return self._part.detail
        return self._texts.get("screen.memory.knowledge", sources=self._part.detail)

    def _title(self) -> Content:
        name = self._texts.get(f"screen.memory.part.{self._part.name}")
        tokens = self._texts.get("screen.memory.tokens", count=self._part.tokens)
        return Content.assemble(
            "▼ " if self.has_class("-open") else "▶ ",
            (name, f"{_STYLES[self._part.name]} bold"),
            (f"  {tokens}", "$foreground-muted"),
        )
