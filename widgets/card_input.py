"""The one-line field of an approval card."""

from typing import ClassVar

from textual import events
from textual.widgets import Input

from fazai_tui.widgets.key_actions import actions_by_key


class CardInput(Input):
    """An input that says which key it got last: a card gives it what was typed before it had the focus."""

    DEFAULT_CSS: ClassVar[str] = """
    CardInput { height: 1; border: none; padding: 0 1; background: $panel; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True, select_on_focus=False)
        self.last_key: events.Key | None = None
        """The key that came here last; it is seen again by whatever this stands in."""

    def begin(self, text: str) -> None:
        """Start with a text, the cursor at its end."""
        self.value = text
        self.action_end()

    async def on_key(self, event: events.Key) -> None:
        """Act on the keys that are not text, in the order they were typed."""
        self.last_key = event
        if event.key in _ACTIONS:
            event.stop()
            event.prevent_default()
            await self.run_action(_ACTIONS[event.key])


_ACTIONS = actions_by_key(Input.BINDINGS)
