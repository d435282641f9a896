"""How well a value fits a slot by the words around it: what stands beside the slot in an entry's phrasings."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from math import log

from fazai_tui.core.cookbook import SLOT, Entry
from fazai_tui.engine.candidates import fold, trimmed

_LEFT, _PAIR, _RIGHT = 1.0, 0.8, 0.8
"""How much the word before a value counts, the two words before it, and the word after it."""

_UNSEEN = 0.3
_START, _END, _VALUE = "^", "$", "<>"
_Contexts = tuple[Counter[str], Counter[str], Counter[str]]


class Alignment:
    """The surroundings of an entry's slots."""

    def __init__(self, entry: Entry) -> None:
        """Take the entry; its phrasings are read at the first question."""
        self._entry = entry

    def fit(self, slot: str, value: str, order: Sequence[str]) -> float:
        """Return how well a value fits a slot where it stands in an order; 0 when its surroundings say nothing.

        Args:
            slot: The slot's name.
            value: The value as it stands in the order.
            order: The words of the order, folded and trimmed.
        """
        contexts = self._contexts.get(slot)
        places = self._places(tuple(words_of(value)), order) if contexts else ()
        return max((self._near(contexts, order, start, end) for start, end in places), default=0.0) if contexts else 0.0

    def _near(self, contexts: _Contexts, order: Sequence[str], start: int, end: int) -> float:
        left = self._word(order[start - 1]) if start > 0 else _START
        before = self._word(order[start - 2]) if start > 1 else _START
        right = self._word(order[end]) if end < len(order) else _END
        lefts, pairs, rights = contexts
        found = (_LEFT, lefts[left]), (_PAIR, pairs[f"{before} {left}"]), (_RIGHT, rights[right])
        return sum(weight * (log(count + _UNSEEN) - log(_UNSEEN)) for weight, count in found)

    def _word(self, word: str) -> str:
        return word if word in self._known else _VALUE

    @staticmethod
    def _places(value: Sequence[str], order: Sequence[str]) -> Iterable[tuple[int, int]]:
        width = len(value)
        if not width:
            return
        for start in range(len(order) - width + 1):
            if tuple(order[start : start + width]) == value:
                yield start, start + width

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(word for words in self._phrasings for word in words if not SLOT.fullmatch(word))

    @cached_property
    def _phrasings(self) -> Sequence[Sequence[str]]:
        phrasings = (*self._entry.pt, *self._entry.en)
        return [words_of(SLOT.sub(lambda match: f" {match[0]} ", phrasing)) for phrasing in phrasings]

    @cached_property
    def _contexts(self) -> dict[str, _Contexts]:
        contexts: dict[str, _Contexts] = {}
        for words in self._phrasings:
            plain = [_VALUE if SLOT.fullmatch(word) else word for word in words]
            for at, word in enumerate(words):
                match = SLOT.fullmatch(word)
                if match is None:
                    continue
                lefts, pairs, rights = contexts.setdefault(match[1], (Counter(), Counter(), Counter()))
                left = plain[at - 1] if at else _START
                lefts[left] += 1
                pairs[f"{plain[at - 2] if at > 1 else _START} {left}"] += 1
                rights[plain[at + 1] if at + 1 < len(plain) else _END] += 1
        return contexts


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded, without punctuation at their edges."""
    words = (trimmed(word) for word in fold(text).split())
    return [word for word in words if word]
