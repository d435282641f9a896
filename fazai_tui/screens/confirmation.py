"""A question before something that cannot be taken back."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.screens.modal import FramedModal


class ConfirmationScreen(FramedModal[bool]):
    """Comes back with True only for a yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,s", "confirm", show=False),
        Binding("n,q", "leave", show=False),
    ]

    def __init__(self, texts: Texts, title: str, question: str) -> None:
        super().__init__(texts)
        self._title = title
        self._question = question

    def compose(self) -> ComposeResult:
        """Build the question."""
        with self.frame(self._title, self.texts.get("screen.confirm.keys")):
            yield Static(self._question, markup=False)

    def action_confirm(self) -> None:
        """Say yes."""
        self.dismiss(True)
