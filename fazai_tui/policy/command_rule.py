"""Rules that people write about commands, and which commands they mean."""

import fnmatch
import hashlib
import json
import posixpath
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fazai_tui.core.policy import Decision
from fazai_tui.policy.rules import told_apart
from fazai_tui.policy.script import Invocation, Word

_ELEVATORS = frozenset(("sudo", "doas", "pkexec", "run0", "sudo-rs"))
_STORES = frozenset(("tee", "sponge", "gzip", "bzip2", "xz", "zstd", "logger"))
"""Programs to which what they are fed is data and nothing else."""
_SYSTEM_FOLDERS = frozenset(("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"))
_PATTERN = "*?["


class Match(IntEnum):
    """Whether a rule means a command."""

    NO = 0
    MAYBE = 1
    """A part that only the run will tell may be what the rule names."""
    YES = 2
    EXACT = 3
    """The rule leaves no word of the command open."""


class CommandRule(BaseModel):
    """One rule of a file.

    What allows is read narrowly: the words must stand as written, and every further word must fit `args`.
    What asks or refuses is read widely: options may stand anywhere, and one word that fits `args` is enough.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: tuple[str | tuple[str, ...], ...] = Field(min_length=1)
    """The first words: the program and, for example, its verb; a list stands for any of its words."""
    args: tuple[str, ...] | None = None
    """Patterns for the words after the prefix; an empty list means that there are none."""
    cwd: str = ""
    """A pattern for the directory the command runs in; empty for any."""
    decision: Decision
    reason: str = ""
    match: tuple[str, ...] = ()
    """Command lines that the rule must mean."""
    not_match: tuple[str, ...] = ()
    """Command lines that the rule must not mean."""

    @model_validator(mode="after")
    def _names_a_program(self) -> Self:
        if not all(_words(self.prefix[0])) or not all(_words(part) for part in self.prefix):
            raise ValueError("no_program")
        if self.decision is Decision.ALLOW and any(set(name) & set(_PATTERN) for name in _words(self.prefix[0])):
            raise ValueError("program_pattern")
        return self

    @property
    def id(self) -> str:
        """The same for the same rule, wherever it stands."""
        facts = [self.prefix, self.args, self.cwd, self.decision.value]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]

    def meaning(self, invocation: Invocation, cwd: str, values: Sequence[str] = ()) -> Match:
        """Return whether the rule means a command.

        Args:
            cwd: The directory the line runs in; empty when unknown.
            values: Options of the program that take the next word.
        """
        where = posixpath.normpath(posixpath.join(cwd, invocation.cwd)) if cwd or invocation.cwd else ""
        if self.cwd and not self._is_place(where):
            return Match.NO
        prefix = [_words(part) for part in self.prefix]
        names_root = len(prefix) > 1 and bool(set(prefix[0]) & _ELEVATORS)
        if self.decision is Decision.ALLOW:
            # What may run with the rights of root may run without them.
            direct = Match.NO if invocation.is_elevated else self._narrow(prefix, invocation)
            return max(direct, self._narrow(prefix[1:], invocation)) if names_root else direct
        direct = self._wide(prefix, invocation, where, values)
        if names_root and invocation.is_elevated:
            return max(direct, self._wide(prefix[1:], invocation, where, values))
        return direct

    def _is_place(self, where: str) -> bool:
        if not where:
            return self.decision is not Decision.ALLOW
        return fnmatch.fnmatchcase(where, self.cwd)

    def _narrow(self, prefix: list[tuple[str, ...]], invocation: Invocation) -> Match:
        words = invocation.words
        if any(not word.is_known for word in words) or len(words) < len(prefix):
            return Match.NO
        if invocation.stdin is not None and not _stores(invocation):
            # What it is fed may be commands: the words do not say what it does.
            return Match.NO
        texts = [written_program(invocation), *(word.text for word in words[1:])]
        if not all(_fits(text, names) for text, names in zip(texts, prefix, strict=False)):
            return Match.NO
        rest = texts[len(prefix) :]
        if self.args is None:
            return Match.YES if rest else Match.EXACT
        if not all(_fits_narrowly(text, self.args) for text in rest):
            return Match.NO
        return Match.YES if rest else Match.EXACT

    def _wide(self, prefix: list[tuple[str, ...]], invocation: Invocation, where: str, values: Sequence[str]) -> Match:
        if not invocation.words or not _fits(invocation.program, prefix[0]):
            return Match.NO
        wanted = [names for names in prefix[1:] if not names[0].startswith("-")]
        options = [name for names in prefix[1:] for name in names if name.startswith("-")]
        found = told_apart(invocation.args, values=values)
        if not all(_has_option(option, invocation.args) for option in options):
            return Match.NO
        readings = (found.operands, _operands_after_values(invocation.args))
        if not any(_begins(operands, wanted) for operands in readings):
            return Match.NO
        if self.args is None:
            return Match.YES
        if not self.args:
            return Match.NO if len(invocation.args) > len(prefix) - 1 else Match.YES
        texts = [text for word in invocation.args if word.is_known for text in _readings(word, where)]
        if any(fnmatch.fnmatchcase(text, pattern) for text in texts for pattern in self.args):
            return Match.YES
        return Match.MAYBE if any(not word.is_known for word in invocation.args) else Match.NO


def _stores(invocation: Invocation) -> bool:
    names = [word.text for word in invocation.words]
    return (names[1] if names[0] in _ELEVATORS and len(names) > 1 else names[0]) in _STORES


def written_program(invocation: Invocation) -> str:
    """Return what an allowing rule compares: a program outside the usual folders keeps its path."""
    written = invocation.words[0].text
    folder, _, name = written.rpartition("/")
    return name if folder in _SYSTEM_FOLDERS else written


def _words(part: str | tuple[str, ...]) -> tuple[str, ...]:
    return (part,) if isinstance(part, str) else part


def _fits(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


def _fits_narrowly(text: str, patterns: Iterable[str]) -> bool:
    # `logs/*` must not let `logs/../../etc` through.
    if ".." in text.split("/"):
        return any(text == pattern for pattern in patterns)
    return _fits(text, patterns)


def _has_option(option: str, words: Sequence[Word]) -> bool:
    found = told_apart(words)
    if found.has(option):
        return True
    is_group = len(option) > 2 and not option.startswith("--")
    return is_group and all(found.has(f"-{letter}") for letter in option[1:])


def _operands_after_values(words: Sequence[Word]) -> list[Word]:
    """Return the operands if every option in front of the first one takes a value."""
    index = 0
    while index + 1 < len(words) and words[index].text.startswith("-"):
        index += 1 if "=" in words[index].text else 2
    return [word for word in words[index:] if not word.text.startswith("-")]


def _begins(operands: Sequence[Word], wanted: Sequence[tuple[str, ...]]) -> bool:
    return len(operands) >= len(wanted) and all(
        _fits(word.text, names) for word, names in zip(operands, wanted, strict=False)
    )


def _readings(word: Word, where: str) -> list[str]:
    value = word.text.partition("=")[2]
    texts = [word.text, value] if value else [word.text]
    paths = [posixpath.normpath(posixpath.join(where or "/", text)) for text in texts if where or text.startswith("/")]
    return [*texts, *paths]
