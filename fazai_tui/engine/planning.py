"""Building prompts within the context window, and reading what the model wrote."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fazai_tui.core.asking import is_question
from fazai_tui.core.cookbook import Retrieved
from fazai_tui.core.events import ContextPart, ContextPartName
from fazai_tui.core.generation import BuiltPrompt, GenerationRequest, PlanningContext
from fazai_tui.core.plan import Answer, Commands, Plan, Proposal, Question, Step, chained
from fazai_tui.core.ports import Engine
from fazai_tui.engine import prompts_compact as compact
from fazai_tui.engine import prompts_full as full
from fazai_tui.engine.context_budget import PART_TOKENS, UNTRUSTED, fitted, surrounding_texts
from fazai_tui.engine.familiarity import is_familiar, known_answer
from fazai_tui.engine.grammar import grammar_from_schema
from fazai_tui.engine.grammar_compact import grammar_of, outputs_of
from fazai_tui.engine.matching import imported_source, steps_from_commands
from fazai_tui.engine.questions import Questions
from fazai_tui.engine.transcript import compacted


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a prompt; `lines` are dropped from the front or the back when the window is too small."""

    name: ContextPartName
    text: str
    detail: str = ""


class PromptPlanner:
    """Builds prompts in the profile of the loaded model.

    The transcript takes at most half of what a prompt may take; older orders are shortened, then counted. When a prompt
    does not fit into the window beside the output, parts go in this order until it does: the transcript, half by half,
    then what is remembered, jobs, recent errors, the working directory, the machine's state and the persona, then the
    retrieved examples from the least similar on, then piped input and observations from their beginning. The
    order itself always stays.
    """

    def __init__(self, engine: Engine, *, max_tokens: int) -> None:
        self._engine = engine
        self._max_tokens = max_tokens
        self._full_grammar = ""
        self._full_schema = json.dumps(full.FullOutput.model_json_schema())

    async def plan_prompt(self, context: PlanningContext) -> BuiltPrompt:
        """Build the prompt whose output `parse` understands.

        To what resembles nothing it has examples of, the shipped model can only say that.
        """
        if self._is_compact:
            return await self._build_compact(context, compact.order_text(context), _only_output(context))
        if not self._full_grammar:
            self._full_grammar = grammar_from_schema(json.loads(self._full_schema))
        return await self._build_full(context, full.PLAN_SYSTEM, self._full_grammar)

    async def answer_prompt(self, context: PlanningContext) -> BuiltPrompt:
        """Build a prompt for an answer: free text, from the shipped model what it would plan."""
        if self._is_compact:
            return await self.plan_prompt(context)
        return await self._build_full(context, full.ANSWER_SYSTEM, "")

    def read_answer(self, text: str, context: PlanningContext) -> str:
        """Return the answer in the model's output as Markdown; the shipped model answers with the commands to use.

        Raises:
            ValueError: The output holds no answer.
        """
        if not self._is_compact:
            if not text.strip():
                raise ValueError("nothing but thoughts")
            return text.strip()
        match self.parse(text, context):
            case Commands(plan=plan):
                lines = [f"```sh\n{step.command}\n```" for step in plan.steps]
                named = Questions().named(context.language)
                return "\n\n".join(filter(None, (named, *lines, plan.steps[0].explain)))
            case Question(text=question) if question == Questions().unknown(context.language):
                return Questions().beyond(context.language)
            case Answer(text=answer) | Question(text=answer):
                return answer

    def parse(self, text: str, context: PlanningContext) -> Proposal:
        """Read the model's output.

        Raises:
            ValueError: The output is not a proposal.
        """
        return _compact_proposal(text, context) if self._is_compact else _full_proposal(text, context)

    @property
    def _is_compact(self) -> bool:
        return self._engine.info is not None and self._engine.info.profile == "compact"

    @property
    def _budget(self) -> int:
        window = self._engine.info.context if self._engine.info else 2048
        return max(128, window - min(self._max_tokens, window // 2))

    async def _build_compact(self, context: PlanningContext, asked: str, outputs: Sequence[str] = ()) -> BuiltPrompt:
        shown = list(compact.shown_examples(context.retrieved, context.host, context.language))
        while True:
            content = "\n".join((*(line for _, line in shown), asked))
            messages = (("user", content),)
            prompt = await self._engine.apply_chat_template(messages)
            if not shown or await self._engine.count_tokens(prompt) <= self._budget:
                break
            shown.pop()
        knowledge = "\n".join(line for _, line in shown)
        detail = _origins([item for item, _ in shown])
        parts = [_Part("knowledge", knowledge, detail), _Part("order", asked)]
        if not outputs:
            outputs = outputs_of([item for item, _ in shown], context.host, source_text(context), context.language)
        request = GenerationRequest(prompt=prompt, messages=messages, grammar=grammar_of(outputs))
        return await self._built(request, parts)

    async def _build_full(self, context: PlanningContext, system: str, grammar: str) -> BuiltPrompt:
        retrieved, room = list(context.retrieved[: full.EXAMPLES]), self._budget // 2
        transcript, left_out = await compacted(context.transcript, self._engine.count_tokens, room)
        data_chars = full.STDIN_CHARS
        remembered = await self._remembered(context)
        around = await self._around(context)
        while True:
            observations = full.observations_text(context.observations, data_chars)
            stdin = full.data(context.stdin[-data_chars:]) if context.stdin else ""
            parts = [
                _Part("system", system.format(language=full.LANGUAGES[context.language])),
                *(part for part in around if part.name == "persona"),
                _Part("host", full.host_text(context.host, context.cwd)),
                *(part for part in around if part.name != "persona"),
                _Part(
                    "knowledge",
                    full.examples_text(retrieved, context.host),
                    _origins(retrieved),
                ),
                _Part("memory", remembered),
                _Part("transcript", transcript, left_out),
                _Part("order", "\n".join(filter(None, (f"Order: {context.order}", stdin)))),
                _Part("observation", observations),
            ]
            messages = _messages(parts)
            prompt = await self._engine.apply_chat_template(messages)
            if await self._engine.count_tokens(prompt) <= self._budget or (not retrieved and data_chars < 200):
                schema = self._full_schema if grammar else ""
                request = GenerationRequest(prompt=prompt, messages=messages, grammar=grammar, json_schema=schema)
                return await self._built(request, parts)
            if transcript:
                room //= 2
                transcript, left_out = await compacted(context.transcript, self._engine.count_tokens, room)
            elif remembered:
                remembered = ""
            elif around:
                around.pop()
            elif retrieved:
                retrieved.pop()
            else:
                data_chars //= 2

    async def _around(self, context: PlanningContext) -> list[_Part]:
        """Return who leads and how things are, each within its budget; the most dispensable last."""
        parts: list[_Part] = []
        for name, text, detail in surrounding_texts(context.surroundings):
            room, is_data = PART_TOKENS[name], name in UNTRUSTED
            room -= await self._engine.count_tokens(full.data("")) if is_data else 0
            kept, left_out = await fitted(text, room, self._engine.count_tokens)
            kept = full.data(kept) if is_data and kept else kept
            parts.append(_Part(name, kept, "; ".join(filter(None, (detail, left_out)))))
        return parts

    async def _remembered(self, context: PlanningContext) -> str:
        """Return what is remembered, as much of it as its budget allows."""
        shown = list(context.remembered)
        while text := full.remembered_text(shown):
            if await self._engine.count_tokens(text) <= PART_TOKENS["memory"]:
                break
            shown.pop()
        return text

    async def _built(self, request: GenerationRequest, parts: Sequence[_Part]) -> BuiltPrompt:
        counted = [
            ContextPart(name=p.name, text=p.text, tokens=await self._engine.count_tokens(p.text), detail=p.detail)
            for p in parts
            if p.text
        ]
        request = request.model_copy(update={"max_tokens": self._max_tokens})
        return BuiltPrompt(request=request, parts=tuple(counted), budget=self._budget)


def _only_output(context: PlanningContext) -> tuple[str, ...]:
    """Return all that the shipped model may say to what is beyond it or has one answer; empty for what it can plan."""
    if context.observations:
        return ()
    if answer := known_answer(context):
        return (compact.answer_output(answer.text(context.language)),)
    if is_familiar(context):
        return ()
    questions = Questions()
    if is_question(context.order):
        return (compact.answer_output(questions.beyond(context.language)),)
    return (compact.ask_output(questions.unfamiliar(context.language)),)


def _messages(parts: Sequence[_Part]) -> tuple[tuple[str, str], ...]:
    """Return the parts as messages: what the model is, and what it is told."""
    system = [part.text for part in parts if part.name in ("system", "persona") and part.text]
    told = [part.text for part in parts if part.name not in ("system", "persona") and part.text]
    return ("system", "\n\n".join(system)), ("user", "\n\n".join(told))


def _origins(shown: Sequence[Retrieved]) -> str:
    """Return where the examples are from, each with its score."""
    return ", ".join(f"{item.entry.source or item.entry.id} {item.score}" for item in shown)


def _origin(command: str, context: PlanningContext) -> dict[str, Any]:
    """Return what a step says of where its command is from: nothing, unless it is one of imported knowledge."""
    source = imported_source(command, context.retrieved, context.host)
    return {"provenance": source, "is_imported": bool(source)}


def source_text(context: PlanningContext) -> str:
    """Return the text that values of a plan may come from."""
    if not context.observations:
        return context.order
    last = context.observations[-1]
    return " ".join((last.reason or last.output[-compact.OBSERVATION_CHARS :], last.command, context.order))


def _compact_proposal(text: str, context: PlanningContext) -> Proposal:
    output = compact.CompactOutput.model_validate_json(text)
    unknown = Questions().unknown(context.language)
    match output:
        case compact.CompactOutput(plan=[_, *_] as commands) if all(command.strip() for command in commands):
            steps = steps_from_commands(commands, context.retrieved, context.host, context.language)
            return Commands(plan=Plan(goal=context.order, steps=steps))
        case compact.CompactOutput(answer=str(answer)):
            return Answer(text=answer)
        case compact.CompactOutput(ask=str(question)) if is_question(context.order) and question == unknown:
            return Answer(text=Questions().beyond(context.language))
        case compact.CompactOutput(ask=str(question)):
            return Question(text=question)
        case _:
            raise ValueError("neither a plan nor an answer nor a question")


def _full_proposal(text: str, context: PlanningContext) -> Proposal:
    output = full.FullOutput.model_validate_json(text).root
    if isinstance(output, full.FullWords):
        return Answer(text=output.text) if output.kind == "answer" else Question(text=output.text)
    steps = [
        Step(id=f"s{number}", **step.model_dump(), **_origin(step.command, context))
        for number, step in enumerate((step for step in output.steps if step.command.strip()), 1)
    ]
    if not steps:
        raise ValueError("a plan without steps")
    return Commands(plan=Plan(goal=output.goal or context.order, steps=chained(steps)))
