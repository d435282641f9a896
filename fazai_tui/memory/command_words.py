"""The words of commands as they stand in templates: whoever types `du -sh` or `lsof +L1` means just that command."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fazai_tui.core.cookbook import SLOT, Entry

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

_WORD = re.compile(r"[\w.+/:%=~-]+|>>|[>|*]")
_PIECES = re.compile(r"[^a-z0-9]+")
_NAME = re.compile(r"[a-z][\w.-]+")
_SUDO = re.compile(r"^sudo ")
_OPENING = 4
"""Among how many first words of an order the name of a command is looked for."""

_MOST = 10.0
"""Words that weigh more than this together say no more than this."""

COLUMNS = 5


class CommandWords:
    """Compares orders with the words of the entries' commands."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._first = [_name(entry) for entry in entries]
        self._names = frozenset(name for name in self._first if _NAME.fullmatch(name))
        held = [_spoken(" ".join(SLOT.sub(" \0 ", step.run) for step in entry.steps)) for entry in entries]
        numbers: dict[str, list[int]] = {}
        for number, words in enumerate(held):
            for word in words:
                numbers.setdefault(word, []).append(number)
        self._numbers: dict[str, Numbers] = {word: np.array(found) for word, found in numbers.items()}
        self._weights = {word: float(np.log1p(len(entries) / len(found))) for word, found in numbers.items()}
        self._masses = np.array([sum(self._weights[word] for word in words) for words in held], np.float32) + 1e-6

    def columns(self, query: str, candidates: Numbers) -> Floats:
        """Return a row for each candidate: how much of what an order types is in its commands, and the reverse."""
        shared = np.zeros(len(self._masses), dtype=np.float32)
        whole = 1e-6
        for word in _spoken(query):
            if word in self._numbers:
                shared[self._numbers[word]] += self._weights[word]
                whole += self._weights[word]
        mine, masses = shared[candidates], self._masses[candidates]
        opening = query.lower().split()[:_OPENING]
        is_command = float(any(word in self._names for word in opening))
        says = min(whole, _MOST) / _MOST
        both = 2 * mine / (whole + masses)
        named = np.array([self._first[number] in opening for number in candidates.tolist()], np.float32)
        return np.stack((mine / whole * says, mine / masses, both * says, both * is_command, named * is_command), 1)


def _name(entry: Entry) -> str:
    return _SUDO.sub("", entry.steps[0].run).split()[0].lower() if entry.steps else ""


def _spoken(text: str) -> frozenset[str]:
    """Return the words of a command or an order; options keep their case, `-U` is not `-u`."""
    words: set[str] = set()
    for found in _WORD.findall(text):
        is_option = found.startswith(("-", "+"))
        word = found.rstrip(",;!?") if is_option or len(found) == 1 else found.strip(".,:;!?")
        if word:
            words.add(word if is_option else word.lower())
    pieces = (piece for word in words for piece in _PIECES.split(word.lower()))
    return frozenset((*words, *(piece for piece in pieces if len(piece) > 1)))
