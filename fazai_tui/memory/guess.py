"""Guessing the cookbook entry that an order means from its terms alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fazai_tui.memory.embedding import products

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]


class Guess:
    """A linear model: the sum of the terms' vectors, beside a vector for each entry."""

    def __init__(self, ids: Sequence[str], terms: Floats, entries: Floats, sharpness: float) -> None:
        """Take what was learned.

        Args:
            ids: The entries that it knows.
            terms: A weighted vector for each term, in the order of the retriever's terms.
            entries: A unit vector for each entry.
            sharpness: What products are multiplied by.
        """
        self._places = {name: place for place, name in enumerate(ids)}
        self.ids = ids
        self.terms = terms
        self.entries = entries
        self.sharpness = sharpness

    @property
    def size(self) -> int:
        """How many terms it knows."""
        return len(self.terms)

    def columns_of(self, ids: Sequence[str]) -> Numbers:
        """Return where the likelihoods of entries stand; -1 for those it does not know."""
        return np.array([self._places.get(name, -1) for name in ids], dtype=np.intp)

    def likelihoods(self, rows: Numbers) -> Floats:
        """Return the logarithm of each known entry's likelihood for an order of these terms."""
        summed = self.terms[rows].sum(axis=0, dtype=np.float32)
        summed = summed / max(float(np.linalg.norm(summed)), 1e-6)
        logits = products(self.entries, summed) * self.sharpness
        shifted = logits - logits.max()
        return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)
