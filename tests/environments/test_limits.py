"""Limits hold, or it is said that they do not."""

from pathlib import Path

import pytest

from fazai_tui.environments.records import Facts
from tests.environments.conftest import Place

MEBIBYTE = 1024**2
EAT = "b = bytearray({size}); print(len(b))"


def held(facts: Facts, limit: str) -> str:
    """Return how a limit is held."""
    return (facts.held or {})[limit]


def test_memory_ends_at_its_limit(place: Place) -> None:
    facts = place.make(memory=128 * MEBIBYTE)

    few = place.run(facts, "python3", "-c", EAT.format(size=20 * MEBIBYTE))
    many = place.run(facts, "python3", "-c", EAT.format(size=400 * MEBIBYTE))

    assert few.stdout == f"{20 * MEBIBYTE}\n"
    assert many.returncode != 0 and many.stdout == ""
    assert place.run(facts, "true").returncode == 0


def test_memory_is_that_of_all_programs_where_a_group_holds_it(place: Place) -> None:
    facts = place.make(memory=160 * MEBIBYTE)
    if held(facts, "memory") != "group":
        pytest.skip("this machine lets this user make no control group of memory")
    eat = f"b = bytearray(b'x') * {60 * MEBIBYTE}; import time; time.sleep(2)"
    start = f'for n in 1 2 3 4; do python3 -c "{eat}" & done'
    collect = "bad=0; for p in $(jobs -p); do wait $p || bad=1; done; exit $bad"

    assert place.run(facts, "bash", "-c", f"{start}; {collect}").returncode == 1


def test_files_count_as_memory(place: Place) -> None:
    facts = place.make(memory=64 * MEBIBYTE)
    done = place.run(facts, "bash", "-c", f"head -c {200 * MEBIBYTE} /dev/zero > ~/filled; stat -c %s ~/filled")
    assert int(done.stdout or "0") < 66 * MEBIBYTE


def test_processors_are_held_or_it_is_said(place: Place) -> None:
    facts = place.make(cpus=1)
    if held(facts, "cpus") == "group":
        (quota,) = {group for group in facts.group if "cpu" in group} or {facts.group[0]}
        names = ("cpu.max", "cpu.cfs_quota_us")
        settings = [path.read_text() for path in Path(quota).iterdir() if path.name in names]
        assert settings[0].split()[0] == "100000"
    else:
        assert held(facts, "cpus") == "pinned"
        assert place.run(facts, "nproc").stdout == "1\n"
        widened = place.run(facts, "python3", "-c", "import os; os.sched_setaffinity(0, range(os.cpu_count()))")
        assert widened.returncode == 1


def test_a_fork_bomb_ends_at_the_number_of_processes(place: Place) -> None:
    facts = place.make(processes=30)
    if held(facts, "processes") != "group":
        pytest.skip("this machine lets this user make no control group of processes")
    done = place.run(facts, "bash", "-c", "for n in $(seq 60); do sleep 2 & done 2>/dev/null; jobs -p | wc -l")
    assert done.returncode != 0 or int(done.stdout) < 30
    assert place.environments.find(facts.name) == facts
