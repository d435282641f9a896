"""Explaining a command: the manual of this machine first, then the cookbook, the model last."""

import asyncio
from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import SLOT, Entry
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.language import Language
from fazai_tui.core.policy import Assessment
from fazai_tui.core.ports import CommandManual, Engine, Planner, Retriever
from fazai_tui.session.briefing import Briefing

_MOST_COMMANDS = 4
_ENTRIES = 8


class Explainer:
    """Says what a command is for.

    Args:
        manual: Knows installed programs; None where nothing does.
        retriever: Finds cookbook entries.
        briefing: Gathers what the model is given.
        engine: The model, asked when nobody else knows the command.
        planner: Words the question and reads the answer.
        texts: The words around it.
    """

    def __init__(
        self,
        manual: CommandManual | None,
        retriever: Retriever,
        briefing: Briefing,
        engine: Engine,
        planner: Planner,
        texts: Texts,
    ) -> None:
        self._manual = manual
        self._retriever = retriever
        self._briefing = briefing
        self._engine = engine
        self._planner = planner
        self._texts = texts

    async def explain(self, assessment: Assessment, language: Language, cwd: str) -> tuple[str, ...]:
        """Return lines that explain a command; each says who knows it. Empty when nobody does."""
        lines = await asyncio.to_thread(self._known, assessment, language)
        return lines or await self._by_model(assessment.command, language, cwd)

    def _known(self, assessment: Assessment, language: Language) -> tuple[str, ...]:
        lines: list[str] = []
        for argv in assessment.commands[:_MOST_COMMANDS]:
            said = self._manual.describe(argv, language) if self._manual is not None else ()
            lines.extend(said)
        if entry := self._entry(assessment, language):
            told = entry.explain.text(language) if entry.explain is not None else entry.title.text(language)
            if not SLOT.search(told):
                lines.append(self._texts.get("session.explained.cookbook", text=told))
        return tuple(dict.fromkeys(lines))

    def _entry(self, assessment: Assessment, language: Language) -> Entry | None:
        """Return the cookbook's entry that has a step like the command."""
        wanted = {_likeness(argv) for argv in assessment.commands}
        for found in self._retriever.search(assessment.command, limit=_ENTRIES, language=language):
            steps = [step.run.split() for step in found.entry.steps]
            if any(_likeness([word for word in words if word != "sudo"]) in wanted for words in steps):
                return found.entry
        return None

    async def _by_model(self, command: str, language: Language, cwd: str) -> tuple[str, ...]:
        if self._engine.info is None:
            return ()
        question = self._texts.get("session.explained.question", command=command)
        context = await self._briefing.context(question, language, cwd)
        try:
            built = await self._planner.answer_prompt(context)
            result = await self._engine.generate(built.request, lambda _: None)
            text = self._planner.read_answer(result.text, context)
        except (FazaiError, ValueError):
            return ()
        return (self._texts.get("session.explained.model", text=" ".join(text.split())),)


def _likeness(argv: Sequence[str]) -> tuple[str, ...]:
    """Return what makes two commands alike: the program and its verb, or its options where it has no verb."""
    words = [word for word in argv if not SLOT.fullmatch(word)]
    if len(words) > 1 and words[1].isalpha() and len(words[1]) > 2:
        return tuple(words[:2])
    return (*words[:1], *sorted(word for word in words[1:] if word.startswith("-")))
