"""From a session's events to the objects that programs read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from fazai_tui.config.texts import Texts
from fazai_tui.core import wire
from fazai_tui.core.events import (
    ApprovalDecided,
    ApprovalRequested,
    BackgroundPrinted,
    CommandFinished,
    CommandNoted,
    CommandStarted,
    ContextBuilt,
    EngineStateChanged,
    ErrorOccurred,
    Event,
    FilesChanged,
    FilesRestored,
    GenerationFinished,
    GuardChanged,
    InputAwaited,
    MemoryTouched,
    MessageProduced,
    OutputReceived,
    PersonaLed,
    PlanProposed,
    RepairStarted,
    SessionStarted,
    StepChanged,
    TimeLimitReached,
    TokenGenerated,
    TurnFinished,
    TurnStarted,
)
from fazai_tui.core.lockout import GuardStatus
from fazai_tui.core.plan import Plan, StepStatus
from fazai_tui.core.policy import Assessment

_FINISHED = frozenset({"fulfilled", "answered"})


@dataclass(slots=True)
class WireTranslator:
    """Turns events into wire events, numbering the items of a session."""

    texts: Texts
    _count: int = 0
    _plan: wire.PlanItem | None = None
    _commands: dict[str, wire.CommandItem] = field(default_factory=dict[str, wire.CommandItem])
    _guards: dict[str, str] = field(default_factory=dict[str, str])
    _approvals: dict[str, wire.ApprovalItem] = field(default_factory=dict[str, wire.ApprovalItem])

    def translate(self, event: Event) -> Iterator[wire.WireEvent]:
        """Yield what a program should read for an event; many events concern only people."""
        match event:
            case SessionStarted():
                yield wire.ThreadStarted(thread_id=event.session_id)
            case TurnStarted():
                yield wire.WireTurnStarted()
            case PlanProposed():
                yield from self._plan_proposed(event.plan)
            case StepChanged():
                yield from self._step_changed(event.step_id, event.status)
            case ApprovalRequested() | ApprovalDecided():
                yield self._approval(event)
            case CommandStarted() | CommandFinished():
                yield self._command(event)
            case OutputReceived():
                if event.command_id in self._commands:
                    yield wire.OutputDelta(item_id=self._commands[event.command_id].id, text=event.text)
            case RepairStarted():
                text = self.texts.get("session.mending", attempt=event.attempt, observation=event.observation)
                yield wire.ItemCompleted(item=wire.ReasoningItem(id=self._next_id(), text=text))
            case FilesRestored():
                for file in event.outcomes:
                    if file.outcome == "restored":
                        change = wire.FileChangeItem(id=self._next_id(), path=file.path, kind=file.kind)
                        yield wire.ItemCompleted(item=change)
            case PersonaLed():
                if event.is_auto:
                    text = self.texts.get("persona.lead", name=event.name, reason=event.reason)
                    yield wire.ItemCompleted(item=wire.ReasoningItem(id=self._next_id(), text=text))
            case GuardChanged():
                yield self._guard(event.status)
            case FilesChanged():
                yield from self._changed(event)
            case MemoryTouched():
                ids = tuple(item.entry.id for item in event.recalled)
                yield wire.ItemCompleted(item=wire.MemoryItem(id=self._next_id(), action=event.action, ids=ids))
            case MessageProduced():
                yield wire.ItemCompleted(item=wire.MessageItem(id=self._next_id(), text=event.text))
            case ErrorOccurred():
                message = f"{event.message} ({event.hint})" if event.hint else event.message
                yield wire.WireErrorEvent(code=event.code, message=message)
            case TurnFinished():
                yield from self._turn_finished(event)
            case EngineStateChanged() | ContextBuilt() | TokenGenerated() | GenerationFinished() | InputAwaited():
                return
            case CommandNoted() | TimeLimitReached() | BackgroundPrinted():
                return
            case _:
                assert_never(event)

    def _next_id(self) -> str:
        self._count += 1
        return f"item_{self._count}"

    def _plan_proposed(self, plan: Plan) -> Iterator[wire.WireEvent]:
        if self._plan is not None:
            yield wire.ItemCompleted(item=self._plan)
        fields = set(wire.PlanStep.model_fields)
        steps = tuple(wire.PlanStep(**step.model_dump(include=fields)) for step in plan.steps)
        self._plan = wire.PlanItem(id=self._next_id(), goal=plan.goal, steps=steps)
        yield wire.ItemStarted(item=self._plan)

    def _step_changed(self, step_id: str, status: StepStatus) -> Iterator[wire.WireEvent]:
        if self._plan is None:
            return
        steps = tuple(
            step.model_copy(update={"status": status}) if step.id == step_id else step for step in self._plan.steps
        )
        self._plan = self._plan.model_copy(update={"steps": steps})
        yield wire.ItemUpdated(item=self._plan)

    def _approval(self, event: ApprovalRequested | ApprovalDecided) -> wire.WireEvent:
        if isinstance(event, ApprovalRequested):
            card = event.card
            item = wire.ApprovalItem(
                id=self._next_id(),
                step_id=card.step_id,
                command=card.assessment.command,
                risk=card.assessment.risk,
                reasons=self._reasons(card.assessment),
            )
            self._approvals[card.approval_id] = item
            return wire.ItemStarted(item=item)
        pending = self._approvals.pop(event.approval_id, None)
        return wire.ItemCompleted(
            item=wire.ApprovalItem(
                id=pending.id if pending else self._next_id(),
                step_id=event.step_id,
                command=event.command,
                risk=event.assessment.risk,
                reasons=self._reasons(event.assessment),
                decision=event.decision.value,
                decided_by=event.decided_by,
                edited=event.edited,
            )
        )

    def _guard(self, status: GuardStatus) -> wire.WireEvent:
        is_new = status.id not in self._guards
        item = wire.GuardItem(
            id=self._next_id() if is_new else self._guards[status.id],
            guard_id=status.id,
            state=status.state,
            subjects=status.subjects,
            commands=status.commands,
            seconds=status.seconds,
            left=status.left,
            put_back=tuple(outcome.name for outcome in status.outcomes if outcome.is_back),
            lost=tuple(outcome.name for outcome in status.outcomes if not outcome.is_back),
        )
        self._guards[status.id] = item.id
        if not status.is_open and status.state != "reverting":
            return wire.ItemCompleted(item=item)
        return wire.ItemStarted(item=item) if is_new else wire.ItemUpdated(item=item)

    def _command(self, event: CommandStarted | CommandFinished) -> wire.WireEvent:
        if isinstance(event, CommandStarted):
            item = wire.CommandItem(
                id=self._next_id(),
                step_id=event.step_id,
                command=event.command,
                cwd=event.cwd,
                risk=event.assessment.risk,
            )
            self._commands[event.command_id] = item
            return wire.ItemStarted(item=item)
        update = {
            "aggregated_output": event.output,
            "exit_code": event.exit_code,
            "duration_ms": event.duration_ms,
            "status": event.status,
        }
        return wire.ItemCompleted(item=self._commands.pop(event.command_id).model_copy(update=update))

    def _changed(self, event: FilesChanged) -> Iterator[wire.WireEvent]:
        for file in event.changes:
            change = wire.FileChangeItem(id=self._next_id(), path=file.path, kind=file.kind, discarded=True)
            yield wire.ItemCompleted(item=change)
        if event.left_out:
            text = self.texts.get("sandbox.layer.more", count=event.left_out)
            yield wire.ItemCompleted(item=wire.ReasoningItem(id=self._next_id(), text=text))

    def _turn_finished(self, event: TurnFinished) -> Iterator[wire.WireEvent]:
        if self._plan is not None:
            yield wire.ItemCompleted(item=self._plan)
            self._plan = None
        if event.status not in _FINISHED:
            yield wire.WireTurnFailed(error=wire.WireError(code=event.status, message=event.reason))
            return
        usage = wire.Usage(
            input_tokens=event.input_tokens,
            cached_input_tokens=event.cached_input_tokens,
            output_tokens=event.output_tokens,
        )
        yield wire.TurnCompleted(usage=usage, status=event.status, duration_ms=event.duration_ms)

    def _reasons(self, assessment: Assessment) -> tuple[str, ...]:
        return tuple(self.texts.get(reason.key, **reason.params) for reason in assessment.reasons)
