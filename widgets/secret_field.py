"""A line of typing that is shown to nobody."""

from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from fazai_tui.config.texts import Texts
from fazai_tui.core.secret import Secret


class SecretField(Widget, can_focus=True):
    """Takes keys and pastes into bytes that can be overwritten; shows neither them nor how many there are.

    It has no history, no undo, no selection and no completion, and no key leaves it but those for the whole screen.
    """

    DEFAULT_CSS: ClassVar[str] = """
    SecretField { height: 1; width: 1fr; padding: 0 1; background: $panel; color: $foreground-muted; }
    SecretField:focus { color: $foreground; }
    """
    ALLOW_SELECT = False

    class Entered(Message):
        """The user gave the secret; whoever takes it overwrites it."""

        def __init__(self, secret: Secret) -> None:
            super().__init__()
            self.secret = secret

    class Cancelled(Message):
        """The user sends nothing; what was typed is overwritten."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._secret = Secret()
        self._is_full = False

    def begin(self) -> None:
        """Take a secret from the start."""
        self._secret.wipe()
        self._secret = Secret()
        self._is_full = False
        self.refresh()

    def forget(self) -> None:
        """Overwrite what was typed; nothing is taken until it begins again."""
        self._secret.wipe()
        self.refresh()

    def render(self) -> Content:
        """Draw whether something was typed, and nothing of it."""
        name = "full" if self._is_full else "nothing_typed" if self._secret.is_empty else "typed"
        return Content.assemble(("▏", "$accent"), self._texts.get(f"screen.secret.{name}"))

    def on_key(self, event: events.Key) -> None:
        """Take a key; none is left to any other part of the screen."""
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            secret, self._secret = self._secret, Secret()
            if not secret.is_spent:
                self._secret.wipe()
                self.post_message(self.Entered(secret))
        elif event.key == "escape":
            self.forget()
            self.post_message(self.Cancelled())
        elif event.key in ("backspace", "ctrl+h"):
            self._secret.remove_last()
            self._is_full = False
        elif event.key == "ctrl+u":
            self._secret.clear()
            self._is_full = False
        elif event.is_printable and event.character:
            self._is_full = not self._secret.add(event.character) and not self._secret.is_spent
        self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted, up to its first line break."""
        event.stop()
        event.prevent_default()
        self._is_full = not self._secret.add(event.text) and not self._secret.is_spent
        event.text = ""
        self.refresh()

    def on_unmount(self) -> None:
        """Overwrite what was typed and not sent."""
        self._secret.wipe()
