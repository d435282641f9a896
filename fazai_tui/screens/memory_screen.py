"""The main screen's long-term memory: /remember, /forget, /memory TEXT, and the keys on an entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual import on

from fazai_tui.core.errors import FazaiError
from fazai_tui.screens.panes import PanesScreen
from fazai_tui.widgets.memory_entries import MemoryRow

if TYPE_CHECKING:
    from fazai_tui.core.memory_ports import MemoryDesk


class MemoryScreen(PanesScreen):
    """Passes what the user wants of memory on to the session."""

    def remember(self, text: str) -> None:
        """Remember what the user states."""
        language = self.texts.language
        self._ask(lambda memory: memory.remember(text, language))

    def forget(self, name: str) -> None:
        """Forget an entry by its id, or by the beginning of it; without a name, show what there is to forget."""
        if name:
            self._ask(lambda memory: memory.forget(name))
        else:
            self.show_memory("")

    def show_memory(self, text: str) -> None:
        """Show what is remembered and resembles a text; without a text, the newest entries."""
        self.focus_pane("memory")
        self._ask(lambda memory: self._fill(memory, text))

    @on(MemoryRow.Edited)
    def edit_entry(self, message: MemoryRow.Edited) -> None:
        """Give an entry another text."""
        message.stop()
        self._ask(lambda memory: memory.edit(message.entry_id, message.text))

    @on(MemoryRow.PinWanted)
    def pin_entry(self, message: MemoryRow.PinWanted) -> None:
        """Keep an entry from fading, or let it fade again."""
        message.stop()
        self._ask(lambda memory: memory.pin(message.entry_id, is_pinned=message.is_pinned))

    @on(MemoryRow.ForgetWanted)
    def forget_entry(self, message: MemoryRow.ForgetWanted) -> None:
        """Forget an entry."""
        message.stop()
        self._ask(lambda memory: memory.forget(message.entry_id))

    def _ask(self, action: Callable[[MemoryDesk], Awaitable[None]]) -> None:
        self.run_worker(self._carry_out(action), group="memory", exit_on_error=False)

    async def _carry_out(self, action: Callable[[MemoryDesk], Awaitable[None]]) -> None:
        if self.session is None:
            self.notify(self.texts.get("screen.memory.no_session"), severity="warning")
            return
        try:
            await action(self.session.memory)
        except FazaiError as error:
            await self.show_error(error)

    async def _fill(self, memory: MemoryDesk, text: str) -> None:
        found = await memory.find(text)
        detail = self.texts.get("screen.memory.found" if found else "screen.memory.none", text=text)
        await self.parts.memory.entries.fill(found, detail, is_list=not text)
        self.parts.memory.entries.focus_first()
