"""Cookbook entries: tasks with phrasings, command templates and slots."""

import re
from collections.abc import Mapping
from typing import Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fazai_tui.core.host import HostFacts
from fazai_tui.core.language import Language as Language
from fazai_tui.core.plan import Risk

LANGUAGES: tuple[Language, ...] = ("pt", "en")
"""Every language, Portuguese first."""

SLOT = re.compile(r"<([a-z][a-z0-9_]*)(?::([a-z]+))?>")
"""`<name>` or `<name:part>` in a phrasing or a template."""

SURE = 0.9
"""Score of the best entry below which an order resembles nothing known. Of 600 questions from the cookbook, each
searched as if it were not there, 4 % score less; of general questions two in three do."""

REMEMBERED = "memory:"
"""What the id of an entry from long-term memory begins with; the id there follows."""

_SUDO = re.compile(
    r"((?:^|[;&|({`\n]|\b(?:then|do|else|if|while|xargs(?: (?!sudo )[^\s;&|]+)*))\s*)\bsudo (?!-)", re.MULTILINE
)
"""Where a command begins: a group's name is none."""


def _items(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []


def _steps(value: object) -> object:
    steps = _items(value)
    return [{"run": step} if isinstance(step, str) else step for step in steps] if steps else value


class Localized(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pt: str
    en: str

    def text(self, language: Language) -> str:
        """Return the text in a language."""
        return self.pt if language == "pt" else self.en


class Choice(BaseModel):
    """One value of a closed set, and how it is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    pt: str
    en: str


class Slot(BaseModel):
    """A place in a template that the order fills."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    default: str | None = None
    values: tuple[Choice, ...] = ()
    """The closed set of a slot of type `choice`."""
    ends: tuple[str, ...] = ()
    """How its values end, the most usual ending first: `.zip`."""

    @field_validator("values", mode="before")
    @classmethod
    def _plain_values_say_themselves(cls, values: object) -> object:
        choices = _items(values)
        return [{"value": v, "pt": v, "en": v} if isinstance(v, str) else v for v in choices] if choices else values

    @field_validator("default", mode="before")
    @classmethod
    def _numbers_are_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value


class RecipeStep(BaseModel):
    """One command template of an entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    pt: str = ""
    en: str = ""

    def title(self, language: Language) -> str:
        """Return the step's own title, empty when it has none."""
        return self.pt if language == "pt" else self.en


class Entry(BaseModel):
    """One task of the cookbook."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Literal["command", "answer", "repair"] = "command"
    title: Localized
    pt: tuple[str, ...] = Field(min_length=1)
    en: tuple[str, ...] = Field(min_length=1)
    steps: tuple[RecipeStep, ...] = ()
    variants: Mapping[str, tuple[RecipeStep, ...]] = {}
    """The steps for package managers other than apt, by the manager's name."""
    answer: Localized | None = None
    explain: Localized | None = None
    risk: Risk = Risk.LOW
    rollback: str = ""
    check: str = ""
    slots: Mapping[str, Slot] = {}
    source: str = ""
    """Where imported knowledge was read, `runbook deploy.md`; empty in the cookbook."""

    @field_validator("steps", mode="before")
    @classmethod
    def _strings_are_steps(cls, steps: object) -> object:
        return _steps(steps)

    @field_validator("variants", mode="before")
    @classmethod
    def _variant_strings_are_steps(cls, variants: object) -> object:
        if isinstance(variants, dict):
            managers = cast(dict[str, object], variants)
            return {manager: _steps(steps) for manager, steps in managers.items()}
        return variants

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.kind == "answer") != (self.answer is not None) or (self.kind != "answer") != bool(self.steps):
            raise ValueError("an answer entry has `answer`, every other one has `steps`")
        required = {name for name, slot in self.slots.items() if slot.default is None}
        for phrasing in (*self.pt, *self.en) if self.kind != "repair" else ():
            if missing := required - self.slots_in(phrasing):
                raise ValueError(f"phrasing {phrasing!r} lacks <{'>, <'.join(sorted(missing))}>, which has no default")
        return self

    @property
    def is_remembered(self) -> bool:
        """Whether it is from long-term memory: an order of this user, or what the user stated."""
        return self.id.startswith(REMEMBERED)

    def phrasings(self, language: Language) -> tuple[str, ...]:
        """Return the phrasings in a language."""
        return self.pt if language == "pt" else self.en

    def slots_in(self, text: str) -> set[str]:
        """Return the names of the declared slots that stand in a text."""
        return {match[1] for match in SLOT.finditer(text) if match[1] in self.slots}

    def commands(self, host: HostFacts) -> tuple[str, ...]:
        """Return the command templates for a host: its package manager's, without sudo for root."""
        runs = (step.run for step in self.steps_on(host))
        return tuple(_SUDO.sub(r"\1", run) for run in runs) if host.is_root else tuple(runs)

    def steps_on(self, host: HostFacts) -> tuple[RecipeStep, ...]:
        """Return the steps for a host's package manager."""
        return self.variants.get(host.package_manager, self.steps)


class Retrieved(BaseModel):
    """An entry that retrieval found for an order."""

    model_config = ConfigDict(frozen=True)

    entry: Entry
    phrasing: str
    """The entry's phrasing that is nearest to the order."""
    language: Language
    score: float
