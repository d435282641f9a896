"""Putting values into command templates, quoted where the shell needs it."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

from fazai_tui.core.cookbook import SLOT

Place = Literal["word", "single", "double", "heredoc"]
"""Where in a command a value stands."""

_SAFE = re.compile(r"[\w@%+=:,./~*-]+", re.ASCII)
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n")
_SPECIAL = re.compile(r"([\\\"$`])")
_QUOTES: Mapping[Place, str] = {"single": "'", "double": '"'}


def fill(template: str, value: Callable[[str, str | None], str | None]) -> str:
    """Return a template with its slots filled in.

    Args:
        template: The command template.
        value: Gives the value of a slot by name and part; None leaves the text as it is.
    """
    pieces: list[str] = []
    end = 0
    for match in SLOT.finditer(template):
        text = value(match[1], match[2])
        if text is None:
            continue
        pieces.append(template[end : match.start()])
        pieces.append(written(text, place_after(template[: match.start()])))
        end = match.end()
    return "".join((*pieces, template[end:]))


def shell_word(text: str) -> str:
    """Return a value as one word of a shell; globs and `~` keep their meaning."""
    return text if _SAFE.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"


def written(text: str, place: Place) -> str:
    """Return a value as it has to stand in a place, so that the shell reads it as it is."""
    match place:
        case "word":
            return shell_word(text)
        case "double":
            return _SPECIAL.sub(r"\\\1", text)
        case "single":
            return text.replace("'", "'\\''")
        case "heredoc":
            return text


def place_after(before: str) -> Place:
    """Return what follows a piece of a command: a word, the inside of quotes or a heredoc."""
    while opening := _HEREDOC.search(before):
        rest = before[opening.end() :]
        closing = re.search(rf"^{re.escape(opening[1])}$", rest, re.MULTILINE)
        if closing is None:
            return "heredoc"
        before = rest[closing.end() :]
    place: Place = "word"
    skip = False
    for char in before:
        if skip:
            skip = False
        elif char == "\\" and place != "single":
            skip = True
        elif place != "word":
            place = "word" if char == _QUOTES[place] else place
        elif char in "'\"":
            place = "single" if char == "'" else "double"
    return place
