"""An editor for one command, with bash colours."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea


class CommandEditor(TextArea):
    """Enter ends the edit; the key for a new line starts one."""

    DEFAULT_CSS: ClassVar[str] = """
    CommandEditor {
        height: auto; min-height: 1; max-height: 10; width: 1fr; border: none; padding: 0 1; background: $panel;
    }
    CommandEditor:focus { border: none; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", show=False, priority=True),
        Binding("ctrl+j", "newline", show=False, priority=True),
    ]

    class Done(Message):
        """The edit is finished."""

    def __init__(self, command: str, *, id: str | None = None) -> None:
        super().__init__(
            command, id=id, language="bash", compact=True, tab_behavior="focus", highlight_cursor_line=False
        )

    def on_focus(self) -> None:
        """Put the cursor at the end of the command."""
        self.move_cursor(self.document.end)

    def action_done(self) -> None:
        """Say that the edit is finished."""
        self.post_message(self.Done())

    def action_newline(self) -> None:
        """Start a new line."""
        self.insert("\n")
