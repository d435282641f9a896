"""A screen with a session behind it: what widgets ask for becomes a command to the session."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from textual import getters, on, work
from textual.screen import Screen

from fazai_tui.bridge import KEY_SECONDS, TYPING_SECONDS, EventBridge, SessionEvents, SessionPort
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.screens.application import ScreenApp
from fazai_tui.screens.garbage import search_now
from fazai_tui.screens.parts import MainParts
from fazai_tui.widgets.approval_slot import ApprovalSlot
from fazai_tui.widgets.plan import PlanPane
from fazai_tui.widgets.status_bar import Mode

if TYPE_CHECKING:
    from fazai_tui.core.events import TurnKind
    from fazai_tui.core.policy import Assessment
    from fazai_tui.screens.event_router import EventRouter

_LATER = ("fazai_tui.screens.event_router", "fazai_tui.widgets.answer", "fazai_tui.widgets.approval")

_QUIET_SECONDS = 1.0


class SessionScreen(Screen[None], inherit_bindings=False):
    """Routes messages of the widgets to the session, and events of the session to the widgets."""

    app = getters.app(ScreenApp)

    def __init__(self, texts: Texts, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self.texts = texts
        self._session: SessionPort | None = None
        self._bridge = EventBridge(self)
        self._router: EventRouter | None = None
        self._has_session = asyncio.Event()
        self._turns: set[bool] = set()
        """The turns that were begun here: commands of the user's own, and others."""
        self.keys: Mapping[str, str] = {}
        """The user's keymap."""
        self.clock: Callable[[], float] = time.monotonic
        """Tells the time in seconds."""
        self.last_order = ""
        self.settings_rows: tuple[tuple[str, str], ...] = ()

    @property
    @abstractmethod
    def parts(self) -> MainParts:
        """The widgets."""

    @property
    def session(self) -> SessionPort | None:
        """The session, once it is open."""
        return self._session

    @property
    def is_busy(self) -> bool:
        """Whether a turn is under way."""
        return bool(self._turns) or (self._session is not None and self._session.is_busy)

    @property
    def router(self) -> EventRouter:
        """What brings events to the widgets."""
        if self._router is None:
            from fazai_tui.screens.event_router import EventRouter

            self._router = EventRouter(self.parts, self.texts, self.keys, clock=self.clock)
        return self._router

    async def attach(self, session: SessionPort, model: str, settings: Sequence[tuple[str, str]]) -> None:
        """Show a session from now on."""
        # What events need is imported aside, so that keys are not kept waiting.
        await asyncio.gather(*(asyncio.to_thread(import_module, name) for name in _LATER))
        self._session = session
        self.settings_rows = tuple(settings)
        self.parts.status.model = model
        self._bridge.connect(session)
        self.show_profile()
        self.parts.shell.tell_size()

    def open_for_orders(self) -> None:
        """Let the orders that wait for the session go."""
        self.show_profile()
        self._has_session.set()

    def detach(self) -> None:
        """Stop showing the session."""
        self._bridge.disconnect()
        self._session = None
        self._has_session.clear()

    def put_keys_first(self) -> None:
        """Let a key that was just pressed be painted before more of a flood, and of an answer."""
        self._bridge.give_way()
        if self.is_mounted:
            self.parts.chat.hold(KEY_SECONDS, TYPING_SECONDS)

    def show_profile(self) -> None:
        """Bring the session's settings to the status line."""
        if self._session is not None:
            profile, status = self._session.settings, self.parts.status
            status.persona, status.sandbox, status.approval = profile.persona, profile.sandbox, profile.approval
            status.cwd = self._session.cwd

    def start_turn(self, text: str, mode: Mode, *, is_undo: bool = False) -> bool:
        """Carry out an order, or take steps back; False while another one is under way."""
        is_own = text.startswith("!")
        if is_own in self._turns or (self._session is not None and not self._session.can_take(text)):
            return False
        self._turns.add(is_own)
        self.last_order = self.last_order if is_undo else text
        if len(self._turns) == 1:
            name = "starting" if self._session is None else "thinking"
            self.parts.chat.activity.begin(self.texts.get(f"screen.activity.{name}"))
        self.run_worker(self._turn(text, mode, is_undo=is_undo), group="turn", exit_on_error=False)
        return True

    async def _turn(self, text: str, mode: Mode, *, is_undo: bool) -> None:
        kind: TurnKind | None = "chat" if mode == "chat" and not text.startswith("!") else None
        kind = "undo" if is_undo else kind
        try:
            await self._has_session.wait()
            if self._session is not None:
                await self._session.submit(text, kind, dry_run=mode == "dry-run")
        except Exception as error:
            await self.show_error(error)
        finally:
            self._turns.discard(text.startswith("!"))
            # Events of the turn may still be on their way; the row ends after them.
            self.set_timer(0.1, self._end_activity)
            self.set_timer(_QUIET_SECONDS, self._tidy)

    def _tidy(self) -> None:
        if not self.is_busy:
            search_now()

    def _end_activity(self) -> None:
        if not self.is_busy:
            self.parts.chat.activity.end()

    async def show_error(self, error: Exception) -> None:
        """Show an error as a card; one that no part of FazAI foresaw is named with its kind."""
        if isinstance(error, FazaiError):
            await self.parts.chat.add_error(f"{error.title}: {error.message}", error.hint)
            return
        message = self.texts.get("screen.error.unexpected", kind=type(error).__name__, detail=str(error))
        await self.parts.chat.add_error(message, self.texts.get("screen.error.unexpected_hint"))

    @on(SessionEvents)
    async def show_events(self, message: SessionEvents) -> None:
        """Show a batch of events."""
        message.stop()
        try:
            with self.app.batch_update():
                for place, event in enumerate(message.events):
                    await self.router.route(event, message.floods.get(place))
        finally:
            message.done()

    @on(ApprovalSlot.Answered)
    def pass_answer_on(self, message: ApprovalSlot.Answered) -> None:
        """Give the session the human's decision."""
        message.stop()
        if self._session is None or not self._session.reply(message.approval_id, message.reply):
            self.notify(self.texts.get("screen.approval.gone"), severity="warning")
            self.run_worker(self.parts.approvals.settle(message.approval_id))

    @on(ApprovalSlot.Edited)
    def grade_edit(self, message: ApprovalSlot.Edited) -> None:
        """Have the session grade an edited command, and look at the files it names."""
        message.stop()
        if self._session is not None and message.command:
            assessment = self._session.assess(message.command, message.cwd)
            self.parts.approvals.regrade(message.command, assessment)
            self._resolve(self._session, assessment, message.cwd)

    @work(group="touches", exclusive=True, exit_on_error=False)
    async def _resolve(self, session: SessionPort, assessment: Assessment, cwd: str) -> None:
        touches, undo, guard = await asyncio.gather(
            session.touches(assessment, cwd),
            session.ways_back(assessment, cwd),
            asyncio.to_thread(session.guard.lines, assessment, session.settings.sandbox),
        )
        self.parts.approvals.resolved(assessment.command, touches, undo, guard)

    @on(PlanPane.UndoWanted)
    def undo_step(self, message: PlanPane.UndoWanted) -> None:
        """Take a step of the plan back."""
        message.stop()
        self.undo(message.step_id)

    def undo(self, name: str) -> None:
        """Take steps back: those of the last turn, or what is named."""
        if not self.start_turn(f"/undo {name}".strip(), "order", is_undo=True):
            self.notify(self.texts.get("screen.prompt.busy"), severity="warning")

    @on(ApprovalSlot.ExplanationWanted)
    @work(group="explain", exclusive=True, exit_on_error=False)
    async def find_explanation(self, message: ApprovalSlot.ExplanationWanted) -> None:
        """Have the session explain a command."""
        if self._session is not None:
            lines = await self._session.explain(message.command, message.cwd)
            self.parts.approvals.explained(message.command, lines)
