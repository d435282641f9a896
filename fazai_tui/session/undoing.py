"""Taking steps back: commands through policy and approval, files directly, everything told and kept."""

import asyncio
from collections.abc import Callable, Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import Event, FilesRestored, MessageProduced, PlanProposed, StepChanged, TurnStatus
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Plan, Risk, Step, StepStatus
from fazai_tui.core.policy import Assessment, Decision, Touched
from fazai_tui.core.ports import UndoKeeper
from fazai_tui.core.undo import FileOutcome, UndoRecord
from fazai_tui.session import undo_report
from fazai_tui.session.execution import PlanConsent, StepRunner, Verdict
from fazai_tui.session.keeping import StepKeeper
from fazai_tui.session.limits import TurnLimits
from fazai_tui.session.profile import SessionProfile

_FORCE = frozenset(("force", "--force", "forçar", "forcar"))
_LIST = frozenset(("list", "lista", "listar"))
_GOOD = frozenset(("restored", "already"))


class Undoing:
    """Takes back the steps that one request names.

    Args:
        undo: What is kept.
        runner: Runs the commands that lead back.
        keeper: Keeps what putting files back overwrites.
        texts: The user's language.
        emit: Where events go.
    """

    def __init__(
        self,
        undo: UndoKeeper,
        runner: StepRunner,
        keeper: StepKeeper,
        texts: Texts,
        emit: Callable[[Event], None],
    ) -> None:
        self._undo = undo
        self._runner = runner
        self._keeper = keeper
        self._texts = texts
        self._emit = emit
        self._numbered = 0
        self.reason = ""
        """Why not everything was put back, on one line; empty otherwise."""

    async def run(self, request: str, turn_id: str, profile: SessionProfile, host: HostFacts) -> TurnStatus:
        """Take back what a request names: nothing for the last turn, else a step, a turn or a record.

        Raises:
            LimitError: Too many commands lead back.
            LedgerError: A command could not be recorded; it was not run.
        """
        words = request.split()[1:]
        is_forced = any(word in _FORCE for word in words)
        names = [word for word in words if word not in _FORCE]
        records = await asyncio.to_thread(self._undo.records)
        if names and names[0] in _LIST:
            return self._say(undo_report.listed(records, self._texts), "answered")
        chosen = _chosen(records, names[0] if names else "", self._keeper.origin("", "", "").session_id)
        if not chosen:
            self.reason = self._texts.get("undo.unknown" if names else "undo.none_here", name=" ".join(names))
            return self._say(f"{self.reason}\n\n{undo_report.listed(records, self._texts)}", "failed")
        back = _WayBack(self, profile, host, TurnLimits(profile, self._texts), is_forced=is_forced)
        return await back.go(chosen, turn_id)

    def _say(self, text: str, status: TurnStatus) -> TurnStatus:
        self._emit(MessageProduced(text=text))
        return status

    async def steps(
        self,
        commands: Sequence[str],
        profile: SessionProfile,
        host: HostFacts,
        limits: TurnLimits,
        consent: PlanConsent,
    ) -> bool:
        """Run commands that lead back; False when one did not run, or failed."""
        steps: list[Step] = []
        for command in commands:
            self._numbered += 1
            title = self._texts.get("undo.step")
            steps.append(Step(id=f"u{self._numbered}", title=title, command=command, risk=Risk.MEDIUM))
        self._emit(PlanProposed(plan=Plan(goal=self._texts.get("undo.goal"), steps=tuple(steps))))
        for step in steps:
            outcome = await self._runner.carry_out(step, profile, host, consent, limits)
            if outcome.verdict is not Verdict.DONE:
                self.reason = self._texts.get("undo.stopped", command=step.command)
                return False
        return True

    async def files(self, record: UndoRecord, *, is_forced: bool) -> tuple[tuple[FileOutcome, ...], str]:
        """Put a step's files back, keeping what that overwrites; return the outcomes and the new record's id."""
        if not record.changes and record.is_settled:
            return (), ""
        touched = tuple(Touched(path=change.path, effect="modify") for change in record.changes)
        command = f"/undo {record.id}"
        assessment = Assessment(command=command, risk=Risk.MEDIUM, decision=Decision.ASK, touched=touched)
        origin = self._keeper.origin(record.origin.step_id, command, record.origin.cwd)
        kept = await asyncio.to_thread(self._undo.prepare, origin, assessment)
        outcomes = await asyncio.to_thread(self._undo.restore, record.id, is_forced=is_forced)
        await self._keeper.after(kept)
        self._emit(FilesRestored(record_id=record.id, step_id=record.origin.step_id, outcomes=outcomes))
        return outcomes, kept

    async def commands_of(self, record: UndoRecord, *, is_forced: bool) -> tuple[str, ...]:
        """Return the commands that lead back from what a step did besides files."""
        return await asyncio.to_thread(self._undo.way_back, record.id, is_forced=is_forced)

    async def finish(self, record: UndoRecord, turn_id: str) -> None:
        """Note that a step was taken back, and tell it."""
        await asyncio.to_thread(self._undo.mark, record.id, turn_id)
        self._emit(StepChanged(step_id=record.origin.step_id, status=StepStatus.ROLLED_BACK))

    def conclude(self, text: str, *, is_whole: bool) -> TurnStatus:
        """Tell how it ended."""
        if not is_whole and not self.reason:
            self.reason = self._texts.get("undo.incomplete")
        return self._say(text, "fulfilled" if is_whole else "failed")

    def told(self, outcomes: Sequence[FileOutcome], commands: int, records: Sequence[UndoRecord], again: str) -> str:
        """Return what is said at the end."""
        gaps = [gap for record in records for gap in record.gaps]
        unique = [gap for index, gap in enumerate(gaps) if gap not in gaps[:index]]
        text = undo_report.told(outcomes, commands, unique, again, self._texts)
        return f"{self.reason}\n\n{text}" if self.reason else text


