"""Which documents hold which terms, so that shared terms are counted for all documents at once."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]


class Postings:
    """The terms of documents; each document belongs to an entry, and the documents of one entry form a group."""

    def __init__(self, terms: Sequence[str], starts: Numbers, documents: Numbers, owners: Numbers) -> None:
        """Take the terms, where the documents of each begin, those documents, and the entry of each document."""
        self._columns = {term: column for column, term in enumerate(terms)}
        self._terms = terms
        self._starts = starts
        self._documents = documents
        self._owners = owners
        self._groups = int(owners.max()) + 1 if len(owners) else 0
        self.weights = self._rarity()
        lengths = np.diff(starts)
        each = np.repeat(np.array([self.weights[term] for term in terms], dtype=np.float32), lengths)
        self.masses: Floats = np.bincount(documents, weights=each, minlength=len(owners)).astype(np.float32) + 1e-6

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]], owners: Numbers) -> "Postings":
        """Index documents, each a list of terms."""
        held = [list(dict.fromkeys(document)) for document in documents]
        terms = list(dict.fromkeys(chain.from_iterable(held)))
        columns = {term: column for column, term in enumerate(terms)}
        column_of = np.fromiter((columns[term] for document in held for term in document), dtype=np.intp)
        numbers = np.repeat(np.arange(len(held)), [len(document) for document in held])
        order = np.argsort(column_of, kind="stable")
        starts = np.searchsorted(column_of[order], np.arange(len(terms) + 1))
        return cls(terms, starts.astype(np.intp), numbers[order].astype(np.intp), owners)

    @classmethod
    def load(cls, file: Path) -> "Postings":
        """Read what was saved.

        Raises:
            OSError: It is not there or cannot be read.
            ValueError: It is damaged.
            KeyError: It is something else.
        """
        with np.load(file, allow_pickle=False) as arrays:
            terms = arrays["terms"].tobytes().decode().split("\n")
            return cls(terms, arrays["starts"], arrays["documents"], arrays["owners"])

    def save(self, file: Path) -> None:
        """Write the postings."""
        terms = np.frombuffer("\n".join(self._terms).encode(), dtype=np.uint8)
        np.savez(file, terms=terms, starts=self._starts, documents=self._documents, owners=self._owners)

    def weight(self, term: str) -> float:
        """Return how much a term says: the more, the fewer entries hold it."""
        return self.weights.get(term, float(np.log1p(self._groups)))

    def shared(self, terms: Iterable[str], left_out: Sequence[int] = ()) -> tuple[Floats, Floats]:
        """Return the weight of the terms that each document holds, and the same for the documents of each entry."""
        of_documents = np.zeros(len(self._owners), dtype=np.float32)
        of_entries = np.zeros(self._groups, dtype=np.float32)
        for term in terms:
            holders = self._holders(term)
            if left_out:
                holders = holders[~np.isin(holders, left_out)]
            of_documents[holders] += self.weights.get(term, 0.0)
            # Repeated owners count once: numpy adds to each place a single time.
            of_entries[self._owners[holders]] += self.weights.get(term, 0.0)
        return of_documents, of_entries

    def rows_of_entries(self, rows: Mapping[str, int]) -> list[Numbers]:
        """Return, for each entry, the given numbers of its terms."""
        chosen = np.array([rows.get(term, -1) for term in self._terms], dtype=np.intp)
        row = np.repeat(chosen, np.diff(self._starts))
        known = row >= 0
        width = int(row.max(initial=0)) + 1
        pairs = np.unique(self._owners[self._documents[known]] * width + row[known])
        cuts = np.searchsorted(pairs, np.arange(1, self._groups) * width)
        return [part % width for part in np.split(pairs, cuts)]

    def _holders(self, term: str) -> Numbers:
        column = self._columns.get(term)
        if column is None:
            return np.zeros(0, dtype=np.intp)
        return self._documents[self._starts[column] : self._starts[column + 1]]

    def _rarity(self) -> dict[str, float]:
        column = np.repeat(np.arange(len(self._terms)), np.diff(self._starts))
        pairs = np.unique(column * max(self._groups, 1) + self._owners[self._documents])
        counts = np.bincount(pairs // max(self._groups, 1), minlength=len(self._terms))
        weights = np.log1p(self._groups / (1 + counts))
        return dict(zip(self._terms, weights.tolist(), strict=True))
