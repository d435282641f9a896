"""From a session's events to the lines that a client reads."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias, assert_never

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import (
    ApprovalCard,
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
from fazai_tui.core.policy import Assessment
from fazai_tui.shell.capture import plain_text

Line: TypeAlias = Mapping[str, object]

_LONGEST_LINE = 16_384
_SUMMARY = 2_000


class OutputLines:
    """Cuts a command's output into lines without escape sequences."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> Iterator[str]:
        """Yield the lines that a piece completes; a very long one in parts."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            yield plain_text(line)
        while len(self._rest) > _LONGEST_LINE:
            part, self._rest = self._rest[:_LONGEST_LINE], self._rest[_LONGEST_LINE:]
            yield plain_text(part)

    def finish(self) -> Iterator[str]:
        """Yield what has no end of line."""
        rest, self._rest = plain_text(self._rest), ""
        if rest:
            yield rest


class TurnStream:
    """Turns the events of one turn into lines.

    Args:
        texts: For reasons and summaries.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._output = OutputLines()
        self._message = ""
        self._exit_code: int | None = None
        self._finished: TurnFinished | None = None

    def lines(self, event: Event) -> Iterator[Line]:
        """Yield what a client should read for an event; some concern only the screen."""
        match event:
            case TokenGenerated():
                yield {"type": "token", "text": event.text, "purpose": event.purpose}
            case PlanProposed():
                steps = [step.model_dump(mode="json") for step in event.plan.steps]
                yield {"type": "plan", "goal": event.plan.goal, "steps": steps, "attempt": event.attempt}
            case StepChanged():
                yield {"type": "step", "step_id": event.step_id, "status": str(event.status)}
            case ApprovalRequested():
                yield self._asked(event.card)
            case ApprovalDecided():
                yield self._decided(event)
            case TimeLimitReached():
                yield {
                    "type": "approval_request",
                    "approval_id": event.question_id,
                    "kind": "time_limit",
                    "seconds": event.seconds,
                }
            case CommandStarted():
                yield {
                    "type": "shell",
                    "command": event.command,
                    "cwd": event.cwd,
                    "step_id": event.step_id,
                    "risk": str(event.assessment.risk),
                }
            case OutputReceived():
                yield from ({"type": "shell_output", "line": line} for line in self._output.feed(event.text))
            case CommandFinished():
                yield from self._command_finished(event)
            case MessageProduced():
                self._message = event.text
                yield {"type": "message", "text": event.text}
            case ErrorOccurred():
                detail = f"{event.message} ({event.hint})" if event.hint else event.message
                yield {"type": "error", "ok": False, "error": event.code, "detail": detail}
            case TurnFinished():
                self._finished = event
            case _:
                yield from self._aside(event)

    def end(self) -> Iterator[Line]:
        """Yield what ends the stream."""
        ended = self._finished
        status = ended.status if ended is not None else "interrupted"
        reason = {"fulfilled": "end", "answered": "end", "interrupted": "aborted"}.get(status, status)
        yield {"type": "stop", "reason": reason}
        result: dict[str, object] = {
            "status": status,
            "text": self._message,
            "reason": ended.reason if ended is not None else "",
            "exit_code": self._exit_code,
        }
        if ended is not None:
            result |= {
                "turn_id": ended.turn_id,
                "usage": ended.model_dump(include={"input_tokens", "cached_input_tokens", "output_tokens"}),
                "duration_ms": ended.duration_ms,
            }
        yield {"type": "done", "ok": status in ("fulfilled", "answered"), "result": result}

    def _aside(self, event: Event) -> Iterator[Line]:
        """Yield what a client should read of what happens beside commands; the rest concerns the screen alone."""
        match event:
            case InputAwaited():
                yield {"type": "input_awaited", "is_secret": event.is_secret, "program": event.asker.name}
            case CommandNoted():
                yield {"type": "note", "text": event.text}
            case RepairStarted():
                text = self._texts.get("session.mending", attempt=event.attempt, observation=event.observation)
                yield {"type": "note", "text": text}
            case FilesChanged():
                for change in event.changes:
                    yield {"type": "file_change", "path": change.path, "kind": change.kind, "discarded": True}
            case FilesRestored():
                for file in event.outcomes:
                    if file.outcome == "restored":
                        yield {"type": "file_change", "path": file.path, "kind": file.kind, "discarded": False}
            case GuardChanged():
                yield {"type": "guard", "status": event.status.model_dump(mode="json")}
            case SessionStarted() | EngineStateChanged() | TurnStarted() | PersonaLed() | ContextBuilt():
                return
            case MemoryTouched() | GenerationFinished() | BackgroundPrinted():
                return
            case TokenGenerated() | PlanProposed() | StepChanged() | ApprovalRequested() | ApprovalDecided():
                return
            case TimeLimitReached() | CommandStarted() | OutputReceived() | CommandFinished() | MessageProduced():
                return
            case ErrorOccurred() | TurnFinished():
                return
            case _:
                assert_never(event)

    def _command_finished(self, event: CommandFinished) -> Iterator[Line]:
        yield from ({"type": "shell_output", "line": line} for line in self._output.finish())
        self._exit_code = event.exit_code
        yield {
            "type": "shell_exit",
            "code": event.exit_code,
            "status": event.status,
            "duration_ms": event.duration_ms,
            "step_id": event.step_id,
        }
        code = "-" if event.exit_code is None else event.exit_code
        said = self._texts.get(f"worker.observed.{event.status}", code=code, seconds=round(event.duration_ms / 1000, 1))
        output = event.output.strip()
        shown = output if len(output) <= _SUMMARY else f"{output[: _SUMMARY // 2]}\n…\n{output[-_SUMMARY // 2 :]}"
        yield {"type": "observe", "summary": f"{said}\n{shown}" if shown else said, "step_id": event.step_id}

    def _asked(self, card: ApprovalCard) -> Line:
        return {
            "type": "approval_request",
            "approval_id": card.approval_id,
            "kind": "command",
            "step_id": card.step_id,
            "title": card.title,
            "command": card.assessment.command,
            "risk": str(card.assessment.risk),
            "reasons": self._reasons(card.assessment),
            "cwd": card.cwd,
            "user": card.user,
            "host": card.host,
            "sandbox": card.sandbox,
            "rollback": card.rollback,
            "explain": card.explain,
            "provenance": card.provenance,
            "touches": list(card.touches),
            "undo": list(card.undo),
            "guard": list(card.guard),
            "rehearsal": list(card.rehearsal),
            "needs_typing": card.needs_typing,
        }

    def _decided(self, event: ApprovalDecided) -> Line:
        return {
            "type": "approval",
            "approval_id": event.approval_id,
            "step_id": event.step_id,
            "command": event.command,
            "risk": str(event.assessment.risk),
            "reasons": self._reasons(event.assessment),
            "decision": str(event.decision),
            "decided_by": event.decided_by,
            "edited": event.edited,
        }

    def _reasons(self, assessment: Assessment) -> list[str]:
        return [self._texts.get(reason.key, **reason.params) for reason in assessment.reasons]
