"""Measuring the model on phrasings it has never seen, through the product's engine."""

import argparse
import asyncio
import json
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.embedding import TermVectors
from training.dataset import Example, ExampleMaker


@dataclass(slots=True)
class Tally:
    """Right answers among all."""

    right: int = 0
    total: int = 0

    def add(self, *, is_right: bool) -> None:
        """Count one answer."""
        self.total += 1
        self.right += is_right

    def __str__(self) -> str:
        """Return `RIGHT/TOTAL PERCENT`."""
        return f"{self.right}/{self.total} {100 * self.right / max(1, self.total):.1f} %"


async def evaluate(model: Path, count: int, seed: int) -> dict[str, Tally]:
    """Let the model answer held-out orders; an answer is right when it is the expected one to the letter.

    Orders whose entry retrieval does not show are counted under `shown` as missing and under `exact` as wrong.
    """
    examples = list(ExampleMaker(load_cookbook(), seed, vectors=TermVectors.shipped()).from_cookbook(held_out=True))
    sample = random.Random(seed).sample(examples, min(count, len(examples)))
    engine = LlamaEngine(
        str(model), catalogue=Catalogue(model.parent, Texts("en")), options=EngineOptions(), texts=Texts("en")
    )
    planner = PromptPlanner(engine, max_tokens=400)
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    started = time.monotonic()
    try:
        await engine.load()
        for example in sample:
            text = await _answer(engine, planner, example)
            is_shown = not example.output.startswith('{"ask"')
            is_right = is_shown and _normal(text) == _normal(example.output)
            tallies["shown"].add(is_right=is_shown)
            for key in ("exact", example.language, example.entry_id.split(".")[0]):
                tallies[key].add(is_right=is_right)
            if is_shown:
                tallies["exact where shown"].add(is_right=is_right)
            if is_shown and not is_right:
                print(f"{example.context.order}\n  want {example.output}\n  got  {text}")
    finally:
        await engine.close()
    print(f"{(time.monotonic() - started) / len(sample):.3f} s an order")
    return tallies


async def _answer(engine: LlamaEngine, planner: PromptPlanner, example: Example) -> str:
    built = await planner.plan_prompt(example.context)
    return (await engine.generate(built.request, lambda _: None)).text


def _normal(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def main() -> None:
    """Read the command line, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    for key, tally in asyncio.run(evaluate(options.model, options.count, options.seed)).items():
        print(f"{key:24} {tally}")


if __name__ == "__main__":
    main()
