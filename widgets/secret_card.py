"""Asks for the secret that a program waits for, and says which program that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.core.secret import Secret
from fazai_tui.widgets.key_hints import KeyHints
from fazai_tui.widgets.plain import one_line, summary
from fazai_tui.widgets.secret_field import SecretField

if TYPE_CHECKING:
    from fazai_tui.core.events import AskingProgram

_COMMAND_WIDTH = 100


class SecretCard(Vertical):
    """One secret for one process. Escape sends nothing, and then offers to interrupt the process."""

    DEFAULT_CSS: ClassVar[str] = """
    SecretCard {
        height: auto; width: 1fr; padding: 0 1; background: $surface;
        border: round $warning; border-title-color: $warning; border-title-style: bold;
    }
    SecretCard > Static { height: auto; width: 1fr; }
    SecretCard > .secret-program { text-style: bold; max-height: 3; }
    SecretCard > .secret-command, SecretCard > .secret-question { max-height: 3; color: $foreground-muted; }
    """

    class Entered(Message):
        """The user gave the secret; it goes to the process and is overwritten."""

        def __init__(self, card: SecretCard, secret: Secret) -> None:
            super().__init__()
            self.card = card
            self.secret = secret

    class InterruptWanted(Message):
        """The user sends the process Ctrl-C instead of a secret."""

        def __init__(self, card: SecretCard) -> None:
            super().__init__()
            self.card = card

    class Closed(Message):
        """The user lets the process wait."""

        def __init__(self, card: SecretCard) -> None:
            super().__init__()
            self.card = card

    def __init__(
        self, command_id: str, command: str, asker: AskingProgram, texts: Texts, *, question: str = ""
    ) -> None:
        """Ask for a secret.

        Args:
            command_id: The command that the process belongs to.
            command: What it is.
            asker: The process.
            texts: The words.
            question: What it has printed last, on an open line.
        """
        super().__init__()
        self.command_id = command_id
        self.asker = asker
        self._command = command
        self._question = question
        self._texts = texts
        self._is_put_off = False

    @property
    def program(self) -> str:
        """The process as the user is told of it: its name and number."""
        name = one_line(self.asker.name) or "?"
        return self._texts.get("screen.secret.program", name=name, pid=self.asker.pid)

    def compose(self) -> ComposeResult:
        """Build the question and the field."""
        get = self._texts.get
        yield Static(get("screen.secret.asks", program=self.program), markup=False, classes="secret-program")
        command = summary(one_line(self.asker.command or self._command), _COMMAND_WIDTH)
        yield Static(command, markup=False, classes="secret-command")
        if self._question:
            yield Static(summary(one_line(self._question), _COMMAND_WIDTH), markup=False, classes="secret-question")
        yield SecretField(self._texts)
        yield KeyHints()

    def on_mount(self) -> None:
        """Take the focus."""
        self.border_title = self._texts.get("screen.secret.title")
        self._show_keys("enter", "escape", "clear")
        self.screen.set_focus(self.query_one(SecretField))

    @on(SecretField.Entered)
    def hand_over(self, message: SecretField.Entered) -> None:
        """Pass the secret on."""
        message.stop()
        self.post_message(self.Entered(self, message.secret))

    @on(SecretField.Cancelled)
    def put_off(self, message: SecretField.Cancelled) -> None:
        """Say that nothing was sent and what can be done now; the second time close."""
        message.stop()
        if self._is_put_off:
            self.post_message(self.Closed(self))
            return
        self._is_put_off = True
        self.query_one(SecretField).display = False
        self.query_one(".secret-program", Static).update(self._texts.get("screen.secret.unsent", program=self.program))
        self._show_keys("reopen", "interrupt", "close")
        self.can_focus = True
        self.screen.set_focus(self)

    def on_key(self, event: events.Key) -> None:
        """Act on the keys that are offered when nothing was sent; the others do nothing."""
        if not self._is_put_off:
            return
        event.stop()
        event.prevent_default()
        match event.key:
            case "enter":
                self._reopen()
            case "c":
                self.post_message(self.InterruptWanted(self))
            case "escape":
                self.post_message(self.Closed(self))
            case _:
                return

    def _reopen(self) -> None:
        self._is_put_off = False
        field = self.query_one(SecretField)
        field.display = True
        field.begin()
        self.screen.set_focus(field)
        self.can_focus = False
        self.query_one(".secret-program", Static).update(self._texts.get("screen.secret.asks", program=self.program))
        self._show_keys("enter", "escape", "clear")

    def _show_keys(self, *names: str) -> None:
        keys = {
            "enter": "Enter",
            "reopen": "Enter",
            "escape": "Esc",
            "close": "Esc",
            "clear": "Ctrl+U",
            "interrupt": "c",
        }
        pairs = [(keys[name], self._texts.get(f"screen.secret.key.{name}")) for name in names]
        self.query_one(KeyHints).show(pairs)
