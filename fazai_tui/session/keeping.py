"""Keeping what a turn's steps touch, so that they can be taken back."""

import asyncio

from fazai_tui.core.plan import Step
from fazai_tui.core.policy import Assessment
from fazai_tui.core.ports import UndoKeeper
from fazai_tui.core.redaction import redact
from fazai_tui.core.undo import UndoOrigin


class StepKeeper:
    """Keeps the steps of one turn after another.

    Args:
        undo: What keeps them; None keeps nothing.
        session_id: The session they belong to.
    """

    def __init__(self, undo: UndoKeeper | None, session_id: str) -> None:
        self._undo = undo
        self._session_id = session_id
        self._turn_id = ""
        self._is_undo = False

    def begin(self, turn_id: str, *, is_undo: bool) -> None:
        """Begin a turn."""
        self._turn_id, self._is_undo = turn_id, is_undo

    async def before(self, step: Step, assessment: Assessment, cwd: str) -> str:
        """Keep what a step is about to touch; return the record's id, empty for none."""
        if self._undo is None:
            return ""
        origin = self.origin(step.id, step.command, cwd, step.rollback)
        return await asyncio.to_thread(self._undo.prepare, origin, assessment)

    async def after(self, record_id: str) -> None:
        """Note what the step has changed."""
        if self._undo is not None and record_id:
            await asyncio.to_thread(self._undo.settle, record_id)

    def origin(self, step_id: str, command: str, cwd: str, rollback: str = "") -> UndoOrigin:
        """Return what a record of the turn at hand belongs to."""
        return UndoOrigin(
            session_id=self._session_id,
            turn_id=self._turn_id,
            step_id=step_id,
            command=redact(command),
            cwd=cwd,
            rollback=rollback,
            of_undo=self._is_undo,
        )
