"""Finding in a long output the lines that a question is about."""

import re
from collections.abc import Sequence

_SHORT = 12
"""Lines that are quoted whole."""

_VALUE = re.compile(r"[\w./:@-]*[\d./:@_-][\w./:@-]*\w")
"""What names a thing in a question: a number, a path, an address."""


def telling_lines(output: str, question: str) -> Sequence[str]:
    """Return the lines of an output that hold a value which the question names, under its first line.

    All lines are returned of a short output, and where none or most of them hold one.
    """
    lines = output.splitlines()
    values = [value for value in _VALUE.findall(question) if len(value) > 1]
    if len(lines) <= _SHORT or not values:
        return lines
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in values))
    found = [line for line in lines[1:] if pattern.search(line)]
    return [lines[0], *found] if 0 < len(found) <= _SHORT else lines
