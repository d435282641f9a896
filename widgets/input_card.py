"""Asks for the line that the running program waits for."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from fazai_tui.config.keymap import DEFAULT_KEYS
from fazai_tui.config.texts import Texts
from fazai_tui.widgets.plain import summary, visible


class InputCard(Vertical):
    """One line for the program in the foreground."""

    DEFAULT_CSS: ClassVar[str] = """
    InputCard {
        height: auto; width: 1fr; padding: 0 1; background: $surface;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    InputCard > Static { height: auto; width: 1fr; }
    InputCard > .input-question { text-style: bold; max-height: 3; }
    InputCard > .input-keys { color: $foreground-muted; }
    InputCard > Input { border: none; height: 1; padding: 0 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding(DEFAULT_KEYS["close"], "close", show=False)]

    class Entered(Message):
        """The user gave the line; it goes to the program and nowhere else."""

        def __init__(self, command_id: str, text: str) -> None:
            super().__init__()
            self.command_id = command_id
            self.text = text

    class Closed(Message):
        """The user wants to answer later."""

    def __init__(self, command_id: str, command: str, texts: Texts, *, question: str = "") -> None:
        """Ask for a line.

        Args:
            command_id: The command that waits.
            command: What it is.
            texts: The words.
            question: What the program has printed last, on an open line.
        """
        super().__init__()
        self._question = question
        self.command_id = command_id
        self._command = command
        self._texts = texts

    def compose(self) -> ComposeResult:
        """Build the question and the field."""
        yield Static(self._texts.get("screen.input.line", command=summary(self._command, 48)), markup=False)
        if self._question:
            yield Static(visible(self._question), markup=False, classes="input-question")
        yield Input(compact=True)
        yield Static(self._texts.get("screen.input.keys"), markup=False, classes="input-keys")

    def on_mount(self) -> None:
        """Take the focus."""
        self.border_title = self._texts.get("screen.input.title")
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def pass_on(self, event: Input.Submitted) -> None:
        """Hand the line over and forget it."""
        event.stop()
        text = event.value
        event.input.value = ""
        self.post_message(self.Entered(self.command_id, text))

    def action_close(self) -> None:
        """Put the card away."""
        self.post_message(self.Closed())
