"""The lock-out guard within a session: armed before a step, followed until it has ended."""

import asyncio
from collections.abc import Awaitable, Callable

from fazai_tui.config.texts import Texts
from fazai_tui.core.access_places import Subject, subjects_of
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.events import Event, GuardChanged
from fazai_tui.core.lockout import Arming, GuardProspect, GuardStatus, Lockout, LockoutGuard
from fazai_tui.core.policy import Assessment, SandboxMode
from fazai_tui.core.ports import CommandResult
from fazai_tui.core.redaction import redact
from fazai_tui.session.guard_report import foretold

_POLL_SECONDS = 0.3
_MOVED_SECONDS = 1.5
"""A deadline that moved by more than this was set anew."""


class StepGuard:
    """Arms guards for steps, and tells subscribers what becomes of them.

    Args:
        guard: What keeps and puts back; None where nothing is guarded.
        texts: The user's language.
        emit: Where events go.
    """

    def __init__(self, guard: LockoutGuard | None, texts: Texts, emit: Callable[[Event], None]) -> None:
        self._guard = guard
        self._texts = texts
        self._emit = emit
        self._told: dict[str, GuardStatus] = {}
        self._ended: set[str] = set()
        self._watch: asyncio.Task[None] | None = None
        self.tells_human = True
        """Whether somebody reads what is told."""

    def lines(self, assessment: Assessment, sandbox: SandboxMode) -> tuple[str, ...]:
        """Return what an approval card says of the guard. May be called in any thread."""
        return foretold(self._prospect(assessment, sandbox), self._texts)

    async def begin(self) -> None:
        """Tell of the guards that earlier runs left: those still open, and those that ended unheard."""
        if self._guard is None:
            return
        for status in await asyncio.to_thread(self._guard.statuses):
            if status.is_open or not status.is_told:
                self._tell(status)
            else:
                self._ended.add(status.id)
        self._follow()

    async def arm(self, command: str, assessment: Assessment, sandbox: SandboxMode) -> Arming | None:
        """Keep the state before a step; None where there is nothing to guard.

        Raises:
            FazaiError: It could not be kept, so that the step must not run.
        """
        prospect = await asyncio.to_thread(self._prospect, assessment, sandbox)
        if self._guard is None or prospect is None or not prospect.is_possible:
            return None
        lockout = self._within(assessment.lockout, sandbox)
        lockout = lockout.model_copy(update={"subjects": prospect.subjects})
        arming = asyncio.ensure_future(asyncio.to_thread(self._guard.arm, lockout, redact(command)))
        try:
            return await asyncio.shield(arming)
        except asyncio.CancelledError:
            # A thread cannot be stopped: the guard has to be armed before it can be let go.
            self._guard.settle((await arming).id, has_failed=True)
            raise

    async def finish_arming(self, arming: Arming | None, run: Callable[[str], Awaitable[CommandResult]]) -> None:
        """Run on the step's terminal what asks for a password; tell that the guard is armed.

        Raises:
            FazaiError: Nobody watches; the step must not run.
        """
        if arming is None or self._guard is None:
            return
        if arming.command:
            await run(arming.command)
            if not await asyncio.to_thread(self._guard.is_armed, arming.id):
                await asyncio.to_thread(self._guard.abandon, arming.id)
                raise FazaiError(
                    self._texts.get("guard.title"),
                    self._texts.get("guard.not_armed", problem=self._texts.get("guard.not_confirmed")),
                    self._texts.get("guard.not_armed_hint"),
                )
        await self._look()
        self._follow()

    async def settle(self, arming: Arming | None, *, has_failed: bool) -> None:
        """Let the time run: the step has ended."""
        if arming is not None and self._guard is not None:
            await asyncio.to_thread(self._guard.settle, arming.id, has_failed=has_failed)
            await self._look()
            self._follow()

    async def decide(self, *, is_keeping: bool, by: str) -> bool:
        """Keep what the open guards watch, or have it put back now; False when there was nothing to decide."""
        if self._guard is None:
            return False
        decide = self._guard.keep if is_keeping else self._guard.put_back
        found = [status.id for status in await asyncio.to_thread(self._guard.statuses) if status.is_open]
        done = [await asyncio.to_thread(decide, guard_id, by) for guard_id in found]
        await self._look()
        return any(done)

    async def close(self) -> None:
        """Stop following; the guards count on without FazAI."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])

    def _prospect(self, assessment: Assessment, sandbox: SandboxMode) -> GuardProspect | None:
        if self._guard is None:
            return None
        return self._guard.foresee(self._within(assessment.lockout, sandbox))

    def _within(self, lockout: Lockout, sandbox: SandboxMode) -> Lockout:
        """Return what of it takes effect in a sandbox: without full access only files that are writable there."""
        if sandbox is SandboxMode.DANGER_FULL_ACCESS:
            return lockout
        if sandbox is not SandboxMode.WORKSPACE_WRITE or self._guard is None:
            return Lockout()
        places = self._guard.writable
        paths = tuple(path for path in lockout.paths if any(_is_in(path, place) for place in places))
        found: list[Subject] = [subject for path in paths for subject in subjects_of(path, is_whole=True)]
        return Lockout(subjects=tuple(dict.fromkeys(found)), paths=paths)

    def _follow(self) -> None:
        """See to it that open guards are looked at until they have ended."""
        is_open = any(status.is_open or status.state == "reverting" for status in self._told.values())
        if is_open and (self._watch is None or self._watch.done()):
            self._watch = asyncio.ensure_future(self._keep_looking())

    async def _keep_looking(self) -> None:
        while any(status.is_open or status.state == "reverting" for status in self._told.values()):
            await asyncio.sleep(_POLL_SECONDS)
            await self._look()

    async def _look(self) -> None:
        """Tell what has changed since the last look."""
        if self._guard is None:
            return
        for status in await asyncio.to_thread(self._guard.statuses):
            known = self._told.get(status.id)
            is_mine = known is not None or (status.is_own and status.id not in self._ended)
            if is_mine and (known is None or _is_news(known, status)):
                self._tell(status)
            elif is_mine:
                self._told[status.id] = status

    def _tell(self, status: GuardStatus) -> None:
        self._emit(GuardChanged(status=status))
        if status.is_open or status.state == "reverting":
            self._told[status.id] = status
            return
        self._told.pop(status.id, None)
        self._ended.add(status.id)
        if self._guard is not None and self.tells_human:
            self._guard.mark_told(status.id)


def _is_news(old: GuardStatus, new: GuardStatus) -> bool:
    if (old.state, old.is_orphan, old.commands, old.is_running) != (
        new.state,
        new.is_orphan,
        new.commands,
        new.is_running,
    ):
        return True
    if old.left is None or new.left is None:
        return old.left is not new.left
    return abs(old.left - new.left) > _MOVED_SECONDS


def _is_in(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place.rstrip('/')}/")
