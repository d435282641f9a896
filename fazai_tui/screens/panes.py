"""The main screen's arrangement: four panes at once, or tabs where the screen is narrow."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widget import Widget

from fazai_tui.bridge import SessionPort
from fazai_tui.config.keymap import key_name
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.screens.parts import MainParts
from fazai_tui.screens.ports import HistoryReader, ScreenOptions, Surroundings
from fazai_tui.screens.session_screen import SessionScreen
from fazai_tui.widgets.activity_row import ActivityRow
from fazai_tui.widgets.approval_slot import ApprovalSlot
from fazai_tui.widgets.chat import ChatPane
from fazai_tui.widgets.memory import MemoryPane
from fazai_tui.widgets.pane_tabs import PANES, Pane, PaneTab, PaneTabs
from fazai_tui.widgets.plain import visible
from fazai_tui.widgets.plan import PlanPane
from fazai_tui.widgets.prompt import PromptBar
from fazai_tui.widgets.secret_field import SecretField
from fazai_tui.widgets.shell_deck import ShellDeck
from fazai_tui.widgets.status_bar import WIDE_COLUMNS, Mode, StatusBar

if TYPE_CHECKING:
    from fazai_tui.ledger.entries import PastTurn

USAGE_SECONDS = 2.0
"""How often the machine's load is read."""

_LOW_ROWS = 32
_PATHS = 50
_RECALLED_ORDERS = 200


