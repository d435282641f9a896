"""The stages of training the shipped model, one after the other; what an earlier run left in the work folder stays."""

import asyncio
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge
from training.convert import write_gguf
from training.dataset import Example, ExampleMaker, entries_from_pairs
from training.evaluate import HeldOut, retrieval_table, summary
from training.figures import outcome_table
from training.judge import Effort, make_judge
from training.shards import write_shard
from training.tokenizer import load_tokenizer, train_tokenizer
from training.train import Shape, train

ROW_TOKENS = 512
BATCH = 12
PAIRS_FIRST = 12_000
"""Pairs of the first shard, which teaches copying; later shards are the cookbook with a few pairs."""

PAIRS_LATER = 2_500

MODEL, VECTORS, JUDGE = "faisca.gguf", "retriever.npz", "reranker.npz"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a run learns from, and for how long.

    Attributes:
        every: Of so many entries of the cookbook it learns one.
        steps: How often the model's weights are moved.
        judge: What the vectors and the judge get.
        measured: How many held-out phrasings the finished model plans.
    """

    every: int = 1
    shards: int = 8
    steps: int = 2600
    judge: Effort = field(default_factory=Effort)
    shape: Shape = field(default_factory=Shape)
    measured: int = 300


TRIAL = Budget(
    every=30,
    shards=1,
    steps=4,
    judge=Effort(parts=2, vector_epochs=1, guess_epochs=1, judge_epochs=1),
    shape=Shape(hidden=64, layers=2, feed_forward=128, heads=2),
    measured=8,
)
"""Enough to see every stage run, and of no other use."""


class Pipeline:
    """Everything from the cookbook to a model that plans, with the vectors and the judge that belong to it."""

    def __init__(self, entries: Sequence[Entry], work: Path, budget: Budget, *, threads: int) -> None:
        """Take what to learn, and where to keep what the stages make."""
        self._entries = entries[:: budget.every]
        self._work = work
        self._budget = budget
        self._threads = threads
        self._shards = work / "shards"
        self._tokenizer = work / "tokenizer.model"

    def run(self, target: Path, pairs_file: Path | None) -> str:
        """Run every stage, write the model and what belongs to it beside each other, and return its figures.

        Args:
            target: Where the model goes.
            pairs_file: JSON lines with lang, page, description, command, for breadth; None does without.
        """
        torch.set_num_threads(self._threads)
        began = time.monotonic()
        pairs = entries_from_pairs(pairs_file) if pairs_file else ()
        self._shards.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        for name, stage in (
            ("vectors and judge", self._make_judge),
            ("tokenizer and shards", lambda: self._make_shards(pairs)),
            ("training", self._train),
            ("conversion", lambda: self._convert(target)),
        ):
            print(f"{time.monotonic() - began:.0f} s: {name}", flush=True)
            stage()
        print(f"{time.monotonic() - began:.0f} s: evaluation", flush=True)
        return self._evaluate(target)

    def _make_judge(self) -> None:
        if not (self._work / JUDGE).exists():
            make_judge(self._entries, self._work / VECTORS, self._work / JUDGE, self._budget.judge)

    def _make_shards(self, pairs: Sequence[Entry]) -> None:
        vectors, judge = self._retrieval()
        for number in range(self._budget.shards):
            shard = self._shards / f"{number:03}.npz"
            if shard.exists():
                continue
            examples = self._examples(pairs, vectors, judge, number)
            if not self._tokenizer.exists():
                train_tokenizer((f"{example.content}\n{example.output}" for example in examples), self._tokenizer)
            packed, too_long = write_shard(examples, load_tokenizer(self._tokenizer), shard, length=ROW_TOKENS)
            print(f"{shard.name}: {packed} examples, {too_long} too long", flush=True)

    def _examples(
        self, pairs: Sequence[Entry], vectors: TermVectors | None, judge: Judge | None, number: int
    ) -> list[Example]:
        """Return one rendering of every phrasing of the cookbook with some pairs, shuffled."""
        rng = random.Random(number)
        examples = list(ExampleMaker(self._entries, number, vectors=vectors, judge=judge).from_cookbook())
        if pairs:
            chosen = rng.sample(list(pairs), min(PAIRS_LATER if number else PAIRS_FIRST, len(pairs)))
            examples += list(ExampleMaker(chosen, number).from_pairs())
        rng.shuffle(examples)
        return examples

    def _train(self) -> None:
        train(
            self._shards,
            self._work / "model",
            shape=self._budget.shape,
            minutes=0,
            steps=self._budget.steps,
            batch=BATCH,
            threads=self._threads,
            start=None,
        )

    def _convert(self, target: Path) -> None:
        write_gguf(self._work / "model", self._tokenizer, target)
        for name in (VECTORS, JUDGE):
            shutil.copyfile(self._work / name, target.with_name(name))

    def _evaluate(self, target: Path) -> str:
        vectors, judge = self._retrieval()
        held_out = HeldOut(self._entries, vectors, judge=judge)
        examples = held_out.examples(self._budget.measured)
        answers = asyncio.run(held_out.answers(target, examples))
        plans = outcome_table([answer.outcome() for answer in answers], "exact")
        return "\n\n".join((retrieval_table(examples), plans, summary(answers)))

    def _retrieval(self) -> tuple[TermVectors | None, Judge | None]:
        return TermVectors.read(self._work / VECTORS), Judge.read(self._work / JUDGE)
