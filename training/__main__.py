"""The whole pipeline: vectors, judge, data, tokenizer, training, conversion, evaluation. `make model` runs it."""

import argparse
from dataclasses import replace
from pathlib import Path

from fazai_tui.memory.cookbook import load_cookbook
from training.pipeline import MODEL, TRIAL, Budget, Pipeline

WORK = Path("training/work")
TARGET = Path("config/models")


def main() -> None:
    """Read the command line and run every stage."""
    whole = Budget()
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--work", type=Path, default=None, help=f"where the stages keep what they make; {WORK}")
    parser.add_argument("--target", type=Path, default=None, help=f"where the model goes; {TARGET / MODEL}")
    parser.add_argument("--pairs", type=Path, default=None, help="JSON lines with lang, page, description, command")
    parser.add_argument("--shards", type=int, default=None, help=f"renderings of the cookbook; {whole.shards}")
    parser.add_argument("--steps", type=int, default=None, help=f"how long the model learns; {whole.steps}")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--trial",
        action="store_true",
        help="run every stage on a small part of the cookbook, in a minute or two, and keep the shipped model",
    )
    options = parser.parse_args()
    budget = TRIAL if options.trial else whole
    given = {name: value for name in ("shards", "steps") if (value := getattr(options, name)) is not None}
    work = options.work or (WORK / "trial" if options.trial else WORK)
    target = options.target or (work / "made" / MODEL if options.trial else TARGET / MODEL)
    pipeline = Pipeline(load_cookbook(), work, replace(budget, **given), threads=options.threads)
    print(pipeline.run(target, options.pairs))


if __name__ == "__main__":
    main()
