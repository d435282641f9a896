"""From a text to the sparse vector by which its words are found."""

from collections import Counter
from hashlib import blake2b

from fazai_tui.memory.longterm.collection import SparseWords
from fazai_tui.memory.terms import TermMaker

_K1 = 1.2
"""How soon repeating a term stops to count; the store weighs by how rare a term is."""

_B = 0.5
_USUAL_LENGTH = 40
"""Terms of a usual entry: what is longer is held back, what is shorter is not lifted by much."""

_NUMBERS = 2**31


class WordsMaker:
    """Makes sparse vectors: BM25's weight of each term, the rarity left to the store."""

    def __init__(self) -> None:
        self._maker = TermMaker()

    def of_entry(self, text: str) -> SparseWords:
        """Return the vector of a text that is stored."""
        counts = self._counts(text)
        length = sum(counts.values())
        norm = _K1 * (1 - _B + _B * length / _USUAL_LENGTH)
        weights = {number: count * (_K1 + 1) / (count + norm) for number, count in counts.items()}
        return SparseWords(tuple(weights), tuple(weights.values()))

    def of_query(self, text: str) -> SparseWords:
        """Return the vector of a text that is looked for: each term counts once."""
        numbers = tuple(self._counts(text))
        return SparseWords(numbers, (1.0,) * len(numbers))

    def _counts(self, text: str) -> Counter[int]:
        plain = text.lower().split()
        # The values in a text count as they stand, too: they are what facts are about.
        return Counter(_number(term) for term in (*self._maker.terms(text), *(f"={word}" for word in plain)))


def _number(term: str) -> int:
    """Return the number of a term; two terms in two billion share one."""
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest()) % _NUMBERS
