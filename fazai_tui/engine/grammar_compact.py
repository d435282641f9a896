"""The grammar of one prompt of the shipped model: its examples, filled in with what the order holds.

The model chooses the example and the values; the grammar keeps it from slips in copying either. A command that is not
one of the examples, or a value that the order does not hold, cannot be written; a question back always can.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from fazai_tui.core.cookbook import Entry, Language, Retrieved
from fazai_tui.core.filling import fill
from fazai_tui.core.host import HostFacts
from fazai_tui.engine import prompts_compact as compact
from fazai_tui.engine.alignment import Alignment, words_of
from fazai_tui.engine.candidates import Candidate, candidates, known_words
from fazai_tui.engine.questions import Questions

_FIT_MARGIN = 3.0
"""How much worse than the best one a filling may fit and still be offered; measured on held-out orders."""

_MOST_FILLINGS = 400
"""Fillings of one example that are spelled out; where there are more, the last candidates are left out."""


def grammar_of(outputs: Sequence[str]) -> str:
    """Return a GBNF grammar of exactly these outputs."""
    return "root ::= " + " | ".join(_literal(output) for output in outputs)


def outputs_of(shown: Sequence[Retrieved], host: HostFacts, source: str, language: Language) -> tuple[str, ...]:
    """Return what the model may write: the shown examples filled in, and the questions they may leave open.

    Args:
        shown: The examples in the prompt.
        host: Chooses the commands of an example.
        source: The text whose values may fill slots: the order, after a failure also the command and its error.
        language: The language of answers and questions.
    """
    questions = Questions()
    plans = [output for item in shown for output in _outputs(item, host, source, language)]
    types = [slot.type for item in shown for slot in item.entry.slots.values() if slot.default is None]
    asked = [questions.about(kind, language) for kind in types]
    asks = [compact.ask_output(text) for text in (*asked, questions.unknown(language))]
    return tuple(dict.fromkeys((*plans, *asks)))


def _outputs(item: Retrieved, host: HostFacts, source: str, language: Language) -> Iterator[str]:
    entry = item.entry
    if entry.answer is not None:
        yield compact.answer_output(entry.answer.text(language))
        return
    templates = entry.commands(host)
    names = sorted({name for template in templates for name in entry.slots_in(template)})
    known = known_words((*entry.pt, *entry.en))
    values = {name: candidates(entry.slots[name], source, known) for name in names}
    defaults = {name: entry.slots[name].default for name in names if entry.slots[name].default is not None}
    for chosen in _best(entry, _fillings(values, defaults), source):
        yield compact.plan_output([fill(template, _lookup(chosen)) for template in templates])


def _best(entry: Entry, fillings: Iterable[Mapping[str, Candidate]], source: str) -> Iterator[Mapping[str, Candidate]]:
    """Yield the fillings whose values stand where the entry's phrasings would have them."""
    alignment, order = Alignment(entry), words_of(source)
    fits: dict[tuple[str, str], float] = {}

    def fit(name: str, candidate: Candidate) -> float:
        key = (name, candidate.text)
        if key not in fits:
            fits[key] = alignment.fit(name, candidate.text, order)
        return fits[key]

    scored = [(sum(fit(name, value) for name, value in chosen.items()), chosen) for chosen in fillings]
    best = max((score for score, _ in scored), default=0.0)
    yield from (chosen for score, chosen in scored if score >= best - _FIT_MARGIN)


def _fillings(
    values: Mapping[str, Sequence[Candidate]], defaults: Mapping[str, str | None]
) -> Iterator[Mapping[str, Candidate]]:
    """Yield the ways to fill slots; no two slots take one value from the order."""
    trimmed = dict(values)
    while prod(len(found) for found in trimmed.values()) > _MOST_FILLINGS:
        longest = max(trimmed, key=lambda name: len(trimmed[name]))
        # Later candidates are longer phrases; a default stands last and stays.
        kept = trimmed[longest]
        half = len(kept) // 2
        trimmed[longest] = (*kept[:half], kept[-1]) if longest in defaults else kept[:half]
    for combination in product(*trimmed.values()):
        chosen = dict(zip(trimmed, combination, strict=True))
        taken = [candidate.text for name, candidate in chosen.items() if candidate.text != defaults.get(name)]
        if len(set(taken)) == len(taken):
            yield chosen


def _lookup(chosen: Mapping[str, Candidate]) -> Callable[[str, str | None], str | None]:
    def value(name: str, part: str | None) -> str | None:
        return chosen[name].part(part) if name in chosen else None

    return value


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
