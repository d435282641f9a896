"""Recognising a cookbook entry in the commands a model wrote, to give them its titles, rollback and check."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.core.cookbook import SLOT, Entry, Language, RecipeStep, Retrieved
from fazai_tui.core.filling import Place, place_after, shell_word, written
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Risk, Step, chained

_TITLE_CHARS = 60

_ESCAPED = re.compile(r"\\([\\\"$`])")

_VALUES: Mapping[Place, str] = {
    "word": r"""(?:'[^'\0]*'|"(?:[^"\\\0]|\\.)*"|\\.|[^\s'"\\\0])+?""",
    "single": r"(?:[^'\0]|'\\'')+?",
    "double": r'(?:[^"\\\0]|\\.)+?',
    "heredoc": r"[^\n\0]+?",
}
"""What a slot may hold, by where it stands: a shell word or a part of one, the inside of quotes, a heredoc's line."""


@dataclass(frozen=True, slots=True)
class _Match:
    """An entry whose templates the commands fill in.

    Attributes:
        steps: The entry's steps on this host.
        values: By slot, or by slot and part, what a command says outside quotes.
    """

    entry: Entry
    steps: tuple[RecipeStep, ...]
    values: Mapping[str, str]


def steps_from_commands(
    commands: Sequence[str], retrieved: Sequence[Retrieved], host: HostFacts, language: Language
) -> tuple[Step, ...]:
    """Return steps for a model's commands, in order.

    When the commands are those of a retrieved entry, filled in, the entry's title, explanation, rollback and check go
    with them; a command of nobody's stands for itself.
    """
    matches = [m for item in retrieved if (m := _match(item.entry, commands, host)) is not None]
    origin = (matches[0].entry.source or matches[0].entry.id) if matches else ""
    # What is remembered knows the commands; the cookbook, if it has them, also knows what undoes them.
    match = next((m for m in matches if not m.entry.is_remembered), next(iter(matches), None))
    steps = [
        Step(
            id=f"s{number}",
            title=_title(command, number - 1, match, language),
            command=command,
            explain=_filled(match.entry.explain.text(language), match) if match and match.entry.explain else "",
            risk=match.entry.risk if match else Risk.LOW,
            provenance=origin,
            is_imported=bool(match and match.entry.source),
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


def imported_source(command: str, retrieved: Sequence[Retrieved], host: HostFacts) -> str:
    """Return where a retrieved entry of imported knowledge that holds a command was read; empty when none does."""
    for entry in (item.entry for item in retrieved if item.entry.source):
        templates = entry.commands(host)
        if any(re.fullmatch(_pattern(entry, template), command) for template in templates):
            return entry.source
    return ""


_NUMBER = r"[^\s'\"]{1,20}"
"""What a number may be written as: blanks within would let several in a row share a long text in too many ways."""

_NUMERIC = frozenset(
    ("number", "count", "column", "line", "days", "hours", "minutes", "seconds", "percent", "port", "pid", "monthday")
) | {"time", "weekday", "mode"}


def _match(entry: Entry, commands: Sequence[str], host: HostFacts) -> _Match | None:
    templates = entry.commands(host)
    if len(templates) != len(commands) or not templates:
        return None
    # In one pattern, because a slot has the same value in all commands, and that decides where it ends.
    found = re.fullmatch(_pattern(entry, "\0".join(templates)), "\0".join(commands))
    if found is None:
        return None
    said: dict[str, str] = {}
    for group, text in found.groupdict().items():
        key, _, place = group.rpartition("__")
        word = text if place == "word" else shell_word(_read(text, place))
        if _plain(said.setdefault(key, word)) != _plain(word):
            return None
    defaults = {name: slot.default for name, slot in entry.slots.items() if slot.default is not None}
    return _Match(entry, entry.steps_on(host), defaults | said)


def _pattern(entry: Entry, template: str) -> str:
    """Return a regular expression that a filled-in template matches, with a group for each slot and kind of place."""
    pieces: list[str] = []
    seen: set[str] = set()
    end = 0
    for slot in (match for match in SLOT.finditer(template) if match[1] in entry.slots):
        place = place_after(template[template.rfind("\0", 0, slot.start()) + 1 : slot.start()])
        group = f"{_key(slot)}__{place}"
        pieces.append(re.escape(template[end : slot.start()]))
        value = _NUMBER if entry.slots[slot[1]].type in _NUMERIC else _VALUES[place]
        pieces.append(f"(?P={group})" if group in seen else f"(?P<{group}>{value})")
        seen.add(group)
        end = slot.end()
    return "".join((*pieces, re.escape(template[end:])))


def _key(slot: re.Match[str]) -> str:
    return f"{slot[1]}_{slot[2]}" if slot[2] else slot[1]


def _read(text: str, place: str) -> str:
    """Return what the shell reads inside quotes."""
    if place == "double":
        return _ESCAPED.sub(r"\1", text)
    return text.replace("'\\''", "'") if place == "single" else text


def _plain(word: str) -> str:
    """Return what a shell word says, its quotes removed."""
    try:
        return " ".join(shlex.split(word))
    except ValueError:
        return word


def _title(command: str, position: int, match: _Match | None, language: Language) -> str:
    if match is not None:
        # One title for several steps would say of none of them what it does.
        shared = match.entry.title.text(language) if len(match.steps) == 1 else ""
        own = match.steps[position].title(language)
        if title := _filled(own, match) or _filled(shared, match):
            return title
    first = command.strip().splitlines()[0] if command.strip() else command
    return first if len(first) <= _TITLE_CHARS else first[: _TITLE_CHARS - 1] + "…"


def _filled(text: str, match: _Match, *, shell: bool = False) -> str:
    """Return a text with the values of its slots; empty when one has none, for then it would mislead."""
    slots = [slot for slot in SLOT.finditer(text) if slot[1] in match.entry.slots]
    pieces: list[str] = []
    end = 0
    for slot in slots:
        word = _value(slot, match)
        if word is None:
            return ""
        place = place_after(text[: slot.start()])
        value = word if shell and place == "word" else written(_plain(word), place) if shell else _plain(word)
        pieces += (text[end : slot.start()], value)
        end = slot.end()
    return "".join((*pieces, text[end:]))


def _value(slot: re.Match[str], match: _Match) -> str | None:
    """Return what a slot holds; a time's hour and minute, which templates write apart, make up the whole."""
    hour, minute = (match.values.get(f"{slot[1]}_{part}") for part in "hm")
    if slot[2] or hour is None:
        return match.values.get(_key(slot))
    return hour if minute is None else f"{hour:0>2}:{minute:0>2}"
