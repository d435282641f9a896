"""The state of systemd's units before and after a step, and the commands that lead back."""

import shlex
from collections.abc import Iterator, Sequence

from fazai_tui.undo.asking import Asker

_VERBS = frozenset("enable disable start stop mask unmask reenable".split())
_PASSING = frozenset("restart reload try-restart reload-or-restart daemon-reload reset-failed".split())
"""What leaves the unit in the state it was in: there is nothing to put back."""
_ACTIVE = frozenset(("active", "activating", "reloading"))


def changed_units(argv: Sequence[str]) -> list[str]:
    """Return the units whose state a command changes, those of a user marked with `--user `."""
    name, words = argv[0].rpartition("/")[2], [word for word in argv[1:] if not word.startswith("-")]
    if name == "service" and len(words) >= 2 and words[1] in ("start", "stop"):
        return [words[0]]
    if name != "systemctl" or not words or words[0] not in _VERBS:
        return []
    scope = "--user " if "--user" in argv else ""
    return [f"{scope}{unit}" for unit in words[1:]]


def passes(argv: Sequence[str]) -> bool:
    """Tell whether a command only makes a unit begin anew."""
    words = [word for word in argv[1:] if not word.startswith("-")]
    name = argv[0].rpartition("/")[2]
    return (name == "systemctl" and words[:1] != [] and words[0] in _PASSING) or (
        name == "service" and words[1:2] in (["restart"], ["reload"])
    )


def states(units: Sequence[str], asker: Asker) -> dict[str, str]:
    """Return `active enabled` and the like for each unit that systemd knows."""
    found: dict[str, str] = {}
    for unit in units:
        scope, _, name = unit.rpartition(" ")
        options = ("--user",) if scope else ()
        told = asker.answer(("systemctl", *options, "show", "-p", "ActiveState", "-p", "UnitFileState", "--", name))
        facts: dict[str, str] = {}
        for line in (told or "").splitlines():
            key, _, value = line.partition("=")
            facts[key] = value
        if "ActiveState" in facts:
            found[unit] = f"{facts['ActiveState']} {facts.get('UnitFileState', '')}".rstrip()
    return found


def way_back(before: dict[str, str], after: dict[str, str], elevate: str) -> Iterator[str]:
    """Return the commands that bring the units back to what they were."""
    for unit, state in before.items():
        scope, _, name = unit.rpartition(" ")
        control = f"systemctl {scope} " if scope else f"{elevate}systemctl "
        old_active, _, old_file = state.partition(" ")
        new_active, _, new_file = after.get(unit, state).partition(" ")
        quoted = shlex.quote(name)
        if old_file != new_file:
            if new_file.startswith("masked"):
                yield f"{control}unmask -- {quoted}"
            if old_file.startswith("masked"):
                yield f"{control}mask -- {quoted}"
            elif old_file.startswith("enabled"):
                yield f"{control}enable -- {quoted}"
            elif old_file == "disabled":
                yield f"{control}disable -- {quoted}"
        if (old_active in _ACTIVE) != (new_active in _ACTIVE):
            yield f"{control}{'start' if old_active in _ACTIVE else 'stop'} -- {quoted}"
