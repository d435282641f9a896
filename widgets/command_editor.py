"""An editor for one command, with bash colours."""

from typing import ClassVar

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from fazai_tui.widgets.key_actions import actions_by_key


class CommandEditor(TextArea):
    """Enter ends the edit; the key for a new line starts one.

    Every key acts in the order it was typed.
    """

    DEFAULT_CSS: ClassVar[str] = """
    CommandEditor {
        height: auto; min-height: 1; max-height: 10; width: 1fr; border: none; padding: 0 1; background: $panel;
    }
    CommandEditor:focus { border: none; background: $panel; }
    """

    class Done(Message):
        """The edit is finished.

        Attributes:
            command: The text as it stood at the key; keys typed after it are not in it.
        """

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, command: str, *, id: str | None = None) -> None:
        super().__init__(
            command, id=id, language="bash", compact=True, tab_behavior="focus", highlight_cursor_line=False
        )
        self.last_key: events.Key | None = None
        """The key that came here last; it is seen again by whatever this stands in."""

    def begin(self, command: str) -> None:
        """Take a command to edit, the cursor at its end."""
        self.read_only = False
        if self.text != command:
            self.load_text(command)
        self.move_cursor(self.document.end)

    async def on_key(self, event: events.Key) -> None:
        """Act on the keys that are not text."""
        self.last_key = event
        if event.key == "enter":
            if not self.read_only:
                self.read_only = True
                self.post_message(self.Done(self.text.strip()))
        elif event.key == "ctrl+j":
            self.insert("\n")
        elif event.key in _ACTIONS:
            await self.run_action(_ACTIONS[event.key])
        else:
            return
        event.stop()
        event.prevent_default()


_ACTIONS = actions_by_key(TextArea.BINDINGS)
