"""Measuring the model and retrieval on phrasings that neither has ever seen, through the product's engine."""

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import LANGUAGES, Entry
from fazai_tui.engine import prompts_compact as compact
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge
from training.dataset import Example, ExampleMaker
from training.figures import LANGUAGE_NAMES, Outcome, accuracy, outcome_table, percent

SEED = 7
MAX_TOKENS = 400


@dataclass(frozen=True, slots=True)
class HeldOutAnswer:
    """What the model wrote for a held-out phrasing.

    Attributes:
        level: How many steps the order takes, or what else it asks for.
        seconds: For prompt, generation and reading.
    """

    example: Example
    level: str
    text: str
    is_readable: bool
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the plan is the expected one, each command to the letter."""
        return self.is_readable and json.loads(self.text) == json.loads(self.example.output)

    def outcome(self) -> Outcome:
        """Return what tables count."""
        category = self.example.entry_id.split(".")[0]
        return Outcome(self.example.language, self.level, category, self.is_right, self.is_readable, self.seconds)


class HeldOut:
    """The held-out phrasings of a cookbook, as somebody might type them, with what retrieval finds for each."""

    def __init__(
        self,
        entries: Sequence[Entry],
        vectors: TermVectors | None,
        seed: int = SEED,
        *,
        judge: Judge | None = None,
    ) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._maker = ExampleMaker(entries, seed, vectors=vectors, judge=judge)
        self._seed = seed

    def examples(self, count: int | None = None) -> list[Example]:
        """Return the first ones, a sample that hardly changes with the cookbook; None returns all."""
        return list(itertools.islice(self._maker.held_out(self._seed), count))

    async def answers(self, model: Path, examples: Sequence[Example]) -> list[HeldOutAnswer]:
        """Let a model answer, as the product would: its prompt, its grammar, its reading."""
        texts = Texts("en")
        catalogue = Catalogue(model.parent, texts)
        engine = LlamaEngine(str(model), catalogue=catalogue, options=EngineOptions(), texts=texts)
        planner = PromptPlanner(engine, max_tokens=MAX_TOKENS)
        try:
            await engine.load()
            return [await self._answer(engine, planner, example) for example in examples]
        finally:
            await engine.close()

    async def _answer(self, engine: LlamaEngine, planner: PromptPlanner, example: Example) -> HeldOutAnswer:
        began = time.perf_counter()
        built = await planner.plan_prompt(example.context)
        text = (await engine.generate(built.request, lambda _: None)).text
        try:
            planner.parse(text, example.context)
            is_readable = True
        except ValueError:
            is_readable = False
        seconds = time.perf_counter() - began
        return HeldOutAnswer(example, _level(self._entries[example.entry_id]), text, is_readable, seconds)


def is_shown(example: Example) -> bool:
    """Tell whether the prompt shows the right entry, so that the model can choose it."""
    shown = compact.shown_examples(example.context.retrieved, example.context.host, example.language)
    return any(item.entry.id == example.entry_id for item, _ in shown)


def retrieval_table(examples: Sequence[Example]) -> str:
    """Return how often retrieval finds the right entry, as a Markdown table."""
    lines = [
        "| | first | among the first three | shown to the model | of |",
        "| --- | ---: | ---: | ---: | ---: |",
        _retrieval_row("**all**", examples),
    ]
    for language in LANGUAGES:
        spoken = [example for example in examples if example.language == language]
        lines.append(_retrieval_row(LANGUAGE_NAMES[language], spoken))
    return "\n".join(lines)


def summary(answers: Sequence[HeldOutAnswer]) -> str:
    """Return in a sentence what the model makes of what retrieval shows it."""
    where_shown = [answer.outcome() for answer in answers if is_shown(answer.example)]
    return (
        f"Where the prompt shows the right entry ({len(where_shown)} of {len(answers)}), "
        f"{accuracy(where_shown):.0f} % of the plans are exact."
    )


def misses(answers: Sequence[HeldOutAnswer]) -> Iterator[str]:
    """Yield each wrong plan whose entry the prompt shows, beside the right one."""
    for answer in answers:
        if is_shown(answer.example) and not answer.is_right:
            yield f"{answer.example.context.order}\n  want {answer.example.output}\n  got  {answer.text}"


def _retrieval_row(name: str, examples: Sequence[Example]) -> str:
    counts = (
        sum(example.rank == 1 for example in examples),
        sum(example.rank in (1, 2, 3) for example in examples),
        sum(is_shown(example) for example in examples),
    )
    cells = (name, *(f"{percent(count, len(examples)):.1f} %" for count in counts), str(len(examples)))
    return f"| {' | '.join(cells)} |"


def _level(entry: Entry) -> str:
    if entry.kind != "command":
        return entry.kind
    return "one step" if len(entry.steps) == 1 else "several steps"


def main() -> None:
    """Read the command line, measure a sample and print what went wrong and the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    held_out = HeldOut(load_cookbook(), TermVectors.shipped(), options.seed, judge=Judge.shipped())
    examples = held_out.examples(options.count)
    answers = asyncio.run(held_out.answers(options.model, examples))
    plans = outcome_table([answer.outcome() for answer in answers], "exact")
    print(*misses(answers), sep="\n")
    print(retrieval_table(examples), plans, summary(answers), sep="\n\n")


if __name__ == "__main__":
    main()
