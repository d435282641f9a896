"""Full-text search over what was ordered, run, printed and said."""

import re
from typing import Final

_WORD: Final = re.compile(r"\w")


def matching(text: str) -> tuple[str, str]:
    """Return the condition that finds a text among the passages, and its value."""
    if not _WORD.search(text):
        # Punctuation is not indexed.
        return "instr(text, ?) > 0", text.strip()
    quoted = (word.replace('"', '""') for word in text.split() if _WORD.search(word))
    return "passages MATCH ?", " ".join(f'"{word}"*' for word in quoted)
