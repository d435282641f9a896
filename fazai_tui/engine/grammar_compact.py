"""The grammar of one prompt of the shipped model: its examples, filled in with what the order holds.

The model chooses the example and the values; the grammar keeps it from slips in copying either. A command that is not
one of the examples, or a value that the order does not hold, cannot be written.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from fazai_tui.core.cookbook import Retrieved
from fazai_tui.core.filling import fill
from fazai_tui.core.host import HostFacts
from fazai_tui.engine import prompts_compact as compact
from fazai_tui.engine.candidates import Candidate, candidates, known_words

_MOST_FILLINGS = 400
"""Fillings of one example that are spelled out; where there are more, the last candidates are left out."""

_TAIL = r"""
ask ::= "{\"ask\":\"" char{1,160} "\"}"
char ::= [^"\\\x7F\x00-\x1F]
"""


def grammar_of(shown: Sequence[Retrieved], host: HostFacts, source: str) -> str:
    """Return a GBNF grammar of the outputs that the shown examples allow.

    Args:
        shown: The examples in the prompt.
        host: Chooses the commands of an example.
        source: The text whose values may fill slots: the order, after a failure also the command and its error.
    """
    outputs = [output for item in shown for output in _outputs(item, host, source)]
    choices = " | ".join(_literal(output) for output in dict.fromkeys(outputs))
    return f"root ::= {choices} | ask\n{_TAIL}" if choices else f"root ::= ask\n{_TAIL}"


def _outputs(item: Retrieved, host: HostFacts, source: str) -> Iterator[str]:
    entry = item.entry
    if entry.answer is not None:
        yield compact.answer_output(entry.answer.text(item.language))
        return
    templates = entry.commands(host)
    names = sorted({name for template in templates for name in entry.slots_in(template)})
    known = known_words((*entry.pt, *entry.en))
    values = {name: candidates(entry.slots[name], source, known) for name in names}
    for chosen in _fillings(values, {name for name in names if entry.slots[name].default is not None}):
        yield compact.plan_output([fill(template, _lookup(chosen)) for template in templates])


def _fillings(values: Mapping[str, Sequence[Candidate]], optional: set[str]) -> Iterator[Mapping[str, Candidate]]:
    """Yield the ways to fill slots; two slots take different values, unless one is filled by its default."""
    trimmed = dict(values)
    while prod(len(found) for found in trimmed.values()) > _MOST_FILLINGS:
        longest = max(trimmed, key=lambda name: len(trimmed[name]))
        # Later candidates are longer phrases; a default stands last and stays.
        kept = trimmed[longest]
        half = len(kept) // 2
        trimmed[longest] = (*kept[:half], kept[-1]) if longest in optional else kept[:half]
    for combination in product(*trimmed.values()):
        texts = [candidate.text for candidate in combination]
        if len(set(texts)) == len(texts) or optional:
            yield dict(zip(trimmed, combination, strict=True))


def _lookup(chosen: Mapping[str, Candidate]) -> Callable[[str, str | None], str | None]:
    def value(name: str, part: str | None) -> str | None:
        return chosen[name].part(part) if name in chosen else None

    return value


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
