"""One shell of a session and the turns in it, one at a time."""

import asyncio
import shlex
import time
from collections.abc import Callable

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError, LimitError
from fazai_tui.core.events import (
    AskingProgram,
    BackgroundPrinted,
    CommandNoted,
    ErrorOccurred,
    Event,
    InputAwaited,
    ShellName,
    TurnFinished,
    TurnStarted,
    TurnStatus,
)
from fazai_tui.core.ports import Shell
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.stream import EventStream
from fazai_tui.session.turn import Turn, TurnParts, TurnRequest


class Lane:
    """Turns in one shell. Two lanes know nothing of each other.

    Args:
        name: Whose shell it is.
        parts: What turns work with.
        stream: Where events go.
        texts: For what is told of a turn.
    """

    def __init__(self, name: ShellName, parts: TurnParts, stream: EventStream, texts: Texts) -> None:
        self.name: ShellName = name
        self._parts = parts
        self.stream = stream
        self._texts = texts
        self._turn: asyncio.Task[TurnStatus] | None = None
        self._is_interrupted = False
        self.began = 0.0
        """When the newest turn began."""

    @property
    def shell(self) -> Shell:
        """The shell."""
        return self._parts.shell

    @property
    def is_busy(self) -> bool:
        """Whether a turn is going on."""
        return self._turn is not None

    @property
    def running_command(self) -> str:
        """The id of the command that runs; empty when none does."""
        return self._parts.runner.running_command

    async def run(self, request: TurnRequest, profile: SessionProfile, cwd: str) -> TurnStatus:
        """Carry out a turn; return how it ended.

        Args:
            request: What was asked.
            profile: Under which choices.
            cwd: Where the user is by now; the shell goes there first.
        """
        self._is_interrupted = False
        self.began = time.monotonic()
        self._turn = asyncio.ensure_future(self._run(request, profile, cwd))
        try:
            return await self._turn
        finally:
            self._turn = None

    def interrupt(self, *, can_ask: bool) -> bool:
        """Stop the running command, else what the turn is waiting for; False when no turn is going on.

        Args:
            can_ask: Whether somebody watches, who may insist; where nobody does, a command is made to end.
        """
        if self._turn is None:
            return False
        self._is_interrupted = True
        if self.running_command and can_ask:
            self.shell.interrupt()
        else:
            self._turn.cancel()
        return True

    def input_awaited(self, asker: AskingProgram, *, is_secret: bool) -> None:
        """Tell that the running program waits for input."""
        self._tell_of_command(lambda command: InputAwaited(command_id=command, is_secret=is_secret, asker=asker))

    def noted(self, text: str) -> None:
        """Tell what was done to the running command."""
        self._tell_of_command(lambda command: CommandNoted(command_id=command, text=text))

    def printed(self, text: str) -> None:
        """Tell what was printed between two commands."""
        self.stream.emit(BackgroundPrinted(text=text, shell=self.name))

    async def close(self) -> None:
        """Stop what is going on and end the shell."""
        if self._turn is not None:
            self._turn.cancel()
            await asyncio.wait([self._turn])
        await self.shell.close()

    def report(self, error: FazaiError) -> None:
        """Tell of an error, even when the ledger cannot be written."""
        self._tell(ErrorOccurred(code=error.kind.value, message=f"{error.title}: {error.message}", hint=error.hint))

    async def _run(self, request: TurnRequest, profile: SessionProfile, cwd: str) -> TurnStatus:
        began = time.monotonic()
        turn = Turn(self._parts, request, profile)
        turn_id = turn.id
        status: TurnStatus = "failed"
        reason = ""
        try:
            self.stream.emit(TurnStarted(turn_id=turn_id, order=request.order, kind=request.kind))
            await self._go_to(cwd)
            status = await turn.run()
            reason = turn.reason
        except asyncio.CancelledError:
            status, reason = "interrupted", self._texts.get("session.interrupted")
            if not self._is_interrupted:
                raise
        except FazaiError as error:
            status = "limit" if isinstance(error, LimitError) else "failed"
            reason = str(error)
            self.report(error)
        finally:
            self._tell(
                TurnFinished(
                    turn_id=turn_id,
                    status=status,
                    input_tokens=turn.usage.input_tokens,
                    cached_input_tokens=turn.usage.cached_input_tokens,
                    output_tokens=turn.usage.output_tokens,
                    duration_ms=int((time.monotonic() - began) * 1000),
                    reason=reason,
                )
            )
        return status

    async def _go_to(self, cwd: str) -> None:
        if cwd != self.shell.cwd:
            await self.shell.run(f"\\builtin cd -- {shlex.quote(cwd)} 2>/dev/null", lambda _: None)

    def _tell_of_command(self, event: Callable[[str], Event]) -> None:
        if self.running_command:
            self.stream.emit(event(self.running_command))

    def _tell(self, event: Event) -> None:
        self.stream.emit_anyway(event)
