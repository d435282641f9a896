"""One planning: prompt, generation, proposal."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from fazai_tui.core.cookbook import SLOT, SURE
from fazai_tui.core.events import ContextBuilt, EngineStateChanged, Event, GenerationFinished, TokenGenerated
from fazai_tui.core.generation import BuiltPrompt, GenerationResult, PlanningContext
from fazai_tui.core.plan import Answer, Commands, Plan, Proposal, Risk
from fazai_tui.core.policy import Decision
from fazai_tui.core.ports import Engine, Planner, PolicyEngine
from fazai_tui.session.chat import is_probe


@dataclass(slots=True)
class Usage:
    """Tokens that the generations of a turn took."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0

    def add(self, result: GenerationResult) -> None:
        """Add a generation."""
        self.input_tokens += result.input_tokens
        self.cached_input_tokens += result.cached_input_tokens
        self.output_tokens += result.output_tokens


class PlanMaker:
    """Lets the engine plan or answer, and tells the stream about it."""

    def __init__(self, engine: Engine, planner: Planner, policy: PolicyEngine, emit: Callable[[Event], None]) -> None:
        self._engine = engine
        self._planner = planner
        self._policy = policy
        self._emit = emit

    async def propose(self, context: PlanningContext, usage: Usage) -> Proposal:
        """Return what the model proposes; a plan's risks are raised to what the policy says.

        Raises:
            ModelError: The model could not be loaded or run.
            ValueError: The model's output is not a proposal.
        """
        await self._engine.load()
        text = await self._generate(await self._planner.plan_prompt(context), "plan", usage)
        proposal = self._planner.parse(text, context)
        return Commands(plan=self._graded(proposal.plan)) if isinstance(proposal, Commands) else proposal

    async def answer(self, context: PlanningContext, usage: Usage) -> Answer:
        """Return the model's answer to a question.

        Raises:
            ModelError: The model could not be loaded or run.
            ValueError: The model's output holds no answer.
        """
        await self._engine.load()
        built = await self._planner.answer_prompt(context)
        # What a grammar shapes is not prose, and is not for reading as it comes.
        text = await self._generate(built, "plan" if built.request.grammar else "answer", usage)
        return Answer(text=self._planner.read_answer(text, context))

    async def converse(self, context: PlanningContext, usage: Usage) -> Proposal:
        """Return what answers a question: commands that would show it, or words.

        The shipped model has no other words than those it knows; another one plans only where commands that read are
        known to answer such a question.

        Raises:
            ModelError: The model could not be loaded or run.
            ValueError: The model's output is neither.
        """
        info = await self._engine.load()
        if info.profile == "compact":
            return await self.propose(context, usage)
        if self._can_be_seen(context):
            with suppress(ValueError):
                proposal = await self.propose(context, usage)
                if isinstance(proposal, Commands) and is_probe(proposal.plan, self._policy, context.cwd):
                    return proposal
        return await self.answer(context, usage)

    def _can_be_seen(self, context: PlanningContext) -> bool:
        """Tell whether the entry most like a question has commands that only read."""
        if not context.retrieved or context.retrieved[0].score < SURE:
            return False
        commands = [SLOT.sub("x", command) for command in context.retrieved[0].entry.commands(context.host)]
        assessed = (self._policy.assess(command, context.cwd) for command in commands)
        return bool(commands) and all(assessment.decision is Decision.ALLOW for assessment in assessed)

    async def _generate(self, built: BuiltPrompt, purpose: Literal["plan", "answer"], usage: Usage) -> str:
        self._emit(ContextBuilt(parts=built.parts, budget=built.budget))
        self._emit(self._state("thinking"))
        try:
            result = await self._engine.generate(
                built.request, lambda text: self._emit(TokenGenerated(text=text, purpose=purpose))
            )
        finally:
            self._emit(self._state("ready"))
        usage.add(result)
        seconds = result.generation_seconds
        self._emit(
            GenerationFinished(
                input_tokens=result.input_tokens,
                cached_input_tokens=result.cached_input_tokens,
                output_tokens=result.output_tokens,
                tokens_per_second=round(result.output_tokens / seconds, 1) if seconds else 0.0,
            )
        )
        return result.text

    def _graded(self, plan: Plan) -> Plan:
        steps = tuple(
            step.model_copy(update={"risk": Risk.highest(step.risk, self._policy.assess(step.command).risk)})
            for step in plan.steps
        )
        return plan.model_copy(update={"steps": steps})

    def _state(self, state: Literal["thinking", "ready"]) -> EngineStateChanged:
        info = self._engine.info
        return EngineStateChanged(state=state, model=info.name if info else "")


def new_id() -> str:
    """Return a short unique id for turns, commands and approvals."""
    return uuid.uuid4().hex[:12]
