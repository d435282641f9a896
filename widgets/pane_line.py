"""A line at the foot of a pane, to type a search or a command in."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class PaneLine(Horizontal):
    """One line with a sign before it; Enter hands it over, Escape puts it away."""

    DEFAULT_CSS: ClassVar[str] = """
    PaneLine { display: none; height: 1; width: 1fr; padding: 0 1; background: $panel; }
    PaneLine.-open { display: block; }
    PaneLine > Static { width: 2; color: $accent; text-style: bold; }
    PaneLine > Input { width: 1fr; border: none; height: 1; padding: 0; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    class Entered(Message):
        """The user is done with the line."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign = sign
            self.text = text

    class Closed(Message):
        """The user puts the line away."""

    def __init__(self) -> None:
        super().__init__()
        self._sign = ""
        self._earlier: tuple[str, ...] = ("",)
        self._at = 0

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return bool(self._sign)

    def compose(self) -> ComposeResult:
        """Build the sign and the field."""
        yield Static(markup=False)
        yield Input(compact=True, select_on_focus=False)

    def open(self, sign: str, placeholder: str, text: str = "", earlier: tuple[str, ...] = ()) -> None:
        """Show it and give it the focus.

        Args:
            sign: What stands before it, `/` or `$`.
            placeholder: What is to be typed.
            text: What is there already.
            earlier: What was entered before, to be recalled, the oldest first.
        """
        self._sign = sign
        self._earlier = (*earlier, text)
        self._at = len(earlier)
        self.query_one(Static).update(sign)
        field = self.query_one(Input)
        field.placeholder = placeholder
        field.value = text
        field.cursor_position = len(text)
        self.add_class("-open")
        field.focus()

    def close(self) -> None:
        """Put it away."""
        self._sign = ""
        self.remove_class("-open")

    def take_late(self, key: str, character: str | None) -> None:
        """Take a key that was on its way when the line was opened."""
        field = self.query_one(Input)
        if key == "enter":
            self._hand_over()
        elif key == "backspace":
            field.action_delete_left()
        elif character and character.isprintable():
            field.insert_text_at_cursor(character)

    @on(Input.Submitted)
    def hand_over(self, event: Input.Submitted) -> None:
        """Give the line to whoever asked for it."""
        event.stop()
        self._hand_over()

    def _hand_over(self) -> None:
        sign, text = self._sign, self.query_one(Input).value
        self.close()
        self.post_message(self.Entered(sign, text))

    def action_close(self) -> None:
        """Put it away unused."""
        self.close()
        self.post_message(self.Closed())

    def action_recall(self, step: int) -> None:
        """Show an earlier or a later line."""
        self._at = min(max(self._at + step, 0), len(self._earlier) - 1)
        field = self.query_one(Input)
        field.value = self._earlier[self._at]
        field.cursor_position = len(field.value)
