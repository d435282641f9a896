"""Reading text that is no valid shell, as far as it goes."""

import re
import shlex

from fazai_tui.policy import marks
from fazai_tui.policy.script import Word

_SEPARATORS = re.compile(r"[;&|\n(){}`]+|\$\(|\b(?:then|do|else|if|while|until)\b")
_WRITES = re.compile(r"(?:\d*|&)(?:>>?\|?|<>)\s*([^\s;&|<>(){}]+)")
_BRACES = re.compile(r"(?<!\$)\{[^{}\s]*,[^{}\s]*\}")


def fragments(source: str) -> list[list[Word]]:
    """Return what look like commands in a text: split at separators, quotes removed where they pair up."""
    pieces = [*_SEPARATORS.split(source), *_BRACES.findall(source)]
    return [words for piece in pieces if (words := _words(piece))]


def written(source: str) -> list[Word]:
    """Return what look like files that a text writes by redirections."""
    targets = [target.strip("'\"") for target in _WRITES.findall(source)]
    return [Word(target, has_tilde=target.startswith("~")) for target in targets if not target.startswith("&")]


def _words(piece: str) -> list[Word]:
    text = marks.without_marks(piece)
    try:
        tokens = shlex.split(text, comments=True)
    except ValueError:
        tokens = text.replace('"', " ").replace("'", " ").split()
    words = [word for token in tokens for word in marks.words(token, is_literal=True)]
    while words and re.fullmatch(r"\w+=.*|!|\d*[<>].*", words[0].text):
        words = words[1:]
    return words
