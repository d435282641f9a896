"""What was ordered before, what was decided, and what it did."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from fazai_tui.config.keymap import DEFAULT_KEYS, key_name
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.ledger.entries import TurnEntry
from fazai_tui.screens.application import ScreenApp
from fazai_tui.screens.ports import HistoryReader
from fazai_tui.widgets.history_facts import turn_facts, turn_row
from fazai_tui.widgets.key_hints import KeyHints
from fazai_tui.widgets.plain import visible
from fazai_tui.widgets.status_bar import WIDE_COLUMNS

_SHOWN_TURNS = 300
_TYPING_PAUSE = 0.15


class HistoryScreen(Screen[str], inherit_bindings=False):
    """A list with a filter, and the chosen turn beside it; comes back with an order to run again."""

    app = getters.app(ScreenApp)
    CSS_PATH = "history.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(DEFAULT_KEYS["history_run"], "run_again", show=False, id="history_run"),
        Binding(DEFAULT_KEYS["history_filter"], "filter", show=False, id="history_filter"),
        Binding(DEFAULT_KEYS["history_copy"], "copy", show=False, id="history_copy"),
        Binding(DEFAULT_KEYS["history_export"], "export('markdown')", show=False, id="history_export"),
        Binding(DEFAULT_KEYS["history_script"], "export('script')", show=False, id="history_script"),
        Binding(DEFAULT_KEYS["close"], "back", show=False, id="close"),
        Binding(DEFAULT_KEYS["history"], "leave", show=False, id="history"),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]

    def __init__(self, texts: Texts, reader: HistoryReader, keys: Mapping[str, str], directory: str) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE_COLUMNS, "-wide")]
        self._texts = texts
        self._reader = reader
        self._keys = keys
        self._directory = directory
        self._turns: Sequence[TurnEntry] = ()

    def compose(self) -> ComposeResult:
        """Build the filter, the list and the detail."""
        get = self._texts.get
        with Container(id="history"):
            with Vertical(id="history-left", classes="pane"):
                yield Input(placeholder=get("screen.history.filter"), compact=True, id="history-filter")
                yield OptionList(markup=False, id="history-list")
                yield Static(get("screen.history.loading"), markup=False, id="history-empty")
            with VerticalScroll(id="history-right", classes="pane"):
                yield Static(id="history-detail")
        yield KeyHints(id="history-keys")

    def on_mount(self) -> None:
        """Read the newest turns."""
        self.query_one("#history-left", Vertical).border_title = self._texts.get("screen.history.title")
        self.query_one(KeyHints).show(
            [
                ("Enter", self._texts.get("screen.history.key.detail")),
                *(
                    (key_name(name, self._keys), self._texts.get(f"screen.history.key.{name}"))
                    for name in (
                        "history_run",
                        "history_filter",
                        "history_copy",
                        "history_export",
                        "history_script",
                        "close",
                    )
                ),
            ]
        )
        self.query_one(OptionList).focus()
        self._read("")

    @on(Input.Changed, "#history-filter")
    def filter_turns(self, event: Input.Changed) -> None:
        """Show the turns that hold the text."""
        event.stop()
        self._read(event.value, _TYPING_PAUSE)

    @on(Input.Submitted, "#history-filter")
    def leave_filter(self, event: Input.Submitted) -> None:
        """Go from the filter to the list."""
        event.stop()
        self.query_one(OptionList).focus()

    @on(OptionList.OptionHighlighted)
    def show_turn(self, event: OptionList.OptionHighlighted) -> None:
        """Show the highlighted turn."""
        event.stop()
        turn = self._turns[event.option_index]
        self.run_worker(self._show(turn.id), group="detail", exclusive=True, exit_on_error=False)

    @on(OptionList.OptionSelected)
    def read_turn(self, event: OptionList.OptionSelected) -> None:
        """Go to the detail, to scroll in it."""
        event.stop()
        self.query_one("#history-right", VerticalScroll).focus()

    def action_filter(self) -> None:
        """Go to the filter."""
        self.query_one("#history-filter", Input).focus()

    def action_run_again(self) -> None:
        """Come back with the highlighted order."""
        if (turn := self._chosen) is not None:
            self.dismiss(turn.order)

    def action_copy(self) -> None:
        """Copy the commands of the highlighted order, or its words when nothing ran."""
        if (turn := self._chosen) is not None:
            self.run_worker(self._copy(turn), group="copy", exclusive=True, exit_on_error=False)

    async def _copy(self, turn: TurnEntry) -> None:
        try:
            detail = await asyncio.to_thread(self._reader.turn, turn.id)
        except FazaiError as error:
            self.notify(visible(str(error)), severity="error", markup=False)
            return
        self.app.copy_to_clipboard("\n".join(command.command for command in detail.commands) or turn.order)
        self.notify(self._texts.get("screen.chat.copied"), timeout=2)

    def action_export(self, kind: str) -> None:
        """Write the highlighted order to a file where FazAI was started."""
        if (turn := self._chosen) is not None:
            self.run_worker(self._export(turn, kind), group="export", exclusive=True, exit_on_error=False)

    async def _export(self, turn: TurnEntry, kind: str) -> None:
        try:
            place = await asyncio.to_thread(self._reader.export, turn.id, kind, self._directory)
        except FazaiError as error:
            self.notify(visible(str(error)), severity="error", markup=False)
        else:
            self.notify(self._texts.get("history.export.written", file=visible(place)), markup=False)

    @property
    def _chosen(self) -> TurnEntry | None:
        at = self.query_one(OptionList).highlighted
        return self._turns[at] if at is not None and at < len(self._turns) else None

    def action_back(self) -> None:
        """Go from the filter or the detail to the list, from the list back to where one came from."""
        turns = self.query_one(OptionList)
        if turns.has_focus or not self._turns:
            self.dismiss(None)
        else:
            turns.focus()

    def action_leave(self) -> None:
        """Close the history."""
        self.dismiss(None)

    def _read(self, text: str, pause: float = 0) -> None:
        self.run_worker(self._list(text, pause), group="list", exclusive=True, exit_on_error=False)

    async def _list(self, text: str, pause: float) -> None:
        await asyncio.sleep(pause)
        empty = self.query_one("#history-empty", Static)
        try:
            self._turns = await asyncio.to_thread(self._reader.list_turns, _SHOWN_TURNS, text)
        except FazaiError as error:
            self._turns = ()
            empty.update(visible(str(error)))
        else:
            empty.update(self._texts.get("screen.history.empty"))
        turns = self.query_one(OptionList)
        turns.clear_options()
        turns.add_options(Option(turn_row(turn, self._texts)) for turn in self._turns)
        empty.display = not self._turns
        turns.display = bool(self._turns)
        if self._turns:
            turns.highlighted = 0
        else:
            self.query_one("#history-detail", Static).update("")

    async def _show(self, turn_id: str) -> None:
        panel = self.query_one("#history-detail", Static)
        try:
            detail = await asyncio.to_thread(self._reader.turn, turn_id)
        except FazaiError as error:
            panel.update(visible(str(error)))
            return
        panel.update(turn_facts(detail, self._texts))
        self.query_one("#history-right", VerticalScroll).scroll_home(animate=False)
