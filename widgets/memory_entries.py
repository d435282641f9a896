"""What was recalled from long-term memory or put there, with why and how much; to edit, pin and forget."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from fazai_tui.config.keymap import DEFAULT_KEYS
from fazai_tui.config.texts import Texts
from fazai_tui.widgets.plain import summary, visible

if TYPE_CHECKING:
    from fazai_tui.core.events import MemoryTouched
    from fazai_tui.core.memory import MemoryAction, Recalled

_SHOWN = 30
"""Rows there are at most; the oldest go."""

_TEXT = 400
_SHORT_ID = 8


class MemoryEntries(Vertical):
    """One row an entry."""

    DEFAULT_CSS: ClassVar[str] = """
    MemoryEntries { height: auto; width: 1fr; display: none; }
    MemoryEntries.-filled { display: block; margin: 0 0 1 0; }
    MemoryEntries > .memory-how { color: $foreground-muted; width: 1fr; height: auto; }
    """

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._how = Static("", markup=False, classes="memory-how")

    def compose(self) -> ComposeResult:
        """Build the line that says how entries are found."""
        yield self._how

    async def take(self, event: MemoryTouched) -> None:
        """Show what was recalled in place of what stood there, or what became of single entries."""
        if event.action == "recalled":
            await self.fill(event.recalled, event.detail)
            return
        for item in event.recalled:
            old = self._row(item.entry.id)
            if event.action == "forgotten":
                if old is not None:
                    await old.remove()
            elif old is not None:
                old.show(item, event.action)
            else:
                await self._add(MemoryRow(item, self._texts, event.action))
        self._settle()

    async def fill(self, found: tuple[Recalled, ...], detail: str, *, is_list: bool = False) -> None:
        """Show entries in place of what stood there.

        Args:
            found: The entries.
            detail: What is said above them.
            is_list: Whether they were listed, and not found for being like something.
        """
        await self.query(MemoryRow).remove()
        self._how.update(detail)
        await self.mount(*(MemoryRow(item, self._texts, None if is_list else "recalled") for item in found))
        self._settle()

    def focus_first(self) -> None:
        """Go to the first row, if there is one."""
        for row in self.query(MemoryRow):
            row.focus()
            return

    async def _add(self, row: MemoryRow) -> None:
        await self.mount(row, after=self._how)
        for old in list(self.query(MemoryRow))[_SHOWN:]:
            await old.remove()

    def _row(self, entry_id: str) -> MemoryRow | None:
        return next((row for row in self.query(MemoryRow) if row.entry_id == entry_id), None)

    def _settle(self) -> None:
        self.set_class(bool(self.query(MemoryRow)), "-filled")


class MemoryRow(Vertical, can_focus=True):
    """One entry: what it says, why it was recalled, how much it fits."""

    DEFAULT_CSS: ClassVar[str] = """
    MemoryRow { height: auto; width: 1fr; }
    MemoryRow > Static { width: 1fr; height: auto; }
    MemoryRow > .memory-said { text-style: bold; }
    MemoryRow > .memory-why { color: $foreground-muted; padding: 0 0 0 2; }
    MemoryRow:focus > .memory-said { background: $block-cursor-background; color: $block-cursor-foreground; }
    MemoryRow > .memory-keys { display: none; color: $accent; padding: 0 0 0 2; }
    MemoryRow:focus > .memory-keys { display: block; }
    MemoryRow > Input { border: none; height: 1; padding: 0 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(DEFAULT_KEYS["memory_edit"], "edit", show=False, id="memory_edit"),
        Binding(DEFAULT_KEYS["memory_pin"], "pin", show=False, id="memory_pin"),
        Binding(DEFAULT_KEYS["memory_forget"], "forget", show=False, id="memory_forget"),
        Binding("up,k", "app.focus_previous", show=False),
        Binding("down,j", "app.focus_next", show=False),
    ]

    class Edited(Message):
        """The user gave an entry another text."""

        def __init__(self, entry_id: str, text: str) -> None:
            super().__init__()
            self.entry_id = entry_id
            self.text = text

    class PinWanted(Message):
        """The user wants an entry never to fade, or to fade again."""

        def __init__(self, entry_id: str, *, is_pinned: bool) -> None:
            super().__init__()
            self.entry_id = entry_id
            self.is_pinned = is_pinned

    class ForgetWanted(Message):
        """The user wants an entry forgotten."""

        def __init__(self, entry_id: str) -> None:
            super().__init__()
            self.entry_id = entry_id

    def __init__(self, item: Recalled, texts: Texts, action: MemoryAction | None) -> None:
        super().__init__()
        self._texts = texts
        self._item = item
        self._action = action

    @property
    def entry_id(self) -> str:
        """The entry's id."""
        return self._item.entry.id

    def compose(self) -> ComposeResult:
        """Build the lines."""
        yield Static(self._said(), classes="memory-said")
        yield Static(visible(self._why()), markup=False, classes="memory-why")
        yield Static(self._texts.get("screen.memory.keys"), markup=False, classes="memory-keys")

    def show(self, item: Recalled, action: MemoryAction) -> None:
        """Show the entry as it is now."""
        kept = {"score": self._item.score, "match": self._item.match} if self._action == "recalled" else {}
        self._item, self._action = item.model_copy(update=kept), action
        self.query_one(".memory-said", Static).update(self._said())
        self.query_one(".memory-why", Static).update(visible(self._why()))

    async def action_edit(self) -> None:
        """Open a field with the entry's text."""
        if not self.query(Input):
            field = Input(self._item.entry.text.replace("\n", " "), compact=True, select_on_focus=False)
            await self.mount(field, after=0)
            field.focus()

    def action_pin(self) -> None:
        """Ask for the entry to be pinned, or to be let go."""
        self.post_message(self.PinWanted(self.entry_id, is_pinned=not self._item.entry.pinned))

    def action_forget(self) -> None:
        """Ask for the entry to be forgotten."""
        self.post_message(self.ForgetWanted(self.entry_id))

    @on(Input.Submitted)
    async def pass_on(self, event: Input.Submitted) -> None:
        """Hand the new text over."""
        event.stop()
        text = event.value
        await event.input.remove()
        self.focus()
        self.post_message(self.Edited(self.entry_id, text))

    async def key_escape(self) -> None:
        """Put the field away without a change."""
        if fields := self.query(Input):
            await fields.remove()
            self.focus()

    def _said(self) -> Content:
        entry = self._item.entry
        kind = self._texts.get(f"memory.kind.{entry.kind}")
        mark = "★ " if entry.pinned else ""
        text = visible(summary(" ".join(entry.text.split()), _TEXT))
        return Content.assemble((f"{mark}{kind}  ", "$accent"), text)

    def _why(self) -> str:
        item, entry = self._item, self._item.entry
        if self._action == "recalled":
            why = self._texts.get(f"memory.match.{item.match}")
            first = self._texts.get("screen.memory.recalled", score=f"{item.score:.2f}", why=why)
        elif self._action is not None:
            first = self._texts.get(f"screen.memory.action.{self._action}")
        else:
            day = datetime.fromtimestamp(entry.created_at, UTC).astimezone().strftime("%Y-%m-%d")
            first = self._texts.get("screen.memory.stored", day=day)
        used = self._texts.get("screen.memory.uses", count=entry.uses)
        lines = [f"{first} · {used} · {entry.id[:_SHORT_ID]}"]
        return "\n".join((*lines, *(f"$ {command}" for command in entry.commands)))
