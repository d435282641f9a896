"""The policy is quick enough to grade while a person types."""

import time
import tomllib
from pathlib import Path

from fazai_tui.core.policy import Decision
from fazai_tui.policy.bash import BashPolicy


def test_an_assessment_takes_about_a_millisecond(policy: BashPolicy) -> None:
    groups = tomllib.loads((Path(__file__).parent / "corpus.toml").read_text(encoding="utf-8"))["group"]
    commands = [command for group in groups for command in group["commands"]]
    durations: list[float] = []
    for command in commands:
        start = time.perf_counter()
        policy.assess(command)
        durations.append(time.perf_counter() - start)
    assert sorted(durations)[len(durations) // 2] < 0.001


def test_a_long_command_does_not_blow_up(policy: BashPolicy) -> None:
    start = time.perf_counter()
    policy.assess("echo " + "{a,b}" * 30)
    policy.assess("f(){ f; f; }; f x; " * 20)
    policy.assess("echo $(" * 40 + "ls" + ")" * 40)
    policy.assess("sh -c '" * 12 + "rm -rf /")
    policy.assess("; ".join(f"x{n}=$x{n - 1}$x{n - 1}" for n in range(1, 40)))
    policy.assess("ls; " * 2000)
    assert policy.assess("echo $(" * 3000 + "ls" + ")" * 3000).decision is not Decision.ALLOW
    assert time.perf_counter() - start < 30
