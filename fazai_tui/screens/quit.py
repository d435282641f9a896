"""Asks before something that runs is stopped."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.screens.modal import FramedModal


class QuitScreen(FramedModal[bool]):
    """Comes back with True to quit.

    Args:
        guarded: The lock-out guard's time, when it is what would be left behind.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter,ctrl+q", "quit_now", show=False),
        Binding("n", "leave", show=False),
    ]

    def __init__(self, texts: Texts, *, guarded: str = "") -> None:
        super().__init__(texts)
        self._guarded = guarded

    def compose(self) -> ComposeResult:
        """Build the question."""
        get = self.texts.get
        question = get("screen.quit.guarded", left=self._guarded) if self._guarded else get("screen.quit.question")
        with self.frame(get("screen.quit.title")):
            yield Static(question, markup=False)
            yield Static(
                Content.assemble(
                    (get("screen.quit.yes"), "$error bold"), "   ", (get("screen.quit.no"), "$accent bold")
                )
            )

    def action_quit_now(self) -> None:
        """Quit."""
        self.dismiss(True)
