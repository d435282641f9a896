"""What grading a command costs, beside its parser by itself and bash's own look at its syntax."""

import statistics
import subprocess
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import tree_sitter_bash
from tree_sitter import Language, Parser

from fazai_tui.policy.bash import BashPolicy
from tests.bench.conftest import Figures

ROUNDS = 3
"""A busy machine may spoil a measurement; it cannot make grading look faster than it is every time."""
TABLES = Path(__file__).parents[1] / "policy"


def microseconds(act: Callable[[str], object], commands: Sequence[str]) -> list[float]:
    """Return how long something takes for each command, the quickest first."""
    times: list[float] = []
    for command in commands:
        started = time.perf_counter()
        act(command)
        times.append((time.perf_counter() - started) * 1e6)
    return sorted(times)


def test_grading(report: Callable[[str], None], figures: Figures) -> None:
    policy = BashPolicy(home="/home/ana", user="ana")
    policy.assess("ls")
    parser = Parser(Language(tree_sitter_bash.language()))
    for name in ("hard", "corpus"):
        groups = tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))["group"]
        commands = [command for group in groups for command in group["commands"]]
        rounds = [microseconds(lambda command: policy.assess(command, "/home/ana"), commands) for _ in range(ROUNDS)]
        times = min(rounds, key=statistics.fmean)
        parsing = microseconds(lambda command: parser.parse(command.encode()), commands)
        bash = microseconds(
            lambda command: subprocess.run(["bash", "-nc", command], capture_output=True), commands[:50]
        )
        mean, high = statistics.fmean(times), times[len(times) * 95 // 100]
        report(f"policy, {len(times)} commands of {name}: p95 {high:.0f} µs, most {times[-1]:.0f} µs")
        figures.add(
            f"policy: grading a command, mean of {len(times)} ({name})",
            f"{mean:.0f} µs",
            peer=f"its parse alone {statistics.fmean(parsing):.0f} µs; `bash -n` {statistics.fmean(bash):.0f} µs",
            goal="≤ 1000 µs",
            is_met=mean <= 1000,
        )
