"""Measuring the shipped model on orders and on held-out phrasings, and writing docs/model.md. `make eval` runs it."""

import argparse
import asyncio
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge
from training.ablation import Run, draw, read_runs, record
from training.dataset import Example
from training.evaluate import HeldOut, HeldOutAnswer, misses, retrieval_table, summary
from training.figures import Outcome, accuracy, gap, median, outcome_table, replace_section, unreadable
from training.orders import OrderResult, OrderSet

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "config/models/faisca.gguf"
DOCUMENT = ROOT / "docs/model.md"
RUNS = ROOT / "docs/model-ablation.toml"
PLOT = ROOT / "docs/model-size.svg"

BESIDE = ROOT.parent / "shared/orders"
"""Where a set of orders is looked for: beside the checkout."""

SHIPPED_NAME = "Faísca"

GOAL_FULFILLED, GOAL_GAP, GOAL_SECONDS = 85, 5, 3


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run measured; no orders when there was no set of them."""

    examples: Sequence[Example]
    answers: Sequence[HeldOutAnswer]
    orders: Sequence[OrderResult]

    @property
    def plans(self) -> list[Outcome]:
        """What became of the held-out phrasings."""
        return [answer.outcome() for answer in self.answers]

    @property
    def effects(self) -> list[Outcome]:
        """What became of the orders."""
        return [result.outcome() for result in self.orders]

    def orders_text(self) -> str:
        """Return the goals and the table of the orders as Markdown."""
        effects = self.effects
        outside, written = unreadable([*effects, *self.plans]), len(effects) + len(self.plans)
        return "\n".join(
            (
                "| goal | measured |",
                "| --- | --- |",
                f"| at least {GOAL_FULFILLED} % of the orders fulfilled | {accuracy(effects):.0f} % |",
                f"| Portuguese and English within {GOAL_GAP} points | {gap(effects):.0f} points apart |",
                f"| half of the orders within {GOAL_SECONDS} s, from start to exit | {median(effects):.1f} s |",
                f"| no plan outside the schema | {outside} of {written} |",
                "",
                outcome_table(effects, "fulfilled"),
            )
        )

    def held_out_text(self) -> str:
        """Return the tables of the held-out phrasings as Markdown."""
        plans = outcome_table(self.plans, "exact")
        return "\n\n".join((retrieval_table(self.examples), plans, summary(self.answers)))

    def as_run(self, name: str, model: Path) -> Run:
        """Return the point that the plot shows."""
        return Run(
            name=name,
            mb=round(model.stat().st_size / 1e6, 1),
            orders=round(accuracy(self.effects), 1) if self.orders else None,
            exact=round(accuracy(self.plans), 1),
        )


def measure(options: argparse.Namespace) -> Measured:
    """Measure what the command line asks for, and print what went wrong and the tables.

    Raises:
        RuntimeError: The runner of the orders failed.
    """
    held_out = HeldOut(load_cookbook(), TermVectors.shipped(), judge=Judge.shipped())
    examples = held_out.examples()
    answers = asyncio.run(held_out.answers(options.model, examples[: options.count]))
    measured = Measured(examples, answers, _order_results(options))
    if options.verbose:
        print(*misses(measured.answers), sep="\n")
        print(*(_failure(result) for result in measured.orders if result.status != "PASS"), sep="\n")
    if measured.orders:
        print("", measured.orders_text(), sep="\n")
    print("", measured.held_out_text(), "", conditions(options.model), sep="\n")
    return measured


def conditions(model: Path) -> str:
    """Return what was measured on what, as a sentence."""
    data = model.read_bytes()
    digest = hashlib.sha256(data).hexdigest()[:12]
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[2]
    return (
        f"`{model.name}`, {len(data) / 1e6:.1f} MB, sha256 {digest}…; {cores} cores, "
        f"on average {load:.1f} processes at work in the last 15 minutes."
    )


def write(measured: Measured, options: argparse.Namespace) -> None:
    """Write the figures of the shipped model into its document, and the point of any model into the plot.

    Raises:
        ValueError: The document or the file of runs is not as it should be.
    """
    is_shipped = options.model.resolve() == MODEL.resolve()
    if is_shipped:
        foot = conditions(options.model)
        replace_section(DOCUMENT, "held-out", f"{measured.held_out_text()}\n\n{foot}")
        if measured.orders:
            replace_section(DOCUMENT, "orders", f"{measured.orders_text()}\n\n{foot}")
    record(RUNS, measured.as_run(options.record or (SHIPPED_NAME if is_shipped else options.model.stem), options.model))
    PLOT.write_text(draw(read_runs(RUNS)), encoding="utf-8")


def _order_results(options: argparse.Namespace) -> list[OrderResult]:
    found = OrderSet(options.orders, options.shims, options.runner)
    is_root = os.geteuid() == 0
    if missing := found.missing():
        print(f"orders: not run, {missing[0]} is not there; give --orders, --shims and --runner", file=sys.stderr)
        return []
    if not is_root and not options.unisolated:
        print(
            "orders: not run, only root can keep this system from what a model plans; or --unisolated",
            file=sys.stderr,
        )
        return []
    model = None if options.model.resolve() == MODEL.resolve() else options.model
    return found.run(model, only=options.only, is_isolated=is_root and not options.unisolated)


def _failure(result: OrderResult) -> str:
    ran = "".join(f"\n  ran  {command.command}" for command in result.commands)
    return f"{result.id}: {result.order}{ran}\n  said {' '.join(result.answer.split())}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.measure", description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL, help="the GGUF to measure; the shipped one by default")
    parser.add_argument("--orders", type=Path, default=BESIDE / "dev", help="folder of orders")
    parser.add_argument("--shims", type=Path, default=BESIDE / "shims", help="folder of simulated commands")
    parser.add_argument("--runner", type=Path, default=BESIDE / "run_orders.py", help="program that gives the orders")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="run these orders alone; writes nothing")
    parser.add_argument("--unisolated", action="store_true", help="let planned commands reach this very system")
    parser.add_argument("--count", type=int, default=400, help="how many held-out phrasings to plan")
    parser.add_argument("--record", metavar="NAME", help="name of the model in the plot")
    parser.add_argument("--print", action="store_true", help="write nothing")
    parser.add_argument("--verbose", action="store_true", help="print each wrong plan")
    return parser


def main() -> None:
    """Read the command line, measure and write."""
    options = _parser().parse_args()
    try:
        measured = measure(options)
        if not options.print and not options.only:
            write(measured, options)
    except (RuntimeError, ValueError) as error:
        raise SystemExit(f"training.measure: {error}") from error


if __name__ == "__main__":
    main()
