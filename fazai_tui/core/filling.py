"""Putting values into command templates, quoted where the shell needs it."""

import re
from collections.abc import Callable

from fazai_tui.core.cookbook import SLOT

_SAFE = re.compile(r"[\w@%+=:,./~*-]+", re.ASCII)


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
        pieces.append(text if is_quoted(template[: match.start()]) else shell_word(text))
        end = match.end()
    return "".join((*pieces, template[end:]))


def shell_word(text: str) -> str:
    """Return a value as one word of a shell; globs and `~` keep their meaning."""
    return text if _SAFE.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"


def is_quoted(before: str) -> bool:
    """Tell whether what follows a piece of a command stands inside quotes or a heredoc."""
    if "<<" in before and "\n" in before[before.index("<<") :]:
        return True
    quote = ""
    skip = False
    for char in before:
        if skip:
            skip = False
        elif char == "\\" and quote != "'":
            skip = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
    return bool(quote)
