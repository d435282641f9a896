"""Asks whether a command that has had its time may go on."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.key_hints import KeyHints
from fazai_tui.widgets.plain import duration, summary


class TimeLimitCard(Vertical, can_focus=True):
    """The command runs on while it asks."""

    DEFAULT_CSS: ClassVar[str] = """
    TimeLimitCard {
        height: auto; width: 1fr; padding: 0 1; background: $surface;
        border: round $warning; border-title-color: $warning; border-title-style: bold;
    }
    TimeLimitCard > Static { height: auto; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,c", "decide(True)", show=False),
        Binding("n,s", "decide(False)", show=False),
    ]

    class Decided(Message):
        """The user decided."""

        def __init__(self, question_id: str, *, is_to_go_on: bool) -> None:
            super().__init__()
            self.question_id = question_id
            self.is_to_go_on = is_to_go_on

    def __init__(self, question_id: str, command_id: str, command: str, seconds: int, texts: Texts) -> None:
        super().__init__()
        self.command_id = command_id
        self._question_id = question_id
        self._command = command
        self._seconds = seconds
        self._texts = texts

    def compose(self) -> ComposeResult:
        """Build the question and the keys."""
        after = duration(self._seconds * 1000)
        text = self._texts.get("screen.time_limit.question", command=summary(self._command, 48), duration=after)
        yield Static(text, markup=False)
        yield KeyHints()

    def on_mount(self) -> None:
        """Take the focus."""
        self.border_title = self._texts.get("screen.time_limit.title")
        get = self._texts.get
        self.query_one(KeyHints).show([("y", get("screen.time_limit.go_on")), ("n", get("screen.time_limit.stop"))])
        self.focus()

    def action_decide(self, is_to_go_on: bool) -> None:
        """Hand the decision over."""
        self.post_message(self.Decided(self._question_id, is_to_go_on=is_to_go_on))
