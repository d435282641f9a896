"""A line at the foot of a pane, to type a search or a command in."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from fazai_tui.widgets.card_input import CardInput


class _LineInput(CardInput):
    """The field; keys that come when it is put away already are for what it belongs to."""

    def __init__(self, take_key: Callable[[events.Key], bool]) -> None:
        super().__init__()
        self._take_key = take_key

    async def on_key(self, event: events.Key) -> None:
        """Act on the keys that are not text, in the order they were typed."""
        if self._take_key(event):
            event.stop()
            event.prevent_default()
        else:
            await super().on_key(event)


class PaneLine(Horizontal):
    """One line with a sign before it; Enter hands it over, Escape puts it away."""

    DEFAULT_CSS: ClassVar[str] = """
    PaneLine { display: none; height: 1; width: 1fr; padding: 0 1; background: $panel; }
    PaneLine.-open { display: block; }
    PaneLine > Static { width: 2; color: $accent; text-style: bold; }
    PaneLine > CardInput { width: 1fr; padding: 0; }
    """

    class Entered(Message):
        """The user is done with the line."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign = sign
            self.text = text

    def __init__(self, take_late: Callable[[events.Key], bool], give_back: Callable[[], None]) -> None:
        """Begin put away.

        Args:
            take_late: Gets keys that were on their way here when the line was put away.
            give_back: Gives the focus back when that happens.
        """
        super().__init__()
        self._give_back = give_back
        self._take_late = take_late
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
        yield _LineInput(self._take_key)

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
        field = self._field
        field.placeholder = placeholder
        field.begin(text)
        self.add_class("-open")
        self.screen.set_focus(field)

    def close(self) -> None:
        """Put it away."""
        self._sign = ""
        self.remove_class("-open")
        self._give_back()

    def take_early(self, event: events.Key) -> None:
        """Take a key that was on its way elsewhere when the line was opened."""
        if not self._take_key(event):
            if event.key == "backspace":
                self._field.action_delete_left()
            elif event.character and event.is_printable:
                self._field.insert_text_at_cursor(event.character)

    @property
    def _field(self) -> _LineInput:
        return self.query_one(_LineInput)

    def _take_key(self, event: events.Key) -> bool:
        """Do what a key does that is not for the text; False for the others."""
        if not self.is_open:
            return self._take_late(event)
        match event.key:
            case "enter":
                sign, text = self._sign, self._field.value
                self.close()
                self.post_message(self.Entered(sign, text))
            case "escape":
                self.close()
            case "up" | "down":
                step = -1 if event.key == "up" else 1
                if self._at == len(self._earlier) - 1:
                    self._earlier = (*self._earlier[:-1], self._field.value)
                self._at = min(max(self._at + step, 0), len(self._earlier) - 1)
                self._field.begin(self._earlier[self._at])
            case _:
                return False
        return True
