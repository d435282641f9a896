"""Who leads an order when the user leaves it to FazAI."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fazai_tui.config.texts import Texts
from fazai_tui.core.persona import AUTO, DEFAULT, Persona, PersonaLead
from fazai_tui.core.surroundings import Workspace

ORDER: Final = 0.6
"""What a word of the order counts for a persona."""

WORKSPACE: Final = 0.2
ERRORS: Final = 0.2

LEAST: Final = 0.4
"""Below it the default leads."""

SHORT_OF_MEMORY: Final = 0.8
"""The share of memory taken from which on the concise one leads."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the choice depends on.

    Attributes:
        memory_share: How much of the machine's memory is taken, from 0 to 1.
        has_errors: Whether commands failed just now.
    """

    order: str
    workspace: Workspace | None = None
    memory_share: float = 0.0
    has_errors: bool = False


def arbitrate(chosen: str, personas: Mapping[str, Persona], situation: Situation, texts: Texts) -> PersonaLead:
    """Return who leads, and why: the user's choice, else who the situation speaks for.

    Args:
        chosen: A persona's name, or `auto`; a name that there is no longer counts as the default.
        personas: By name; the default is among them.
    """
    if chosen != AUTO:
        return PersonaLead(
            persona=personas.get(chosen, personas[DEFAULT]), reason=texts.get("persona.reason.chosen"), is_auto=False
        )
    concise = next((persona for persona in personas.values() if persona.is_concise), None)
    if situation.memory_share >= SHORT_OF_MEMORY and concise is not None:
        percent = round(situation.memory_share * 100)
        return _auto(concise, texts.get("persona.reason.memory", percent=percent))
    spoken = {name: word for name, persona in personas.items() if (word := _word_for(persona, situation.order))}
    for persona in personas.values():
        if persona.blends and all(name in spoken for name in persona.blends):
            return _auto(persona, texts.get("persona.reason.blend", others=" + ".join(persona.blends)))
    scores = {name: _score(persona, name in spoken, situation) for name, persona in personas.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < LEAST:
        return _auto(personas[DEFAULT], texts.get("persona.reason.default"))
    return _auto(personas[best], _reason(personas[best], spoken.get(best, ""), situation, texts))


def _auto(persona: Persona, reason: str) -> PersonaLead:
    return PersonaLead(persona=persona, reason=reason, is_auto=True)


def _score(persona: Persona, is_spoken_to: bool, situation: Situation) -> float:
    score = ORDER if is_spoken_to else 0.0
    score += WORKSPACE if _language_for(persona, situation.workspace) else 0.0
    return round(score + (ERRORS if persona.minds_errors and situation.has_errors else 0.0), 2)


def _reason(persona: Persona, word: str, situation: Situation, texts: Texts) -> str:
    more: list[str] = []
    if language := _language_for(persona, situation.workspace):
        more.append(texts.get("persona.reason.workspace", language=language))
    if persona.minds_errors and situation.has_errors:
        more.append(texts.get("persona.reason.errors"))
    if not word:
        return "; ".join(more)
    if not more:
        return texts.get("persona.reason.order", word=word)
    return texts.get("persona.reason.order_more", word=word, more="; ".join(more))


def _word_for(persona: Persona, order: str) -> str:
    """Return what in an order speaks for a persona: a word, or words, that begin as one of its own."""
    said = f" {' '.join(order.lower().split())}"
    return next((word for word in persona.words if f" {word.lower()}" in said), "")


def _language_for(persona: Persona, workspace: Workspace | None) -> str:
    """Return the language most files are in, where it speaks for a persona."""
    if workspace is None or not workspace.languages:
        return ""
    wanted = {language.lower() for language in persona.workspaces}
    most = workspace.languages[0][0]
    return most if most.lower() in wanted else ""
