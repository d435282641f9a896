"""Marked text: a word under construction that remembers which characters are quoted and which parts are unknown."""

import re
from itertools import product

from fazai_tui.policy.script import Word

_SPECIAL = "*?[]{},~ \t\n"
_SHIFT = 0xE000
_QUOTE = {ord(char): _SHIFT + ord(char) for char in _SPECIAL}
_UNQUOTE = {marked: chr(char) for char, marked in _QUOTE.items()}
_SPLIT = {_SHIFT + ord(char): char for char in "*?[ \t\n"}
_SET, _UNSET, _END = "\uf8f0", "\uf8f2", "\uf8f1"
_UNKNOWN = re.compile(f"[{_SET}{_UNSET}]([^{_END}]*){_END}")
_RESERVED = dict.fromkeys((*_UNQUOTE, *map(ord, (_SET, _UNSET, _END))), "?")
_RANGE = re.compile(r"(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.-?\d+)?")
_MOST = 64
"""The most words that braces or alternatives make of one: more would tell nothing new."""


def without_marks(source: str) -> str:
    """Return a source text free of the characters that marks are made of."""
    return source.translate(_RESERVED)


def quoted(text: str) -> str:
    """Mark a text as quoted."""
    return text.translate(_QUOTE)


def unknown(raw: str, *, is_set: bool) -> str:
    """Mark a part whose value only the run will tell."""
    return f"{_SET if is_set else _UNSET}{quoted(raw)}{_END}"


def is_unknown(marked: str) -> bool:
    """Return whether a marked text has no known part at all."""
    return bool(marked) and not _UNKNOWN.sub("", marked)


def split_active(marked: str) -> str:
    """Let quoted blanks and patterns act again, as they do in an expansion without quotes."""
    return marked.translate(_SPLIT)


def alternatives(parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Join parts that each have several possible values."""
    if all(len(part) == 1 for part in parts):
        return ("".join(part[0] for part in parts),)
    return tuple("".join(values) for values, _ in zip(product(*parts), range(_MOST), strict=False))


def words(marked: str, *, is_literal: bool) -> list[Word]:
    """Finish a marked text: expand braces, split at unquoted blanks, take the marks off."""
    return [_finished(piece, is_literal) for piece in split(marked, is_literal=is_literal)]


def split(marked: str, *, is_literal: bool) -> list[str]:
    """Expand braces and, where an expansion took part, split at unquoted blanks."""
    pieces = _braces(marked) if "{" in marked else [marked]
    if not is_literal:
        pieces = [part for piece in pieces for part in re.split(r"[ \t\n]+", piece) if part]
    return pieces[:_MOST]


def _finished(marked: str, is_literal: bool) -> Word:
    found = list(_UNKNOWN.finditer(marked))
    text = _plain(marked)
    start = len(_plain(marked[: found[0].start()])) if found else -1
    end = len(_plain(marked[: found[-1].end()])) if found else -1
    if not found and "{}" in text:
        # The placeholder of find and xargs stands for a name that only the run will tell.
        start, end = text.index("{}"), text.rindex("{}") + 2
    return Word(
        text=text,
        is_literal=is_literal,
        unknown_at=start,
        unknown_end=end,
        may_be_empty=_UNSET in marked,
        has_glob=any(char in "*?[" for char in _UNKNOWN.sub("", marked)),
        has_tilde=marked.startswith("~"),
    )


def _plain(marked: str) -> str:
    return _UNKNOWN.sub(r"\1", marked).translate(_UNQUOTE)


def _braces(marked: str) -> list[str]:
    results = [marked]
    for _ in range(8):
        expanded = [piece for result in results for piece in _first_brace(result)][:_MOST]
        if expanded == results:
            break
        results = expanded
    return results


def _first_brace(marked: str) -> list[str]:
    for start in (index for index, char in enumerate(marked) if char == "{"):
        depth, cut, options = 0, start + 1, list[str]()
        for index in range(start, len(marked)):
            char = marked[index]
            depth += (char == "{") - (char == "}")
            if (char == "," and depth == 1) or (char == "}" and depth == 0):
                options.append(marked[cut:index])
                cut = index + 1
            if depth == 0:
                break
        else:
            continue
        if len(options) == 1:
            options = _range(options[0])
        if len(options) > 1:
            return [marked[:start] + option + marked[cut:] for option in options]
    return [marked]


def _range(text: str) -> list[str]:
    match = _RANGE.fullmatch(text)
    if match is None:
        return [text]
    low, high = match[1], match[2]
    if low.lstrip("-").isdigit() and high.lstrip("-").isdigit():
        first, last = sorted((int(low), int(high)))
        return [str(number) for number in range(first, min(last, first + _MOST - 1) + 1)]
    if low.isalpha() and high.isalpha():
        first, last = sorted((ord(low), ord(high)))
        return [chr(code) for code in range(first, last + 1)]
    return [text]
