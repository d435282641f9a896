"""Carrying out one step: policy, approval, ledger, shell, postcondition."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError, FazaiError
from fazai_tui.core.events import (
    ApprovalDecided,
    ApprovalRequested,
    CommandFinished,
    CommandStarted,
    Event,
    FilesChanged,
    MessageProduced,
    OutputReceived,
    ShellName,
    StepChanged,
)
from fazai_tui.core.host import HostFacts
from fazai_tui.core.lockout import Arming
from fazai_tui.core.plan import Step, StepStatus
from fazai_tui.core.policy import ApprovalDecision, ApprovalReply, Assessment, Decision, RuleScope
from fazai_tui.core.ports import ChangeLayer, CommandResult, PolicyEngine, Shell
from fazai_tui.session.approvals import ApprovalQueue, is_confirmed, is_forbidden, needs_asking
from fazai_tui.session.card import CardWriter
from fazai_tui.session.command_clock import CommandClock
from fazai_tui.session.dry_run import DryRun
from fazai_tui.session.guarding import StepGuard
from fazai_tui.session.keeping import StepKeeper
from fazai_tui.session.limits import TurnLimits
from fazai_tui.session.outcome import is_answer
from fazai_tui.session.planner import new_id
from fazai_tui.session.profile import SessionProfile

_CHECK_SECONDS = 20.0
_MOST_CHANGES = 2000
_POLICY = "policy"


class Verdict(StrEnum):
    """What became of a step."""

    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"
    SKIPPED = "skipped"
    ABORTED = "aborted"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """A step as it was carried out.

    Attributes:
        step: The step, with the command that ran when it was edited.
        result: How the command ended; None when it did not run.
        reason: Why a human or the policy declined it.
        by_policy: Whether the policy declined it, and no human.
    """

    verdict: Verdict
    step: Step
    result: CommandResult | None = None
    reason: str = ""
    by_policy: bool = False


@dataclass(slots=True)
class PlanConsent:
    """What the user has agreed to for the rest of a plan."""

    rest_approved: bool = False


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was kept before a step: the record to undo it by, and the lock-out guard."""

    record: str
    arming: Arming | None


