"""Asks the human who watches when a command has had its time, instead of ending it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from fazai_tui.core.events import Event, TimeLimitReached
from fazai_tui.core.policy import ApprovalDecision
from fazai_tui.core.ports import Shell
from fazai_tui.session.approvals import ApprovalQueue
from fazai_tui.session.limits import TurnLimits
from fazai_tui.session.planner import new_id
from fazai_tui.session.profile import SessionProfile


class CommandClock:
    """Measures the commands of one shell, where somebody is there to be asked."""

    def __init__(self, shell: Shell, questions: ApprovalQueue, emit: Callable[[Event], None]) -> None:
        self._shell = shell
        self._questions = questions
        self._emit = emit
        self._stopped = ""

    def has_stopped(self, command_id: str) -> bool:
        """Whether the human had a command stopped for its time."""
        return self._stopped == command_id

    @contextlib.asynccontextmanager
    async def watching(self, command_id: str, limits: TurnLimits, profile: SessionProfile) -> AsyncGenerator[None]:
        """Ask as long as this lasts, each time that the limit is reached; without a limit or a human, do nothing."""
        if profile.timeout is None or not profile.can_ask:
            yield
            return
        asking = asyncio.create_task(self._watch(command_id, limits))
        try:
            yield
        finally:
            asking.cancel()

    async def _watch(self, command_id: str, limits: TurnLimits) -> None:
        await asyncio.sleep(limits.seconds_left())
        while True:
            question = new_id()
            waiting = asyncio.ensure_future(self._questions.ask(question))
            try:
                # The question is open before anybody hears of it.
                await asyncio.sleep(0)
                self._emit(TimeLimitReached(question_id=question, command_id=command_id, seconds=limits.elapsed))
                reply = await waiting
            finally:
                waiting.cancel()
            if reply.decision is not ApprovalDecision.RUN:
                self._stopped = command_id
                self._shell.interrupt()
                return
            await asyncio.sleep(limits.extend())
