"""Recognising a cookbook entry in the commands a model wrote, to give them its titles, rollback and check."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.core.cookbook import SLOT, Entry, Language, Retrieved
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Risk, Step, chained

_TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class _Match:
    """An entry whose templates the commands fill in."""

    entry: Entry
    values: Mapping[str, str]


def steps_from_commands(
    commands: Sequence[str], retrieved: Sequence[Retrieved], host: HostFacts, language: Language
) -> tuple[Step, ...]:
    """Return steps for a model's commands, in order.

    When the commands are those of a retrieved entry, filled in, the entry's title, explanation, rollback and check go
    with them; a command of nobody's stands for itself.
    """
    match = next((m for item in retrieved if (m := _match(item.entry, commands, host)) is not None), None)
    steps = [
        Step(
            id=f"s{number}",
            title=_title(command, number - 1, match, language),
            command=command,
            explain=_filled(match.entry.explain.text(language), match) if match and match.entry.explain else "",
            risk=match.entry.risk if match else Risk.LOW,
            provenance=match.entry.id if match else "",
        )
        for number, command in enumerate(commands, 1)
    ]
    if match is not None:
        steps[-1] = steps[-1].model_copy(
            update={
                "rollback": _filled(match.entry.rollback, match, shell=True),
                "check": _filled(match.entry.check, match, shell=True),
            }
        )
    return chained(steps)


def _match(entry: Entry, commands: Sequence[str], host: HostFacts) -> _Match | None:
    templates = entry.commands(host)
    if len(templates) != len(commands) or not templates:
        return None
    values: dict[str, str] = {name: slot.default for name, slot in entry.slots.items() if slot.default is not None}
    for template, command in zip(templates, commands, strict=True):
        found = re.fullmatch(_pattern(entry, template), command, re.DOTALL)
        if found is None:
            return None
        values |= found.groupdict()
    return _Match(entry, values)


def _pattern(entry: Entry, template: str) -> str:
    """Return a regular expression that a filled-in template matches; a slot has the same value everywhere."""
    pieces: list[str] = []
    seen: set[str] = set()
    end = 0
    for match in SLOT.finditer(template):
        name, part = match[1], match[2]
        if name not in entry.slots:
            continue
        pieces.append(re.escape(template[end : match.start()]))
        end = match.end()
        group = f"{name}_{part}" if part else name
        pieces.append(f"(?P={group})" if group in seen else f"(?P<{group}>.+?)")
        seen.add(group)
    return "".join((*pieces, re.escape(template[end:])))


def _title(command: str, position: int, match: _Match | None, language: Language) -> str:
    if match is not None:
        own = match.entry.steps[position].title(language) if position < len(match.entry.steps) else ""
        return _filled(own or match.entry.title.text(language), match)
    first = command.strip().splitlines()[0] if command.strip() else command
    return first if len(first) <= _TITLE_CHARS else first[: _TITLE_CHARS - 1] + "…"


def _filled(text: str, match: _Match, *, shell: bool = False) -> str:
    def value(slot: re.Match[str]) -> str:
        name = f"{slot[1]}_{slot[2]}" if slot[2] else slot[1]
        found = match.values.get(name)
        if found is None:
            return slot[0]
        return found if shell else found.strip("'\"")

    return SLOT.sub(value, text)
