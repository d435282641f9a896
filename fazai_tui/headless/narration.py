"""Telling what happens on stderr, so that stdout stays for the result."""

from collections.abc import Callable
from typing import TextIO

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import (
    ApprovalDecided,
    CommandFinished,
    CommandNoted,
    CommandStarted,
    EngineStateChanged,
    ErrorOccurred,
    Event,
    FilesChanged,
    GuardChanged,
    MessageProduced,
    OutputReceived,
    PersonaLed,
    PlanProposed,
    RepairStarted,
)
from fazai_tui.core.policy import ApprovalDecision
from fazai_tui.session.change_list import change_rows
from fazai_tui.session.guard_report import how_by_command, told

_BOLD, _DIM, _RED, _END = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"


class Narrator:
    """Writes events for a person: plan, commands, output, errors.

    Args:
        stream: Where to write, usually stderr.
        printable: Makes untrusted text harmless to a terminal.
        is_coloured: Whether to use colours.
    """

    def __init__(self, stream: TextIO, texts: Texts, printable: Callable[[str], str], *, is_coloured: bool) -> None:
        self._stream = stream
        self._texts = texts
        self._printable = printable
        self._is_coloured = is_coloured

    def tell(self, event: Event) -> None:
        """Write an event, if it is one that people follow."""
        match event:
            case EngineStateChanged(state="loading"):
                self._line(self._texts.get("headless.loading"), _DIM)
            case PlanProposed():
                self._line(self._texts.get("headless.plan", goal=event.plan.goal), _BOLD)
                for number, step in enumerate(event.plan.steps, 1):
                    risk = self._texts.get(f"session.risk.{step.risk}")
                    origin = f" ({step.provenance})" if step.is_imported else ""
                    self._line(f"  {number}. {step.title} [{risk}]{origin}")
            case CommandStarted():
                self._line(f"$ {event.command}", _BOLD)
            case OutputReceived():
                self._stream.write(self._printable(event.text.replace("\r\n", "\n")))
                self._stream.flush()
            case CommandNoted():
                self._line(event.text, _DIM)
            case CommandFinished():
                self._finished(event)
            case GuardChanged():
                self._line(told(event.status, how_by_command(event.status, self._texts), self._texts), _BOLD)
            case FilesChanged():
                self._line(self._texts.get("sandbox.layer.title"), _DIM)
                for row in change_rows(event.changes, event.left_out, self._texts):
                    self._line(f"  {row}")
            case PersonaLed(is_auto=True):
                self._line(self._texts.get("persona.lead", name=event.name, reason=event.reason), _DIM)
            case RepairStarted():
                self._line(self._texts.get("headless.mending", attempt=event.attempt), _DIM)
            case ApprovalDecided(decision=ApprovalDecision.DECLINE):
                self._line(self._texts.get("headless.declined", command=event.command), _RED)
            case ErrorOccurred():
                hint = f" ({event.hint})" if event.hint else ""
                self._line(f"fazai: {event.message}{hint}", _RED)
            case _:
                return

    def _finished(self, event: CommandFinished) -> None:
        if event.output and not event.output.endswith("\n"):
            self._stream.write("\n")
        if event.status != "completed":
            code = "-" if event.exit_code is None else event.exit_code
            self._line(self._texts.get("headless.ended", code=code), _RED)

    def _line(self, text: str, style: str = "") -> None:
        safe = self._printable(text)
        self._stream.write(f"{style}{safe}{_END}\n" if self._is_coloured and style else f"{safe}\n")
        self._stream.flush()


class LastMessage:
    """Remembers the last message of a turn."""

    def __init__(self) -> None:
        self.text = ""

    def tell(self, event: Event) -> None:
        """Take note of a message."""
        if isinstance(event, MessageProduced):
            self.text = event.text
