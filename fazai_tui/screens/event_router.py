"""Brings each event of the session to the widgets that show it."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import assert_never

from fazai_tui.config.texts import Texts
from fazai_tui.core import events as ev
from fazai_tui.core.flood import Flood
from fazai_tui.core.policy import ApprovalDecision
from fazai_tui.screens.command_router import CommandRouter
from fazai_tui.screens.guard_desk import GuardDesk
from fazai_tui.screens.parts import MainParts
from fazai_tui.session.change_list import changes_told
from fazai_tui.widgets.plain import summary

_DECISIONS: Mapping[ApprovalDecision, tuple[str, str, str]] = {
    ApprovalDecision.RUN: ("✓", "$success", "approved"),
    ApprovalDecision.APPROVE_REST: ("✓", "$success", "approved"),
    ApprovalDecision.DECLINE: ("∅", "$warning", "declined"),
    ApprovalDecision.SKIP: ("∅", "$foreground-muted", "skipped"),
    ApprovalDecision.DRY_RUN: ("◇", "$secondary", "rehearsed"),
    ApprovalDecision.ABORT: ("∅", "$warning", "aborted"),
}


class EventRouter:
    """Knows which widget shows what."""

    def __init__(
        self,
        parts: MainParts,
        texts: Texts,
        keys: Mapping[str, str] = MappingProxyType({}),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._texts = texts
        self._engine_state: ev.EngineState = "loading"
        self._turns: dict[str, ev.TurnKind] = {}
        self.commands = CommandRouter(parts, texts, self._await)
        self.guards = GuardDesk(parts, texts, keys, clock=clock)

    @property
    def engine_state(self) -> ev.EngineState:
        """What the engine was last heard to do."""
        return self._engine_state

    @property
    def is_command_running(self) -> bool:
        """Whether there is a program that could take the keyboard."""
        return self.commands.is_running

    async def route(self, event: ev.Event, flood: Flood | None = None) -> None:
        """Show one event.

        Args:
            event: The event.
            flood: What came before the event's text, if that outran the screen.
        """
        match event:
            case ev.SessionStarted() | ev.EngineStateChanged() | ev.GenerationFinished() | ev.TokenGenerated():
                await self._engine_event(event)
            case ev.TurnStarted() | ev.TurnFinished() | ev.MessageProduced() | ev.ErrorOccurred():
                await self._turn_event(event)
            case ev.PersonaLed():
                await self._lead(event)
            case ev.ContextBuilt():
                self._parts.tabs.mark_news("memory")
                await self._parts.memory.show(event.parts, event.budget)
            case ev.MemoryTouched():
                self._parts.tabs.mark_news("memory")
                await self._parts.memory.entries.take(event)
            case ev.GuardChanged():
                await self.guards.show(event.status)
            case ev.PlanProposed() | ev.StepChanged() | ev.RepairStarted() | ev.FilesRestored():
                await self._plan_event(event)
            case ev.FilesChanged():
                self._parts.tabs.mark_news("chat")
                text = changes_told(event.changes, event.left_out, self._texts)
                await self._parts.chat.add_message(text, by_model=False)
            case ev.ApprovalRequested() | ev.ApprovalDecided():
                await self._approval_event(event)
            case ev.CommandStarted() | ev.OutputReceived() | ev.InputAwaited() | ev.CommandFinished():
                await self.commands.route(event, flood, is_aside=self._is_aside)
                self._show_state()
            case ev.CommandNoted() | ev.TimeLimitReached() | ev.BackgroundPrinted():
                await self.commands.route(event, flood, is_aside=self._is_aside)
            case _:
                assert_never(event)

    async def _engine_event(
        self, event: ev.SessionStarted | ev.EngineStateChanged | ev.GenerationFinished | ev.TokenGenerated
    ) -> None:
        status = self._parts.status
        match event:
            case ev.SessionStarted():
                status.cwd = event.cwd
            case ev.EngineStateChanged():
                self._engine_state = event.state
                self._show_state()
                status.model = event.model or status.model
            case ev.GenerationFinished():
                status.rate = event.tokens_per_second
            case ev.TokenGenerated():
                if event.purpose == "answer":
                    self._await("answering")
                    await self._parts.chat.stream(event.text)
                else:
                    self._await("planning")

    async def _turn_event(
        self, event: ev.TurnStarted | ev.TurnFinished | ev.MessageProduced | ev.ErrorOccurred
    ) -> None:
        chat = self._parts.chat
        self._parts.tabs.mark_news("chat")
        match event:
            case ev.TurnStarted():
                is_first = not self._turns
                self._turns[event.turn_id] = event.kind
                self._show_state()
                await chat.add_order(event.order, event.kind)
                if event.kind != "undo" and (is_first or event.kind != "literal"):
                    await self._parts.plan.clear()
                    is_loading = self._engine_state == "loading" and event.kind != "literal"
                    self._await("loading" if is_loading else "thinking")
            case ev.TurnFinished():
                self._turns.pop(event.turn_id, None)
                if not self._turns:
                    self.commands.forget()
                    chat.activity.end()
                self._show_state()
                await chat.add_turn_end(event)
            case ev.MessageProduced():
                await chat.add_message(event.text, by_model=event.by_model)
            case ev.ErrorOccurred():
                await chat.add_error(event.message, event.hint)

    async def _plan_event(self, event: ev.PlanProposed | ev.StepChanged | ev.RepairStarted | ev.FilesRestored) -> None:
        self._parts.tabs.mark_news("plan")
        match event:
            case ev.PlanProposed():
                await self._parts.plan.show_plan(event.plan, event.attempt)
            case ev.StepChanged():
                self._parts.plan.set_status(event.step_id, event.status)
            case ev.RepairStarted():
                self._await("repairing", attempt=event.attempt)
            case ev.FilesRestored():
                # What became of the files is told in the message that follows.
                return

    async def _approval_event(self, event: ev.ApprovalRequested | ev.ApprovalDecided) -> None:
        if isinstance(event, ev.ApprovalRequested):
            card = event.card
            self._parts.plan.set_command(card.step_id, card.assessment.command, card.assessment.risk)
            self._await("approval")
            await self._parts.approvals.ask(card)
            self._show_state()
            return
        await self._parts.approvals.settle(event.approval_id)
        self._show_state()
        self._parts.plan.set_command(event.step_id, event.command, event.assessment.risk)
        self._await("thinking")
        is_unasked = event.decided_by == "policy" and event.decision is ApprovalDecision.RUN
        if is_unasked:
            return
        mark, style, name = _DECISIONS[event.decision]
        name = "declined_reason" if event.reason and name == "declined" else name
        text = self._texts.get(f"screen.chat.{name}", command=summary(event.command), reason=event.reason)
        remarks = [self._texts.get("screen.chat.edited")] if event.edited else []
        remarks += [self._texts.get("screen.chat.by_policy")] if event.decided_by == "policy" else []
        await self._parts.chat.add_note(mark, style, f"{text} ({', '.join(remarks)})" if remarks else text)

    async def _lead(self, event: ev.PersonaLed) -> None:
        """Show who answers; why, where FazAI chose and it is news."""
        self._parts.status.persona = f"{event.name} (auto)" if event.is_auto else event.name
        if event.is_auto and event.is_new:
            text = self._texts.get("persona.lead", name=event.name, reason=event.reason)
            await self._parts.chat.add_note("◆", "$secondary", text)

    @property
    def _is_aside(self) -> bool:
        """Whether the user's own shell is used beside a plan."""
        return len(self._turns) > 1

    def _show_state(self) -> None:
        """Show what FazAI does: a running command, else the engine; in a turn it is `ready` only for an approval."""
        state = self._engine_state
        if self.commands.is_running:
            state = "running"
        elif self._turns and state == "ready" and self._parts.approvals.current is None:
            state = "thinking"
        self._parts.status.state = state

    def _await(self, name: str, **params: object) -> None:
        hint = "" if name == "approval" else self._texts.get("screen.activity.stop_hint")
        self._parts.chat.activity.begin(self._texts.get(f"screen.activity.{name}", **params), hint)
