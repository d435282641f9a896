"""Imported knowledge as documents: tasks with commands that somebody else wrote, made harmless to read and to show."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fazai_tui.core.cookbook import Entry, Language, Localized, RecipeStep, Slot
from fazai_tui.memory.placeholders import slots_of_all

Kind = Literal["man", "tldr", "runbook"]
"""Where knowledge may come from."""

KINDS: tuple[Kind, ...] = ("man", "tldr", "runbook")

MOST_STEPS = 12
"""Commands of one document; a longer block is one script."""

_MOST_COMMAND_CHARS = 4000
_PURPOSE_CHARS = 160
_EXPLAIN_CHARS = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_MARK = re.compile(r"<+\|?/?((?:start|end)_of_turn|turn|data)\|?>+")
_STARTS_WITH_SLOT = re.compile(r"\s*(sudo\s+)?<[a-z]")


@dataclass(frozen=True, slots=True)
class Document:
    """A task of imported knowledge, and the language it is described in."""

    entry: Entry
    language: Language

    @property
    def phrasings(self) -> tuple[str, ...]:
        """What it is for, in words like those of an order."""
        return self.entry.phrasings(self.language)


def command_document(
    kind: Kind,
    page: str,
    purposes: Sequence[str],
    commands: Sequence[str],
    language: Language,
    *,
    explain: str = "",
    has_angles: bool = False,
) -> Document | None:
    """Return a document that holds commands; None when they cannot be shown as they are.

    Args:
        kind: What the page is part of.
        page: What it is called: `tar`, `deploy.md`.
        purposes: What the commands are for, the best description first.
        commands: One or several, run one after another; placeholders as `{{name}}`.
        language: The language of the purposes.
        explain: More about it, for people.
        has_angles: Whether `<name>` is a placeholder too.
    """
    whole = "\0".join(commands)
    if not commands or len(whole) > _MOST_COMMAND_CHARS or _MARK.search(whole) or any(map(_UNSAFE.search, commands)):
        return None
    templates, slots = slots_of_all(commands, has_angles=has_angles)
    if any(_STARTS_WITH_SLOT.match(template) and slots for template in templates):
        # Whoever lets an order fill in the program lets it run anything.
        return None
    phrasings = tuple(dict.fromkeys(_with_slots(plain_text(purpose), slots) for purpose in purposes if purpose.strip()))
    if not phrasings:
        return None
    about = plain_text(explain, _EXPLAIN_CHARS)
    entry = Entry(
        id=f"{kind}:{plain_text(page)}",
        title=_both(plain_text(purposes[0])),
        pt=phrasings,
        en=phrasings,
        steps=tuple(RecipeStep(run=template) for template in templates),
        explain=_both(about) if about else None,
        slots=slots,
        source=f"{kind} {plain_text(page)}",
    )
    return Document(entry, language)


def answer_document(kind: Kind, page: str, purpose: str, answer: str, language: Language) -> Document | None:
    """Return a document that only says something: what a program is for."""
    about = plain_text(purpose)
    if not about:
        return None
    text = plain_text(answer, _EXPLAIN_CHARS)
    name = plain_text(page)
    entry = Entry(
        id=f"{kind}:{name}",
        kind="answer",
        title=_both(about),
        pt=(about,),
        en=(about,),
        answer=_both(text),
        source=f"{kind} {name}",
    )
    return Document(entry, language)


def plain_text(text: str, limit: int = _PURPOSE_CHARS) -> str:
    """Return text from elsewhere on one line, without control characters or marks that a prompt would obey."""
    line = " ".join(_CONTROL.sub(" ", _MARK.sub(r"\1", text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _both(text: str) -> Localized:
    return Localized(pt=text, en=text)


def _with_slots(purpose: str, slots: dict[str, Slot]) -> str:
    """Return a purpose that names the slots, as a phrasing of the cookbook does; `<` of its own is none."""
    words = re.sub(r"<(?=[a-z])", "‹", purpose).rstrip(" .:")
    return f"{words}: {' '.join(f'<{name}>' for name in slots)}" if slots else words
