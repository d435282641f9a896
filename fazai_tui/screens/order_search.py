"""Search among the orders given before."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from fazai_tui.config.texts import Texts
from fazai_tui.screens.modal import FramedModal
from fazai_tui.widgets.plain import one_line

_SHOWN = 100


class OrderSearch(FramedModal[str]):
    """Comes back with the chosen order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('up')", show=False),
        Binding("down,ctrl+r", "move('down')", show=False, priority=True),
    ]

    def __init__(self, texts: Texts, orders: Sequence[str]) -> None:
        super().__init__(texts)
        self._orders = list(dict.fromkeys(reversed(orders)))
        self._found: list[str] = []

    def compose(self) -> ComposeResult:
        """Build the field and the list."""
        with self.frame(self.texts.get("screen.search.title")):
            yield Input(placeholder=self.texts.get("screen.search.placeholder"), compact=True)
            yield OptionList(markup=False)
            yield Static(self.texts.get("screen.search.empty"), markup=False, id="nothing")

    def on_mount(self) -> None:
        """Show every order, newest first."""
        self._show("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Keep the orders that hold every word."""
        event.stop()
        self._show(event.value)

    @on(Input.Submitted)
    def choose(self, event: Input.Submitted) -> None:
        """Take the highlighted order."""
        event.stop()
        index = self.query_one(OptionList).highlighted
        self.dismiss(self._found[index] if index is not None else None)

    @on(OptionList.OptionSelected)
    def choose_clicked(self, event: OptionList.OptionSelected) -> None:
        """Take the order that was clicked."""
        event.stop()
        self.dismiss(self._found[event.option_index])

    def action_move(self, direction: str) -> None:
        """Move the highlight while the field keeps the focus."""
        options = self.query_one(OptionList)
        if direction == "up":
            options.action_cursor_up()
        else:
            options.action_cursor_down()

    def _show(self, text: str) -> None:
        words = text.lower().split()
        self._found = [order for order in self._orders if all(word in order.lower() for word in words)][:_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(Content(one_line(order))) for order in self._found)
        options.highlighted = 0 if self._found else None
        self.query_one("#nothing", Static).display = not self._found
