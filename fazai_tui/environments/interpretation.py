"""What a line or a list of words means in an environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fazai_tui.config.texts import Texts
from fazai_tui.environments.commands import CustomCommands, words_of


@dataclass(frozen=True, slots=True)
class Run:
    """Run a program."""

    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeDirectory:
    """Run what follows elsewhere; empty for the home directory."""

    place: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Clear the screen."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say which commands there are."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave, with a status; None for the one of what ran last."""

    status: int | None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Do nothing: an empty line, or a comment."""


Meaning: TypeAlias = Run | ChangeDirectory | Clear | Help | Leave | Nothing


def meaning_of_line(line: str, commands: CustomCommands, roles: Sequence[str], texts: Texts) -> Meaning:
    """Return what a line typed in an environment means; what is no command of its own goes to bash as it stands.

    Raises:
        FazaiError: A quote is still open, or the command is for other roles.
    """
    # What the terminal broke into several lines is one.
    line = _trimmed(line.replace("\\\n", ""))
    words = words_of(line, texts)
    if not words:
        return Nothing()
    if (known := _known(words, line, commands, roles)) is not None:
        return known
    return Run(("bash", "-c", line))


def meaning_of_words(words: Sequence[str], commands: CustomCommands, roles: Sequence[str], texts: Texts) -> Meaning:
    """Return what the words of a command line mean; a single one with spaces in it is a line.

    Raises:
        FazaiError: A quote is still open, or the command is for other roles.
    """
    if len(words) == 1 and any(char.isspace() for char in words[0].strip()):
        return meaning_of_line(words[0], commands, roles, texts)
    if words[0] == "bash":
        # Here quotes are off already: what follows is a program and its arguments, each a word for certain.
        rest = words[1:]
        return Run(("bash", *rest) if not rest or rest[0].startswith("-") else ("bash", "-c", '"$@"', "bash", *rest))
    if (known := _known(words, " ".join(words), commands, roles)) is not None:
        return known
    return Run(tuple(words))


def _known(words: Sequence[str], line: str, commands: CustomCommands, roles: Sequence[str]) -> Meaning | None:
    name, rest = words[0], words[1:]
    match name:
        case "bash":
            after = _trimmed(line[len(name) :])
            if not rest or rest[0].startswith("-"):
                return Run(("bash", *rest))
            return Run(("bash", "-c", after))
        case "cd" if len(rest) <= 1:
            return ChangeDirectory(rest[0] if rest else "")
        case "clear" if not rest:
            return Clear()
        case "help" if not rest:
            return Help()
        case "exit" if len(rest) <= 1:
            return Leave(_status(rest[0]) if rest else None)
        case _:
            command = commands.find(name, roles)
            return None if command is None else Run(command.argv(rest))


def _status(text: str) -> int:
    # As bash says it: what is no number ends with 2.
    return int(text) % 256 if text.lstrip("-").isdigit() else 2


def _trimmed(text: str) -> str:
    """Return a text without space around it; a last one that is escaped belongs to a word."""
    bare = text.strip()
    is_escaped = (len(bare) - len(bare.rstrip("\\"))) % 2 == 1
    return bare + text[text.rindex(bare) + len(bare) :][:1] if is_escaped else bare
