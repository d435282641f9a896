"""How much a remembered text and an order are alike."""

from collections.abc import Callable, Sequence

from fazai_tui.memory.embedding import TermVectors, products, unit
from fazai_tui.memory.longterm.payload import said
from fazai_tui.memory.terms import TermMaker, values_in


class Resemblance:
    """Compares texts by the learned vectors of their terms; without those by the terms they share."""

    def __init__(self, vectors: Callable[[], TermVectors | None] = TermVectors.shipped) -> None:
        self._load = vectors
        self._vectors: TermVectors | None = None
        self._is_loaded = False
        self._maker = TermMaker()

    def of(self, order: str, texts: Sequence[str]) -> list[float]:
        """Return for each text how much it is like an order, 0 to 1."""
        if not texts:
            return []
        terms = [self._maker.terms(text) for text in (order, *texts)]
        vectors = self._shipped()
        if vectors is None:
            wanted = set(terms[0])
            return [len(wanted & set(other)) / (len(wanted | set(other)) or 1) for other in terms[1:]]
        rows = unit(vectors.sums(terms))
        return [max(0.0, min(1.0, float(value))) for value in products(rows[1:], rows[0])]

    def is_same(self, order: str, text: str) -> bool:
        """Tell whether two orders differ in nothing that matters."""
        return said(order) == said(text)

    def same_values(self, order: str, text: str) -> bool:
        """Tell whether two orders name the same files, numbers and addresses."""
        return values_in(order) == values_in(text)

    def _shipped(self) -> TermVectors | None:
        if not self._is_loaded:
            self._vectors, self._is_loaded = self._load(), True
        return self._vectors