class PanesScreen(SessionScreen):
    """Lays the parts out and keeps them supplied with what the machine says."""

    def __init__(
        self,
        texts: Texts,
        options: ScreenOptions,
        theme_names: Sequence[str],
        surroundings: Surroundings,
        history: HistoryReader | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # The classes that the first layout will have, so that it need not be made twice.
        columns, rows = shutil.get_terminal_size()
        width = "-wide" if columns >= WIDE_COLUMNS else "-narrow"
        super().__init__(texts, classes=f"-show-chat {width} {'-high' if rows >= _LOW_ROWS else '-low'}")
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE_COLUMNS, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (_LOW_ROWS, "-high")]
        self.options = options
        self.keys, self.clock = dict(options.keys), clock
        self.theme_names = theme_names
        self.history_reader = history
        self._surroundings = surroundings
        self._clock = clock
        self._parts: MainParts | None = None
        self.returns_to_shell = False
        """Whether the order was typed in the shell pane, where the focus goes back to."""
        self._mode: Mode = "dry-run" if options.is_dry_run else "order"

    @property
    def parts(self) -> MainParts:
        """The widgets."""
        assert self._parts is not None, "the screen is composed before anything reaches it"
        return self._parts

    @property
    def mode(self) -> Mode:
        """What Enter does."""
        return self._mode

    @property
    def has_given_keyboard(self) -> bool:
        """Whether keys go to the running program."""
        return self._parts is not None and self._parts.shells.has_keyboard

    def compose(self) -> ComposeResult:
        """Build the parts."""
        self._parts = parts = self._built()
        yield parts.tabs
        with Container(id="panes"):
            yield _framed(self.texts, parts.chat, "chat")
            with Vertical(id="side"):
                yield _framed(self.texts, parts.plan, "plan")
                yield parts.shells
                yield _framed(self.texts, parts.memory, "memory")
            with Vertical(id="bottom"):
                yield parts.approvals
                yield parts.input_slot
                yield parts.prompt
        yield parts.status

    def on_mount(self) -> None:
        """Show what is known before there is a session."""
        self.parts.status.cwd = self.options.cwd
        self.set_mode(self._mode)
        self.parts.prompt.editor.focus()

    def begin_upkeep(self) -> None:
        """Start what the first paint does not wait for: the machine's load, earlier orders, commands to suggest."""
        self.set_interval(USAGE_SECONDS, self._read_usage)
        self._read_usage()
        self._offer_commands()
        if self.history_reader is not None:
            self.run_worker(self._recall_orders(self.history_reader), exit_on_error=False)

    def show_pane(self, pane: Pane) -> None:
        """Bring a pane to the front where only one fits."""
        for name in PANES:
            self.set_class(name == pane, f"-show-{name}")
        self.parts.tabs.activate(pane)

    def focus_pane(self, pane: Pane) -> None:
        """Go to a pane; to the other shell when one is there already."""
        self.show_pane(pane)
        shells = self.parts.shells
        if pane == "shell" and shells.current.has_focus_within:
            shells.turn_over()
        targets: dict[Pane, Widget] = {
            "chat": self.parts.chat.log_scroll,
            "plan": self.parts.plan,
            "shell": shells.current.log_lines,
            "memory": self.parts.memory,
        }
        # At once: the keys after this one are for the pane already.
        self.set_focus(targets[pane])

    def set_mode(self, mode: Mode) -> None:
        """Change what Enter does, and say so."""
        self._mode = mode
        self.parts.status.mode = mode
        self.parts.prompt.set_mode(mode, self.texts.get(f"screen.mode.{mode}"))

    async def clear(self) -> None:
        """Forget what the panes show, as for a new session."""
        await self.router.guards.forget()
        await self.parts.chat.clear()
        await self.parts.plan.clear()
        await self.parts.memory.show((), 0)
        self.parts.shells.clear()

    async def show_past(self, turns: Sequence[PastTurn], title: str, notice: str) -> None:
        """Show what a resumed session has been through, and what the user should know of it."""
        from fazai_tui.screens.past import show_past

        await show_past(self.parts.chat, turns, title, self.texts)
        if notice:
            await self.parts.chat.add_note("!", "$warning bold", notice)

    def export(self, kind: str) -> None:
        """Write the session to a file where the user is: as a runbook, a script or JSON."""
        if self.session is None or self.history_reader is None:
            self.notify(self.texts.get("screen.history.unavailable"), severity="warning")
            return
        self.run_worker(self._export(self.session, self.history_reader, kind), exit_on_error=False)

    async def _export(self, session: SessionPort, reader: HistoryReader, kind: str) -> None:
        try:
            place = await asyncio.to_thread(reader.export, session.id, kind, session.cwd)
        except FazaiError as error:
            await self.show_error(error)
        else:
            written = self.texts.get("history.export.written", file=visible(place))
            await self.parts.chat.add_note("↓", "$accent bold", written)

    def focus_back(self) -> None:
        """Go back to where the user types: the prompt, or the shell pane when the order was typed there."""
        if isinstance(self.focused, SecretField):
            # The rest of a password would be typed into something that shows it.
            return
        if self.returns_to_shell:
            self.set_focus(self.parts.shells.current.log_lines)
        else:
            self.set_focus(self.parts.prompt.editor)

    @on(ApprovalSlot.Opened)
    def make_room(self, message: ApprovalSlot.Opened) -> None:
        """Let the card take the prompt's place where the screen is low."""
        message.stop()
        self.add_class("-card")

    @on(ApprovalSlot.Emptied)
    def go_back_to_prompt(self, message: ApprovalSlot.Emptied) -> None:
        """Bring the prompt back when the last card is answered."""
        message.stop()
        self.remove_class("-card")
        self.focus_back()

    @on(PaneTab.Chosen)
    def follow_tab(self, message: PaneTab.Chosen) -> None:
        """Show the pane whose tab was clicked."""
        message.stop()
        self.focus_pane(message.pane)

    @on(PromptBar.PathsWanted)
    def find_paths(self, message: PromptBar.PathsWanted) -> None:
        """Look for the files a fragment may become."""
        message.stop()
        self.run_worker(self._find_paths(message.fragment), group="paths", exclusive=True, exit_on_error=False)

    def _built(self) -> MainParts:
        texts, keys = self.texts, dict(self.options.keys)
        tabs: dict[Pane, tuple[str, str]] = {
            pane: (texts.get(f"screen.pane.{pane}"), key_name(f"focus_{pane}", keys)) for pane in PANES
        }
        return MainParts(
            tabs=PaneTabs(tabs, id="tabs"),
            chat=ChatPane(texts, ActivityRow(clock=self._clock, id="activity"), id="chat"),
            plan=PlanPane(texts, clock=self._clock, id="plan"),
            shells=ShellDeck(texts, id="shells"),
            memory=MemoryPane(texts, id="memory"),
            approvals=ApprovalSlot(texts, keys, clock=self._clock, id="approvals"),
            input_slot=Vertical(id="input-slot"),
            prompt=PromptBar(texts, id="prompt-bar"),
            status=StatusBar(texts, id="status"),
        )

    def _offer_commands(self) -> None:
        from fazai_tui.screens.slash_commands import suggestions

        self.parts.prompt.offer_commands(suggestions(self.texts, self.theme_names))

    def _read_usage(self) -> None:
        self.run_worker(self._show_usage(), group="usage", exclusive=True, exit_on_error=False)

    async def _show_usage(self) -> None:
        self.parts.status.usage = await asyncio.to_thread(self._surroundings.usage)
        if self.session is not None:
            jobs = await asyncio.to_thread(self.session.jobs)
            self.parts.shells.jobs.show([job.command for job in jobs])

    async def _find_paths(self, fragment: str) -> None:
        cwd = self.session.cwd if self.session is not None else self.options.cwd
        paths = await asyncio.to_thread(self._surroundings.list_paths, fragment, cwd, _PATHS)
        self.parts.prompt.offer_paths(fragment, paths)

    async def _recall_orders(self, history: HistoryReader) -> None:
        turns = await asyncio.to_thread(history.list_turns, _RECALLED_ORDERS)
        self.parts.prompt.history.prepend(turn.order for turn in reversed(turns))


def _framed(texts: Texts, pane: Widget, name: Pane) -> Widget:
    pane.add_class("pane")
    pane.border_title = texts.get(f"screen.pane.{name}")
    return pane
