"""What is remembered, as the examples that a prompt shows."""

import re
from collections.abc import Sequence

from fazai_tui.core.cookbook import REMEMBERED, SURE, Entry, Language, Localized, RecipeStep, Retrieved
from fazai_tui.core.memory import MemoryEntry, Recalled
from fazai_tui.memory.terms import values_in

LIKE = 0.6
"""A plan of an order less alike than this is not shown: what has to be done is another thing."""

_AHEAD = 0.25
"""What the plan of the very same order, or a sure answer, leads by: it is shown alone."""

_BESIDE = 0.02
"""What the plan of a like order leads by: what else fits is shown beside it, and the model chooses."""

_ANSWERS = 0.5
"""A statement less like a question than this is no answer to it."""

_ANSWERS_SURELY = 0.65
"""The same where the cookbook knows what to do, too."""

_TITLE = 60
_QUESTION = re.compile(r"\?\s*$|^\s*(?:qual|quais|quem|onde|quando|what|which|who|where|when)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_][\w.+-]*")


def with_remembered(
    retrieved: Sequence[Retrieved], remembered: Sequence[Recalled], order: str
) -> tuple[Retrieved, ...]:
    """Return the examples of a prompt, best first: what is remembered and fits the order, then what was retrieved."""
    best = retrieved[0].score if retrieved else 0.0
    examples: list[Retrieved] = []
    for item in remembered:
        if _is_usable(item, order, best):
            is_sure = item.match == "same" or (item.entry.kind == "fact" and item.score >= _ANSWERS_SURELY)
            lead = _AHEAD if is_sure else _BESIDE
            examples.append(_example(item.entry, round(max(best, SURE) + lead, 2)))
    return (*sorted(examples, key=lambda example: -example.score), *retrieved)


def entry_ids(origins: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the entries that steps say they are from, each once."""
    ids = (origin.removeprefix(REMEMBERED) for origin in origins if origin.startswith(REMEMBERED))
    return tuple(dict.fromkeys(ids))


def is_about_the_same(order: str, remembered: MemoryEntry) -> bool:
    """Tell whether a remembered plan can be for an order: it names all that the plan's commands took from its own."""
    if values_in(order) != values_in(remembered.text):
        return False
    commands = {word.lower() for command in remembered.commands for word in _WORD.findall(command)}
    words = {word.lower() for word in _WORD.findall(order)}
    named = {word.lower() for word in _WORD.findall(remembered.text)} & commands
    return named <= words


def _is_usable(item: Recalled, order: str, best: float) -> bool:
    entry = item.entry
    match entry.kind:
        case "plan" | "cure":
            if not entry.commands or (entry.failures and not entry.pinned):
                return False
            return item.match == "same" or (item.score >= LIKE and is_about_the_same(order, entry))
        case "fact":
            if best >= SURE and not _QUESTION.search(order):
                return False
            return item.score >= (_ANSWERS if best < SURE else _ANSWERS_SURELY)
        case "preference":
            return False


def _example(entry: MemoryEntry, score: float) -> Retrieved:
    """Return an entry as an example: its text as the phrasing, its commands or itself as the output."""
    language: Language = entry.language
    phrasing = " ".join(entry.text.split())
    shared = {"id": f"{REMEMBERED}{entry.id}", "pt": (phrasing,), "en": (phrasing,)}
    if entry.commands:
        title = phrasing[:_TITLE]
        steps = tuple(
            RecipeStep(run=command, pt=_title(command, entry), en=_title(command, entry)) for command in entry.commands
        )
        example = Entry.model_validate({**shared, "title": Localized(pt=title, en=title), "steps": steps})
    else:
        said = Localized(pt=entry.text, en=entry.text)
        example = Entry.model_validate({**shared, "kind": "answer", "title": said, "answer": said})
    return Retrieved(entry=example, phrasing=phrasing, language=language, score=score)


def _title(command: str, entry: MemoryEntry) -> str:
    text = entry.text if len(entry.commands) == 1 else command
    return " ".join(text.split())[:_TITLE]
