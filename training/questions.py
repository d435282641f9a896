"""Measuring what the shipped model makes of questions: general ones, ones about the host, ones about FazAI."""

import argparse
import asyncio
import hashlib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Entry
from fazai_tui.core.generation import PlanningContext
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Answer, Commands, Proposal
from fazai_tui.core.policy import Decision
from fazai_tui.core.ports import Engine, Retriever
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.familiarity import is_familiar
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.memory.vocabulary import Vocabulary
from fazai_tui.policy.bash import BashPolicy
from training.dataset import Example, without_held_out
from training.evaluate import HeldOut, is_shown

Kind = Literal["off_topic", "host", "about"]
Verdict = Literal["right", "wrong", "missed"]

Question = tuple[Kind, str, str]
"""Its kind, what is asked, and what is wanted."""

KINDS: tuple[Kind, ...] = ("off_topic", "host", "about")

_LARGER = "gemma-3-1b"
_FOUND = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what became of it.

    Attributes:
        wanted: What the command must match, or the ids of the answers that will do; empty for a general question.
        said: The commands or the words it got.
        verdict: `wrong` for another command or answer than it should get, `missed` where it got none.
    """

    kind: Kind
    question: str
    wanted: str
    said: str
    verdict: Verdict


def sampled(questions: Iterable[Question], count: int) -> list[Question]:
    """Return so many questions of each kind, chosen by a hash: questions that are added displace few of them."""
    drawn = sorted(questions, key=lambda question: hashlib.sha256(question[1].encode()).digest())
    return [question for kind in KINDS for question in [own for own in drawn if own[0] == kind][:count]]


def read_questions(file: Path) -> Iterator[Question]:
    """Yield the questions of a file, each with its kind and what is wanted.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no TOML.
    """
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    for question in data["off_topic"]:
        yield "off_topic", question, ""
    for question, wanted in data["host"].items():
        yield "host", question, wanted
    for question, wanted in data["about"].items():
        yield "about", question, wanted


class QuestionJudge:
    """Asks questions as the chat does, and tells what became of them."""

    def __init__(self, engine: Engine, retriever: Retriever, entries: Sequence[Entry]) -> None:
        self._engine = engine
        self._retriever = retriever
        self._planner = PromptPlanner(engine, max_tokens=400)
        self._policy = BashPolicy(home="/root", user="root")
        self._answers: Mapping[str, str] = {
            text: entry.id for entry in entries if entry.answer for text in (entry.answer.pt, entry.answer.en)
        }

    async def ask(self, kind: Kind, question: str, wanted: str) -> Asked:
        """Return what becomes of a question."""
        await self._engine.load()
        context = self._context(question)
        built = await self._planner.plan_prompt(context)
        result = await self._engine.generate(built.request, lambda _: None)
        proposal = self._planner.parse(result.text, context)
        return Asked(kind, question, wanted, _said(proposal), self._verdict(kind, proposal, wanted))

    def _context(self, question: str) -> PlanningContext:
        language = self._retriever.search(question, limit=1)[0].language
        return PlanningContext(
            order=question,
            language=language,
            host=HostFacts(),
            cwd="/",
            retrieved=self._retriever.search(question, limit=_FOUND, language=language),
            strangeness=self._retriever.strangeness(question),
        )

    def _verdict(self, kind: Kind, proposal: Proposal, wanted: str) -> Verdict:
        match proposal:
            case Commands(plan=plan):
                is_probe = all(self._policy.assess(step.command).decision is Decision.ALLOW for step in plan.steps)
                is_right = kind == "host" and is_probe and re.search(wanted, _said(proposal)) is not None
                return "right" if is_right else "wrong"
            case Answer(text=text) if text in self._answers and not self._answers[text].startswith("answers.beyond"):
                return "right" if kind == "about" and self._answers[text] in wanted.split() else "wrong"
            case Answer(text=text):
                return "right" if kind == "off_topic" else "missed"
            case _:
                return "right" if kind == "off_topic" and _LARGER in proposal.text else "missed"


def refusals(examples: Iterable[Example]) -> tuple[int, int]:
    """Return how many held-out phrasings that the model could plan are refused as strange, and of how many."""
    vocabulary = Vocabulary(without_held_out(load_cookbook()))
    refused = asked = 0
    for example in examples:
        if example.context.observations or not is_shown(example):
            continue
        strangeness = vocabulary.strangeness(example.context.order)
        asked += 1
        refused += not is_familiar(example.context.model_copy(update={"strangeness": strangeness}))
    return refused, asked


def table(asked: Sequence[Asked]) -> str:
    """Return how many questions of each kind came out how, as a Markdown table."""
    lines = ["| | right | wrong | missed | of |", "| --- | ---: | ---: | ---: | ---: |"]
    for kind in KINDS:
        verdicts = [item.verdict for item in asked if item.kind == kind]
        cells = (kind.replace("_", " "), *(str(verdicts.count(name)) for name in ("right", "wrong", "missed")))
        lines.append(f"| {' | '.join(cells)} | {len(verdicts)} |")
    return "\n".join(lines)


async def ask_all(questions: Iterable[Question]) -> list[Asked]:
    """Ask the shipped model questions."""
    texts = Texts("en")
    options = EngineOptions(threads=1)
    engine = LlamaEngine("faisca", catalogue=Catalogue(Path(os.devnull), texts), options=options, texts=texts)
    entries = load_cookbook()
    retriever = CookbookRetriever(lambda: indexes_of(entries, TermVectors.shipped(), judge=Judge.shipped()))
    asker = QuestionJudge(engine, retriever, entries)
    try:
        return [await asker.ask(*question) for question in questions]
    finally:
        await engine.close()


def _said(proposal: Proposal) -> str:
    if isinstance(proposal, Commands):
        return " && ".join(step.command for step in proposal.plan.steps)
    return proposal.text


def main() -> None:
    """Ask the questions of a file, and print the table and, when asked to, each that came out wrong."""
    parser = argparse.ArgumentParser(prog="python -m training.questions", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--verbose", action="store_true", help="print each question that came out wrong")
    options = parser.parse_args()
    asked = asyncio.run(ask_all(read_questions(options.file)))
    if options.verbose:
        print(*(f"{a.verdict} {a.kind}: {a.question}\n  {a.said}" for a in asked if a.verdict != "right"), sep="\n")
    held_out = HeldOut(load_cookbook(), TermVectors.shipped(), judge=Judge.shipped())
    refused, orders = refusals(held_out.examples())
    print(table(asked), f"{refused} of {orders} held-out phrasings refused", sep="\n\n")


if __name__ == "__main__":
    main()
