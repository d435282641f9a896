"""Who answers: a character with a manner, and with what it is good at."""

from typing import Final

from pydantic import BaseModel, ConfigDict

AUTO: Final = "auto"
"""In place of a name: for each order, whoever it suits best leads."""

DEFAULT: Final = "claudio"
"""Leads where nothing else is said, and where nothing suits anybody better."""


class Persona(BaseModel):
    """A persona as its file tells of it.

    Attributes:
        name: What it is called by.
        description: One line for people.
        voice: The shipped persona whose wordings code uses for it.
        is_concise: Whether it leads when memory is short.
        minds_errors: Whether recent errors speak for it.
        words: Beginnings of words in an order that speak for it.
        workspaces: Languages of a working tree that speak for it.
        blends: Leads when an order speaks for each of these.
        text: What a model that takes instructions is told of it.
        origin: The file it is from, `host:NAME` for one that another machine stored; empty for a shipped one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str = ""
    voice: str = DEFAULT
    is_concise: bool = False
    minds_errors: bool = False
    words: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    blends: tuple[str, ...] = ()
    text: str = ""
    origin: str = ""


class PersonaLead(BaseModel):
    """Who leads, and why.

    Attributes:
        reason: One line in the user's language.
        is_auto: Whether FazAI chose.
    """

    model_config = ConfigDict(frozen=True)

    persona: Persona
    reason: str
    is_auto: bool