class _WayBack:
    """One way back: records, newest first, each with its commands and then its files."""

    def __init__(
        self, undoing: Undoing, profile: SessionProfile, host: HostFacts, limits: TurnLimits, *, is_forced: bool
    ) -> None:
        self._undoing = undoing
        self._profile = profile
        self._host = host
        self._limits = limits
        self._consent = PlanConsent()
        self._is_forced = is_forced
        self._outcomes: list[FileOutcome] = []
        self._commands = 0

    async def go(self, records: Sequence[UndoRecord], turn_id: str) -> TurnStatus:
        """Take the records back; return how it ended."""
        is_whole = True
        done: list[UndoRecord] = []
        has_kept = False
        for record in records:
            if not await self._run(await self._undoing.commands_of(record, is_forced=self._is_forced)):
                is_whole = False
                break
            outcomes, kept = await self._undoing.files(record, is_forced=self._is_forced)
            if denied := [file.command for file in outcomes if file.command]:
                if await self._run([" && ".join(denied)]):
                    outcomes, _ = await self._undoing.files(record, is_forced=self._is_forced)
            self._outcomes += outcomes
            has_kept = has_kept or bool(kept)
            done.append(record)
            if all(file.outcome in _GOOD for file in outcomes):
                await self._undoing.finish(record, turn_id)
            else:
                is_whole = False
        again = turn_id if has_kept or self._commands else ""
        text = self._undoing.told(self._outcomes, self._commands, done, again)
        return self._undoing.conclude(text, is_whole=is_whole)

    async def _run(self, commands: Sequence[str]) -> bool:
        if not commands:
            return True
        is_done = await self._undoing.steps(commands, self._profile, self._host, self._limits, self._consent)
        self._commands += len(commands) if is_done else 0
        return is_done


def _chosen(records: Sequence[UndoRecord], name: str, session_id: str) -> list[UndoRecord]:
    """Return what a name means, the newest first: a step's id, a record, a turn; without one, the last turn here."""
    here = [record for record in records if record.origin.session_id == session_id and not record.undone_by]
    forward = [record for record in here if not record.origin.of_undo]
    if not name:
        return [record for record in forward if record.origin.turn_id == forward[0].origin.turn_id]
    steps = [record for record in forward if record.origin.step_id == name]
    if steps:
        return steps[:1]
    standing = [record for record in records if not record.undone_by]
    exact = [record for record in standing if record.id.startswith(name)]
    if len(name) >= 4 and len(exact) == 1:
        return exact
    turns = {record.origin.turn_id for record in standing if record.origin.turn_id.startswith(name)}
    return [record for record in standing if len(turns) == 1 and record.origin.turn_id in turns]
