"""What grading a command costs. Prints its figures."""

import statistics
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from fazai_tui.policy.bash import BashPolicy

TABLES = Path(__file__).parents[1] / "policy"


def test_grading(report: Callable[[str], None]) -> None:
    policy = BashPolicy(home="/home/ana", user="ana")
    policy.assess("ls")
    for name in ("hard", "corpus"):
        groups = tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))["group"]
        times: list[float] = []
        for command in (command for group in groups for command in group["commands"]):
            started = time.perf_counter()
            policy.assess(command, "/home/ana")
            times.append((time.perf_counter() - started) * 1e6)
        times.sort()
        middle, high = times[len(times) // 2], times[len(times) * 95 // 100]
        report(f"policy, {len(times)} commands of {name}: mean {statistics.fmean(times):.0f} µs, p50 {middle:.0f} µs")
        report(f"policy, {len(times)} commands of {name}: p95 {high:.0f} µs, most {times[-1]:.0f} µs")


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure past pytest's capture."""

    def show(line: str) -> None:
        with capsys.disabled():
            print(f"\n  {line}", end="")

    return show
