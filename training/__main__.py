"""The whole pipeline: vectors, judge, data, tokenizer, training, conversion, evaluation. `make model` runs it."""

import argparse
import asyncio
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge
from training.convert import write_gguf
from training.dataset import Example, ExampleMaker, entries_from_pairs
from training.evaluate import HeldOut, summary
from training.figures import outcome_table
from training.judge import make_judge
from training.shards import write_shard
from training.tokenizer import load_tokenizer, train_tokenizer
from training.train import Shape, train

ROW_TOKENS = 512
PAIRS_FIRST = 12_000
"""Pairs of the first shard, which teaches copying; later shards are the cookbook with a few pairs."""

PAIRS_LATER = 2_500


def make_examples(
    entries: Sequence[Entry],
    pairs: Sequence[Entry],
    vectors: TermVectors | None,
    judge: Judge | None,
    seed: int,
    pair_count: int,
) -> list[Example]:
    """Return one rendering of every phrasing of the cookbook with some pairs, shuffled."""
    rng = random.Random(seed)
    examples = list(ExampleMaker(entries, seed, vectors=vectors, judge=judge).from_cookbook())
    if pairs:
        chosen = rng.sample(list(pairs), min(pair_count, len(pairs)))
        examples += list(ExampleMaker(chosen, seed).from_pairs())
    rng.shuffle(examples)
    return examples


def prepare(work: Path, pairs_file: Path | None, shards: int) -> None:
    """Write the vectors, the judge, the tokenizer and the shards; what is there already stays."""
    entries = load_cookbook()
    pairs = entries_from_pairs(pairs_file) if pairs_file else ()
    (work / "shards").mkdir(parents=True, exist_ok=True)
    tokenizer_file = work / "tokenizer.model"
    vectors_file, judge_file = work / "retriever.npz", work / "reranker.npz"
    if not judge_file.exists():
        make_judge(entries, vectors_file, judge_file)
    vectors, judge = TermVectors.read(vectors_file), Judge.read(judge_file)
    for number in range(shards):
        shard = work / "shards" / f"{number:03}.npz"
        if shard.exists():
            continue
        pair_count = PAIRS_LATER if number else PAIRS_FIRST
        examples = make_examples(entries, pairs, vectors, judge, seed=number, pair_count=pair_count)
        if not tokenizer_file.exists():
            train_tokenizer((f"{example.content}\n{example.output}" for example in examples), tokenizer_file)
        packed, too_long = write_shard(examples, load_tokenizer(tokenizer_file), shard, length=ROW_TOKENS)
        print(f"{shard.name}: {packed} examples, {too_long} too long", flush=True)


def main() -> None:
    """Read the command line and run every stage."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("training/work"))
    parser.add_argument("--target", type=Path, default=Path("config/models/faisca.gguf"))
    parser.add_argument("--pairs", type=Path, default=None, help="JSON lines with lang, page, description, command")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    prepare(options.work, options.pairs, options.shards)
    train(
        options.work / "shards",
        options.work / "model",
        shape=Shape(),
        minutes=0,
        steps=options.steps,
        batch=12,
        threads=options.threads,
        start=None,
    )
    write_gguf(options.work / "model", options.work / "tokenizer.model", options.target)
    for name in ("retriever.npz", "reranker.npz"):
        shutil.copyfile(options.work / name, options.target.with_name(name))
    held_out = HeldOut(load_cookbook(), TermVectors.shipped(), judge=Judge.shipped())
    answers = asyncio.run(held_out.answers(options.target, held_out.examples(300)))
    print(outcome_table([answer.outcome() for answer in answers], "exact"), summary(answers), sep="\n\n")


if __name__ == "__main__":
    main()