class StepRunner:
    """Carries out steps in the session's shell."""

    def __init__(
        self,
        shell: Shell,
        policy: PolicyEngine,
        approvals: ApprovalQueue,
        cards: CardWriter,
        texts: Texts,
        emit: Callable[[Event], None],
        shell_name: ShellName = "plan",
        *,
        keeper: StepKeeper,
        guard: StepGuard,
        trial: DryRun,
        layer: ChangeLayer | None = None,
    ) -> None:
        self._keeper = keeper
        self._layer = layer
        self._guard = guard
        self._trial = trial
        self._cards = cards
        self._shell = shell
        self._policy = policy
        self._approvals = approvals
        self._texts = texts
        self._emit = emit
        self._shell_name: ShellName = shell_name
        self._clock = CommandClock(shell, approvals, emit)
        self.running_command = ""
        """The id of the command that runs; empty when none does."""

    async def carry_out(
        self, step: Step, profile: SessionProfile, host: HostFacts, consent: PlanConsent, limits: TurnLimits
    ) -> StepOutcome:
        """Decide on a step, run it and check its effect.

        Raises:
            LimitError: The turn has run enough.
            LedgerError: The step could not be recorded; it was not run.
        """
        assessment = self._policy.assess(step.command, self._shell.cwd)
        if is_forbidden(assessment):
            return self._declined_by_policy(step, assessment)
        if needs_asking(profile.approval, assessment, rest_approved=consent.rest_approved):
            if not profile.can_ask:
                return self._declined_by_policy(step, assessment)
            outcome = await self._ask(step, assessment, profile, host, consent)
            if isinstance(outcome, StepOutcome):
                return outcome
            step, assessment = outcome
        else:
            self._decide(new_id(), step, assessment, ApprovalReply(decision=ApprovalDecision.RUN, decided_by=_POLICY))
        limits.count_command(step.command)
        return await self._run(step, assessment, profile, limits)

    async def _ask(
        self, step: Step, assessment: Assessment, profile: SessionProfile, host: HostFacts, consent: PlanConsent
    ) -> StepOutcome | tuple[Step, Assessment]:
        """Ask until the answer is final; return the step to run, or how it ended without running."""
        self._emit(StepChanged(step_id=step.id, status=StepStatus.AWAITING_APPROVAL))
        rehearsed: tuple[str, ...] = ()
        while True:
            approval_id = new_id()
            waiting = asyncio.ensure_future(self._approvals.ask(approval_id))
            await asyncio.sleep(0)
            card = await asyncio.to_thread(
                self._cards.card, approval_id, step, assessment, profile=profile, host=host, cwd=self._shell.cwd
            )
            self._emit(ApprovalRequested(card=card.model_copy(update={"rehearsal": rehearsed})))
            try:
                reply = await waiting
            finally:
                waiting.cancel()
            edited = reply.command is not None and reply.command != step.command
            if edited and reply.command is not None:
                own = {"provenance": "", "is_imported": False, "check": "", "rollback": ""}
                step = step.model_copy(update={"command": reply.command, **own})
                assessment = self._policy.assess(step.command, self._shell.cwd)
                if is_forbidden(assessment):
                    return self._declined_by_policy(step, assessment)
            if reply.decision is ApprovalDecision.DRY_RUN:
                self._decide(approval_id, step, assessment, reply, edited=edited)
                text, rehearsed = await self._trial.describe((step,), self._shell.cwd, is_asked=True)
                self._emit(MessageProduced(text=text))
                continue
            if is_confirmed(reply, assessment, host.hostname):
                consent.rest_approved |= reply.decision is ApprovalDecision.APPROVE_REST
                self._decide(approval_id, step, assessment, reply, edited=edited)
                self._remember(assessment, reply)
                return step, assessment
            if reply.decision in (ApprovalDecision.RUN, ApprovalDecision.APPROVE_REST):
                continue
            self._decide(approval_id, step, assessment, reply, edited=edited)
            return self._not_run(step, reply)

    def _remember(self, assessment: Assessment, reply: ApprovalReply) -> None:
        """Take the rules that the human agreed to; the approved command runs whatever becomes of them."""
        if reply.scope is RuleScope.ONCE or not assessment.offer:
            return
        try:
            stored = self._policy.remember(assessment, reply.scope)
        except ConfigurationError as error:
            text = str(error)
        else:
            key = "rule_kept" if stored.file else "rule_for_session"
            text = self._texts.get(f"session.{key}", file=stored.file, ids=" ".join(stored.ids))
        self._emit(MessageProduced(text=f"{text}\n\n````toml\n{assessment.offer}````"))

    def _not_run(self, step: Step, reply: ApprovalReply) -> StepOutcome:
        skipped = reply.decision is ApprovalDecision.SKIP
        self._emit(StepChanged(step_id=step.id, status=StepStatus.SKIPPED if skipped else StepStatus.DECLINED))
        verdicts = {ApprovalDecision.SKIP: Verdict.SKIPPED, ApprovalDecision.ABORT: Verdict.ABORTED}
        return StepOutcome(verdicts.get(reply.decision, Verdict.DECLINED), step, reason=reply.reason)

    def _declined_by_policy(self, step: Step, assessment: Assessment) -> StepOutcome:
        reply = ApprovalReply(decision=ApprovalDecision.DECLINE, decided_by=_POLICY)
        self._decide(new_id(), step, assessment, reply)
        self._emit(StepChanged(step_id=step.id, status=StepStatus.DECLINED))
        reasons = ", ".join(self._texts.get(reason.key, **reason.params) for reason in assessment.reasons)
        return StepOutcome(Verdict.DECLINED, step, reason=reasons, by_policy=True)

    def _decide(
        self, approval_id: str, step: Step, assessment: Assessment, reply: ApprovalReply, *, edited: bool = False
    ) -> None:
        self._emit(
            ApprovalDecided(
                approval_id=approval_id,
                step_id=step.id,
                command=step.command,
                assessment=assessment,
                decision=reply.decision,
                decided_by=reply.decided_by,
                edited=edited,
                reason=reply.reason,
            )
        )

    async def _run(
        self, step: Step, assessment: Assessment, profile: SessionProfile, limits: TurnLimits
    ) -> StepOutcome:
        self._emit(StepChanged(step_id=step.id, status=StepStatus.RUNNING))
        record = await self._keeper.before(step, assessment, self._shell.cwd)
        try:
            arming = await self._guard.arm(step.command, assessment, profile.sandbox)
        except FazaiError:
            await self._keeper.after(record)
            self._emit(StepChanged(step_id=step.id, status=StepStatus.FAILED))
            raise
        return await self._run_kept(step, assessment, profile, limits, _Kept(record, arming))

    async def _run_kept(
        self, step: Step, assessment: Assessment, profile: SessionProfile, limits: TurnLimits, kept: _Kept
    ) -> StepOutcome:
        timeout = None if profile.can_ask else limits.remaining_seconds()
        command_id = new_id()
        self._emit(
            CommandStarted(
                command_id=command_id,
                step_id=step.id,
                command=step.command,
                cwd=self._shell.cwd,
                assessment=assessment,
                shell=self._shell_name,
            )
        )
        self.running_command = command_id

        def output(text: str) -> None:
            self._emit(OutputReceived(command_id=command_id, text=text))

        try:
            async with self._clock.watching(command_id, limits, profile):
                await self._guard.finish_arming(
                    kept.arming, lambda text: self._shell.run(text, output, timeout=timeout)
                )
                result = await self._shell.run(step.command, output, timeout=timeout)
        except (asyncio.CancelledError, FazaiError):
            self._finish(command_id, step, CommandResult.cancelled(self._shell.cwd), StepStatus.FAILED)
            await self._guard.settle(kept.arming, has_failed=True)
            await self._keeper.after(kept.record)
            await self._tell_changes(command_id, step)
            raise
        finally:
            self.running_command = ""
        await self._guard.settle(kept.arming, has_failed=result.exit_code != 0)
        await self._keeper.after(kept.record)
        if self._clock.has_stopped(command_id):
            result = result.model_copy(update={"status": "timed_out", "exit_code": None})
        is_done = result.status == "completed" or is_answer(assessment.commands, result.exit_code)
        if is_done and result.status != "cancelled" and not await self._effect_is_there(step):
            is_done = False
        self._finish(command_id, step, result, StepStatus.DONE if is_done else StepStatus.FAILED)
        await self._tell_changes(command_id, step)
        if result.status == "cancelled" or _is_stopping():
            return StepOutcome(Verdict.CANCELLED, step, result)
        if result.status == "timed_out":
            raise limits.timed_out()
        return StepOutcome(Verdict.DONE if is_done else Verdict.FAILED, step, result)

    def _finish(self, command_id: str, step: Step, result: CommandResult, status: StepStatus) -> None:
        self._emit(
            CommandFinished(
                command_id=command_id,
                step_id=step.id,
                status=result.status,
                exit_code=result.exit_code,
                output=result.output,
                duration_ms=result.duration_ms,
                cwd=result.cwd,
            )
        )
        self._emit(StepChanged(step_id=step.id, status=status))

    async def _tell_changes(self, command_id: str, step: Step) -> None:
        """Tell what a command has changed where its changes are thrown away."""
        news = () if self._layer is None else await asyncio.to_thread(self._layer.news)
        if news:
            told = tuple(news[:_MOST_CHANGES])
            left_out = len(news) - len(told)
            self._emit(FilesChanged(command_id=command_id, step_id=step.id, changes=told, left_out=left_out))

    async def _effect_is_there(self, step: Step) -> bool:
        """Run the postcondition; only a command known as read-only is run unasked."""
        if not step.check or self._policy.assess(step.check, self._shell.cwd).decision is not Decision.ALLOW:
            return True
        result = await self._shell.run(f"( {step.check}\n) >/dev/null 2>&1", lambda _: None, timeout=_CHECK_SECONDS)
        return result.exit_code == 0


def _is_stopping() -> bool:
    """Tell whether the turn was cancelled while the shell ran something: the shell ends it and returns as ever."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
