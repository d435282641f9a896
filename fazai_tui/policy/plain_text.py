"""Carrying any text through the parser as characters that it can take.

The bash grammar's scanner hands characters to C's `isdigit` and the like, which read beyond their tables for most of
Unicode: `{😀..}` ends the process. What is not ASCII is therefore spelled with sixteen Latin letters.
"""

import re

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_SPELLED = re.compile(r"(?:[à-ï]{2})+")
_LETTERS = "àáâãäåæçèéêëìíîï"
_PAIRS = tuple(_LETTERS[byte >> 4] + _LETTERS[byte & 15] for byte in range(256))


def spelled(text: str) -> bytes:
    """Return a text as the parser gets it."""
    safe = _FOREIGN.sub(lambda match: "".join(_PAIRS[byte] for byte in match[0].encode("utf-8", "replace")), text)
    return safe.encode("utf-8")


def unspelled(source: bytes) -> str:
    """Return the text that a piece of what the parser got stands for."""
    return _SPELLED.sub(_bytes_of, source.decode("utf-8", "replace"))


def _bytes_of(match: re.Match[str]) -> str:
    digits = [_LETTERS.index(letter) for letter in match[0]]
    values = bytes(high << 4 | low for high, low in zip(digits[::2], digits[1::2], strict=True))
    return values.decode("utf-8", "replace")
