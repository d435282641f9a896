"""Whoever dies, and by whatever means: nothing is left."""

import os
import signal
from pathlib import Path

import pytest

from fazai_tui.core.errors import BadInputError, ConfigurationError
from fazai_tui.environments.records import Facts, Owner
from fazai_tui.environments.wanted import Wanted
from tests.environments.conftest import Place, running, waited


def busy(place: Place, facts: Facts) -> str:
    """Start what would like to survive; return its mark."""
    mark = f"8{os.getpid()}.{facts.first}"
    place.run(facts, "bash", "-c", f"(trap '' TERM HUP INT; setsid sleep {mark}) >/dev/null 2>&1 &")
    assert waited(lambda: running(mark))
    return mark


def watchers(facts: Facts) -> list[int]:
    """Return every process that belongs to an environment from outside."""
    children = Path(f"/proc/{facts.keeper}/task/{facts.keeper}/children").read_text().split()
    return [facts.keeper, *map(int, children)]


def test_the_owner_is_killed(place: Place) -> None:
    facts = place.make()
    mark = busy(place, facts)
    entered = place.start(facts, "bash", "-c", "echo; exec sleep 1000")
    assert entered.stdout is not None and entered.stdout.readline() == b"\n"

    place.end_owner()

    assert waited(lambda: not running(mark) and not place.remains(facts))
    assert entered.wait(10) in (137, -9)
    entered.communicate()
    assert str(place.directory) not in Path("/proc/self/mountinfo").read_text()


def test_the_keeper_is_killed(place: Place) -> None:
    facts = place.make()
    mark = busy(place, facts)

    os.kill(facts.keeper, signal.SIGKILL)

    assert waited(lambda: not running(mark) and not place.remains(facts))


def test_the_second_watcher_is_killed(place: Place) -> None:
    facts = place.make()
    mark = busy(place, facts)

    os.kill(watchers(facts)[-1], signal.SIGKILL)

    assert waited(lambda: not running(mark) and not place.remains(facts))


def test_the_first_process_is_killed_from_outside(place: Place) -> None:
    facts = place.make()
    mark = busy(place, facts)

    os.kill(facts.first, signal.SIGKILL)

    assert waited(lambda: not running(mark) and not place.remains(facts))


def test_all_watchers_are_killed_at_once(place: Place) -> None:
    facts = place.make()
    mark = busy(place, facts)
    found = watchers(facts)
    # Stopped, none can act on the end of another before it ends itself.
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in found:
            os.kill(pid, number)

    assert waited(lambda: not running(mark))
    assert place.environments.all() == []
    assert waited(lambda: not place.remains(facts))


def test_an_owner_that_has_ended_gets_nothing(place: Place) -> None:
    owner = Owner.of(place.owner.pid)
    place.end_owner()

    with pytest.raises(ConfigurationError):
        place.environments.make(Wanted(owner))

    assert [path.name for path in place.directory.iterdir()] == [".lock"]


def test_a_number_that_another_process_has_by_now_is_no_owner(place: Place) -> None:
    owner = Owner.of(place.owner.pid)
    with pytest.raises(ConfigurationError):
        place.environments.make(Wanted(Owner(owner.pid, owner.start - 1)))


def test_a_name_is_free_again_when_its_environment_has_gone(place: Place) -> None:
    facts = place.make(name="same")
    with pytest.raises(BadInputError, match="there is an environment same already"):
        place.environments.make(Wanted(facts.owner, "same"))
    place.environments.remove(facts)
    again = place.make(name="same")

    assert again.keeper != facts.keeper
    assert [found.name for found in place.environments.all()] == ["same"]


def test_names_are_given_and_several_live_side_by_side(place: Place) -> None:
    first, second = place.make(), place.make()
    assert (first.name, second.name) == ("env1", "env2")
    with pytest.raises(BadInputError, match="there are several: env1, env2"):
        place.environments.only(None)
    place.environments.remove(first)
    assert place.environments.only(None).name == "env2"
    with pytest.raises(BadInputError, match="there is no environment env1; there is: env2"):
        place.environments.find("env1")
