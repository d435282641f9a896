"""One order and all it causes: route, plan, carry out, observe, mend, conclude."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import Event, MessageProduced, PlanProposed, RepairStarted, StepChanged, TurnKind, TurnStatus
from fazai_tui.core.generation import Observation, PlanningContext
from fazai_tui.core.language import Language
from fazai_tui.core.plan import Answer, Commands, Plan, Proposal, Question, Step, StepStatus
from fazai_tui.core.ports import CommandResult, PolicyEngine, Shell, UndoKeeper
from fazai_tui.session import chat, conclusion
from fazai_tui.session.briefing import Briefing
from fazai_tui.session.dry_run import DryRun
from fazai_tui.session.execution import PlanConsent, StepOutcome, StepRunner, Verdict
from fazai_tui.session.graph import next_step, repaired_plan
from fazai_tui.session.keeping import StepKeeper
from fazai_tui.session.limits import TurnLimits
from fazai_tui.session.planner import PlanMaker, Usage, new_id
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.remembering import Remembering
from fazai_tui.session.undoing import Undoing


@dataclass(frozen=True, slots=True)
class TurnParts:
    """What a turn works with.

    Attributes:
        keeper: Keeps what steps touch.
        trial: Tells what steps would do.
        undo: What is kept; None where nothing is.
    """

    maker: PlanMaker
    runner: StepRunner
    briefing: Briefing
    remembering: Remembering
    policy: PolicyEngine
    shell: Shell
    texts: Texts
    emit: Callable[[Event], None]
    keeper: StepKeeper
    trial: DryRun
    undo: UndoKeeper | None = None

    @property
    def undoing(self) -> Undoing | None:
        """What takes steps back; None where nothing is kept."""
        return None if self.undo is None else Undoing(self.undo, self.runner, self.keeper, self.texts, self.emit)


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """What was asked."""

    order: str
    kind: TurnKind
    is_dry_run: bool = False
    stdin: str = ""


@dataclass(slots=True)
class _Progress:
    """What has happened so far."""

    observations: list[Observation] = field(default_factory=list[Observation])
    results: list[tuple[Step, CommandResult]] = field(default_factory=list[tuple[Step, CommandResult]])
    consent: PlanConsent = field(default_factory=PlanConsent)
    repairs: int = 0
    done: list[Step] = field(default_factory=list[Step])
    cure: tuple[str, tuple[Step, ...]] | None = None
    """What the last failed command printed, and the steps proposed against it."""
    is_corrected: bool = False
    """Whether the user edited a command that ran."""


class Turn:
    """Carries out one order."""

    def __init__(self, parts: TurnParts, request: TurnRequest, profile: SessionProfile) -> None:
        self._parts = parts
        self._request = request
        self._profile = profile
        self._limits = TurnLimits(profile, parts.texts)
        self.id = new_id()
        parts.keeper.begin(self.id, is_undo=request.kind == "undo")
        self._progress = _Progress()
        self._language: Language = profile.language
        self._texts = parts.texts
        """What is said, in the words of who leads."""
        self.usage = Usage()
        self.reason = ""
        """Why the turn failed, on one line; empty otherwise."""

    async def run(self) -> TurnStatus:
        """Carry out the order and return how it ended.

        Raises:
            FazaiError: The model, the ledger, the shell or a limit ended it.
        """
        await self._let_lead()
        if self._request.kind == "literal":
            return await self._literal()
        if self._request.kind == "ask":
            return await self._answer()
        if self._request.kind == "undo":
            return await self._take_back()
        if self._request.kind == "chat":
            self._profile = self._profile.model_copy(update={"repairs": 0})
        return await self._carry_out(await self._propose())

    async def _let_lead(self) -> None:
        """Settle who leads the turn, and tell of it."""
        parts, request = self._parts, self._request
        if (kernel := parts.briefing.kernel) is None:
            return
        self._texts, told = await kernel.open_turn(request.order, request.kind, self._profile.persona, parts.shell.cwd)
        if told is not None:
            parts.emit(told)

    async def _answer(self) -> TurnStatus:
        try:
            answer = await self._parts.maker.answer(await self._context(), self.usage)
        except ValueError:
            self.reason = self._text("no_answer")
            return self._say(self.reason, "failed")
        return self._say(answer.text, "answered", by_model=True)

    async def _take_back(self) -> TurnStatus:
        undoing = self._parts.undoing
        if undoing is None:
            self.reason = self._parts.texts.get("undo.off")
            return self._say(self.reason, "failed")
        host = await self._parts.briefing.host()
        status = await undoing.run(self._request.order, self.id, self._profile, host)
        self.reason = undoing.reason
        return status

    async def _literal(self) -> TurnStatus:
        command = self._request.order.removeprefix("!").strip()
        step = Step(id="s1", title=self._text("literal_title"), command=command)
        step = step.model_copy(update={"risk": self._parts.policy.assess(command, self._parts.shell.cwd).risk})
        self._profile = self._profile.model_copy(update={"repairs": 0})
        return await self._carry_out(Commands(plan=Plan(goal=command, steps=(step,))))

    async def _carry_out(self, proposal: Proposal | None) -> TurnStatus:
        match proposal:
            case None:
                self.reason = self._text("no_proposal")
                return self._say(self.reason, "failed")
            case Answer(text=text):
                return self._say(text, "answered", by_model=True)
            case Question(text=text):
                self.reason = text
                return self._say(text, "answered" if self._profile.can_ask else "failed", by_model=True)
            case Commands(plan=plan):
                if self._is_only_named(plan):
                    return self._say(chat.named(plan, self._texts, is_chat=self._is_chat), "answered")
                self._limits.count_plan()
                self._parts.emit(PlanProposed(plan=plan))
                if self._request.is_dry_run:
                    text, _ = await self._parts.trial.describe(plan.steps, self._parts.shell.cwd)
                    return self._say(text, "fulfilled")
                return await self._steps(plan)
        assert_never(proposal)

    async def _steps(self, plan: Plan) -> TurnStatus:
        """Run the plan's steps as they become ready; return how the turn ended."""
        host = await self._parts.briefing.host()
        while (step := next_step(plan)) is not None:
            outcome = await self._parts.runner.carry_out(
                step, self._profile, host, self._progress.consent, self._limits
            )
            if outcome.result is not None:
                self._progress.results.append((outcome.step, outcome.result))
            await self._note(step, outcome)
            match outcome.verdict:
                case Verdict.DONE:
                    plan = plan.replacing(outcome.step.with_status(StepStatus.DONE))
                case Verdict.SKIPPED:
                    plan = plan.replacing(outcome.step.with_status(StepStatus.SKIPPED))
                case Verdict.CANCELLED:
                    return self._stopped(plan, "interrupted", "interrupted")
                case Verdict.ABORTED:
                    return self._stopped(plan, "aborted", "declined")
                case Verdict.DECLINED:
                    mended = await self._replan(plan, outcome)
                    if mended is None:
                        return self._declined(plan, outcome)
                    plan = mended
                case Verdict.FAILED:
                    mended = await self._repair(plan, outcome)
                    if mended is None:
                        return self._failed(plan, outcome)
                    plan = mended
                case _:
                    assert_never(outcome.verdict)
        if not self._progress.results:
            return self._stopped(plan, "declined", "declined")
        await self._learn(plan)
        return self._conclude(plan)

    def _conclude(self, plan: Plan) -> TurnStatus:
        order, results, texts = self._request.order, self._progress.results, self._texts
        asked = plan.model_copy(update={"steps": tuple(step for step, _ in results)})
        if self._request.kind in ("order", "chat") and chat.is_answered_by(
            order, asked, self._parts.policy, self._parts.shell.cwd, is_chat=self._is_chat
        ):
            return self._say(chat.observed(order, results, texts), "answered" if self._is_chat else "fulfilled")
        return self._say(conclusion.fulfilled(plan, results, texts), "fulfilled")

    @property
    def _is_chat(self) -> bool:
        return self._request.kind == "chat"

    def _is_only_named(self, plan: Plan) -> bool:
        """Tell whether the commands are told and not run: they change something, and were only asked about."""
        request, parts = self._request, self._parts
        if request.kind not in ("order", "chat") or request.is_dry_run:
            return False
        is_asked = chat.is_only_named(request.order, plan, is_chat=self._is_chat, can_ask=self._profile.can_ask)
        return is_asked and not chat.is_probe(plan, parts.policy, parts.shell.cwd)

    async def _note(self, step: Step, outcome: StepOutcome) -> None:
        """Note what became of a step, for what is remembered of it."""
        is_edited = outcome.step.command != step.command
        if is_edited or (outcome.verdict in (Verdict.FAILED, Verdict.DECLINED) and not outcome.by_policy):
            await self._parts.remembering.settle((step,), has_helped=False)
        if outcome.verdict is Verdict.DONE:
            self._progress.done.append(outcome.step)
            self._progress.is_corrected |= is_edited

    async def _learn(self, plan: Plan) -> None:
        """Remember what fulfilled the order, unless part of it was skipped or it was about piped input."""
        progress, request = self._progress, self._request
        is_whole = all(step.status is not StepStatus.SKIPPED for step in plan.steps)
        if request.kind != "order" or request.stdin or not is_whole:
            return
        remembering = self._parts.remembering
        await remembering.settle(progress.done, has_helped=True)
        if progress.cure is not None:
            await remembering.learn_cure(*progress.cure, self._language)
        for event in await remembering.learn(
            request.order, progress.done, self._language, is_corrected=progress.is_corrected
        ):
            self._parts.emit(event)

    async def _repair(self, plan: Plan, outcome: StepOutcome) -> Plan | None:
        """Return a plan that mends a failed step, or None when the repairs are used up or none was found."""
        result = outcome.result
        if result is not None and (kernel := self._parts.briefing.kernel) is not None:
            kernel.note_failure(outcome.step.command, result)
        if result is None or self._progress.repairs >= self._profile.repairs:
            return None
        observation = Observation(command=outcome.step.command, exit_code=result.exit_code, output=result.output)
        return await self._mended(plan, outcome.step, observation)

    async def _replan(self, plan: Plan, outcome: StepOutcome) -> Plan | None:
        """Return a plan that heeds why the user declined a step, or None when no reason was given."""
        if outcome.by_policy or not outcome.reason or self._progress.repairs >= self._profile.repairs:
            return None
        observation = Observation(command=outcome.step.command, exit_code=None, output="", reason=outcome.reason)
        return await self._mended(plan, outcome.step, observation)

    async def _mended(self, plan: Plan, step: Step, observation: Observation) -> Plan | None:
        progress = self._progress
        progress.repairs += 1
        progress.observations.append(observation)
        self._parts.emit(
            RepairStarted(
                attempt=progress.repairs, step_id=step.id, observation=observation.reason or observation.output
            )
        )
        proposal = await self._propose()
        if not isinstance(proposal, Commands):
            return None
        if all(new.command == step.command for new in proposal.plan.steps):
            return None
        self._limits.count_plan()
        is_declined = bool(observation.reason)
        if not is_declined:
            progress.cure = (observation.output, proposal.plan.steps)
        mended = (
            proposal.plan if is_declined else repaired_plan(plan, step, proposal.plan.steps, attempt=progress.repairs)
        )
        self._parts.emit(PlanProposed(plan=mended, attempt=progress.repairs))
        return mended

    async def _propose(self) -> Proposal | None:
        maker = self._parts.maker
        propose = maker.converse if self._is_chat else maker.propose
        try:
            return await propose(await self._context(), self.usage)
        except ValueError:
            return None

    async def _context(self) -> PlanningContext:
        context = await self._parts.briefing.context(
            self._request.order,
            self._profile.language,
            self._parts.shell.cwd,
            observations=self._progress.observations,
            stdin=self._request.stdin,
        )
        self._language = context.language
        if context.remembered:
            self._parts.emit(self._parts.remembering.recalled(context.remembered))
        return context

    def _failed(self, plan: Plan, outcome: StepOutcome) -> TurnStatus:
        self._skip_rest(plan)
        text = conclusion.failed(outcome.step, outcome.result, self._texts, attempts=self._progress.repairs)
        self.reason = text.splitlines()[0]
        return self._say(text, "failed")

    def _declined(self, plan: Plan, outcome: StepOutcome) -> TurnStatus:
        self._skip_rest(plan)
        if outcome.by_policy:
            key = "declined_by_policy"
        else:
            key = "declined_rest" if self._progress.results else "declined"
        self.reason = self._text(key, command=outcome.step.command, reasons=outcome.reason, title=outcome.step.title)
        return self._say(self.reason, "declined")

    def _stopped(self, plan: Plan, key: str, status: TurnStatus) -> TurnStatus:
        self._skip_rest(plan)
        self.reason = self._text(key)
        return self._say(self.reason, status)

    def _skip_rest(self, plan: Plan) -> None:
        """Tell that nothing after the step at hand, which has told its own end, will run."""
        at_hand = next_step(plan)
        for step in plan.steps:
            if step.status is StepStatus.PENDING and step is not at_hand:
                self._parts.emit(StepChanged(step_id=step.id, status=StepStatus.SKIPPED))

    def _say(self, text: str, status: TurnStatus, *, by_model: bool = False) -> TurnStatus:
        self._parts.emit(MessageProduced(text=text, by_model=by_model))
        self._parts.briefing.remember(self._request.order, text.splitlines()[0] if text else status)
        return status

    def _text(self, name: str, **params: object) -> str:
        return self._texts.get(f"session.{name}", **params)
