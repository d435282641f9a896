"""Shows lock-out guards: the card that counts down, the status line, and what became of them in the chat."""

import time
from collections.abc import Callable, Mapping

from fazai_tui.config.keymap import key_name
from fazai_tui.config.texts import Texts
from fazai_tui.core.lockout import GuardStatus
from fazai_tui.screens.parts import MainParts
from fazai_tui.session.guard_report import subjects, told
from fazai_tui.widgets.guard_card import GuardCard

_MARKS: Mapping[str, tuple[str, str]] = {
    "armed": ("⛨", "$warning"),
    "reverting": ("⛨", "$warning"),
    "confirmed": ("✓", "$success"),
    "unchanged": ("✓", "$success"),
    "reverted": ("↺", "$warning"),
    "failed": ("✗", "$error"),
}


class GuardDesk:
    """One card for each guard that counts.

    Args:
        parts: The widgets.
        texts: The words.
        keys: The user's keymap.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        parts: MainParts,
        texts: Texts,
        keys: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._texts = texts
        self._keys = keys
        self._clock = clock
        self._running: set[str] = set()

    @property
    def cards(self) -> list[GuardCard]:
        """The cards that are open."""
        return [card for card in self._parts.input_slot.children if isinstance(card, GuardCard)]

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be decided."""
        return bool(self.cards or self._running)

    async def show(self, status: GuardStatus) -> None:
        """Show a guard as it stands."""
        self._running.discard(status.id)
        if status.is_open and (status.left is not None or status.is_orphan):
            await self._count(status)
        else:
            if status.state == "armed":
                self._running.add(status.id)
            await self._close(status.id)
        self.show_status()
        mark, style = _MARKS[status.state]
        self._parts.tabs.mark_news("chat")
        await self._parts.chat.add_note(mark, style, told(status, self._how(), self._texts))

    def show_status(self) -> None:
        """Bring the time that is left to the status line."""
        left = [card.left for card in self.cards]
        seconds = [each for each in left if each is not None]
        if seconds:
            text = f"⛨ {min(seconds)} s"
        else:
            text = "⛨" if left or self._running else ""
        self._parts.status.guard = text

    async def forget(self) -> None:
        """Take every card away: the session is over, the guards count on."""
        self._running.clear()
        for card in self.cards:
            await card.remove()
        self.show_status()

    async def _count(self, status: GuardStatus) -> None:
        words = subjects(status.subjects, self._texts)
        for card in self.cards:
            if card.guard_id == status.id:
                card.take(status, words)
                return
        card = GuardCard(status, words, self._texts, self._keys, clock=self._clock, on_tick=self.show_status)
        prompt = self._parts.prompt
        await self._parts.input_slot.mount(card)
        is_free = self._parts.approvals.current is None and not prompt.editor.text
        if is_free and not self._parts.shells.has_keyboard and prompt.screen.focused in (None, prompt.editor):
            card.focus()

    async def _close(self, guard_id: str) -> None:
        for card in self.cards:
            if card.guard_id == guard_id:
                had_focus = card.has_focus
                await card.remove()
                if had_focus:
                    prompt = self._parts.prompt
                    prompt.screen.set_focus(self._parts.approvals.current or prompt.editor)

    def _how(self) -> str:
        keep, revert = key_name("keep_access", self._keys), key_name("put_back", self._keys)
        return self._texts.get("guard.told.how_screen", keep=keep, revert=revert)
