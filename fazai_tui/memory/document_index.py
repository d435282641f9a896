"""Searching the imported documents of one kind: BM25 over all they say, vectors of what they are for."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from fazai_tui.config.paths import ensure_directory
from fazai_tui.memory.bm25 import Bm25
from fazai_tui.memory.documents import Document
from fazai_tui.memory.embedding import TermVectors, products, unit
from fazai_tui.memory.partial import partial_folder, remove_stale
from fazai_tui.memory.terms import TermMaker

_SPARSE_POOL = 24
_DENSE_POOL = 12
"""How many candidates either way of searching puts forward."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that may fit an order.

    Attributes:
        number: The document's number in the library.
        sparse_rank: Its place among all documents of its kind by BM25, 0 for the best.
        dense_rank: Its place by vectors.
    """

    number: int
    sparse_rank: int
    dense_rank: int


class DocumentIndex:
    """Puts forward the documents that may fit an order."""

    def __init__(self, numbers: NDArray[np.int64], sparse: Bm25, dense: NDArray[np.float32] | None) -> None:
        """Take what was built or read: the documents' numbers, their terms, and unit vectors of one row each."""
        self._numbers = numbers
        self._sparse = sparse
        self._dense = dense

    @classmethod
    def build(
        cls, documents: Sequence[tuple[int, Document]], maker: TermMaker, vectors: TermVectors | None
    ) -> "DocumentIndex":
        """Index documents given with their numbers."""
        terms = [document_terms(document, maker) for _, document in documents]
        purposes = [purpose_terms(document, maker) for _, document in documents]
        return cls(
            np.array([number for number, _ in documents], dtype=np.int64),
            Bm25.build(terms, k1=1.2, b=0.75),
            unit(vectors.sums(purposes)) if vectors is not None else None,
        )

    @classmethod
    def load(cls, folder: Path) -> "DocumentIndex | None":
        """Read an index; None when it is not there or is damaged."""
        try:
            with np.load(folder / "documents.npz", allow_pickle=False) as arrays:
                numbers, dense = arrays["numbers"], arrays["vectors"].astype(np.float32)
            index = cls(numbers, Bm25.load(folder / "terms", len(numbers)), dense if len(dense) else None)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        return index if dense.shape[0] in (0, len(numbers)) else None

    def save(self, folder: Path) -> None:
        """Write the index in one step; what stood there goes.

        Raises:
            OSError: It cannot be written.
        """
        remove_stale(ensure_directory(folder.parent))
        with partial_folder(folder.parent) as partial:
            dense = self._dense if self._dense is not None else np.zeros((0, 0))
            self._sparse.save(partial / "terms")
            np.savez(partial / "documents.npz", numbers=self._numbers, vectors=dense.astype(np.float16))
            shutil.rmtree(folder, ignore_errors=True)
            partial.replace(folder)

    def by_words(self) -> "DocumentIndex":
        """Return the index without its vectors."""
        return DocumentIndex(self._numbers, self._sparse, None)

    def candidates(self, terms: Sequence[str], vector: NDArray[np.float32] | None) -> tuple[Candidate, ...]:
        """Return the documents nearest to an order's terms and to its unit vector, in no order."""
        if not len(self._numbers):
            return ()
        sparse = self._sparse.scores(terms)
        best = _best(sparse, _SPARSE_POOL)
        sparse_ranks = {row: rank for rank, row in enumerate(best) if sparse[row] > 0}
        dense_ranks: dict[int, int] = {}
        if self._dense is not None and vector is not None and vector.any():
            near = products(self._dense, vector)
            dense_ranks = {row: rank for rank, row in enumerate(_best(near, _DENSE_POOL)) if near[row] > 0}
        return tuple(
            Candidate(int(self._numbers[row]), sparse_ranks.get(row, _SPARSE_POOL), dense_ranks.get(row, _DENSE_POOL))
            for row in sparse_ranks | dense_ranks
        )

    def frequency(self, term: str) -> int:
        """Return how many documents hold a term."""
        return self._sparse.frequency(term)

    @property
    def size(self) -> int:
        """How many documents there are."""
        return self._sparse.size


def purpose_terms(document: Document, maker: TermMaker) -> list[str]:
    """Return the terms of what a document is for."""
    entry = document.entry
    return [term for phrasing in document.phrasings for term in maker.terms(phrasing, entry.slots)]


def document_terms(document: Document, maker: TermMaker) -> list[str]:
    """Return the terms of all that a document says: what it is for, where it is from, its commands."""
    entry = document.entry
    page = entry.source.partition(" ")[2]
    texts = [page, *(step.run for step in entry.steps)]
    return purpose_terms(document, maker) + [term for text in texts for term in maker.terms(text, entry.slots)]


def _best(scores: NDArray[np.float32], count: int) -> list[int]:
    """Return the rows of the highest scores, highest first."""
    count = min(count, len(scores))
    found = np.argpartition(-scores, count - 1)[:count]
    ordered: list[int] = found[np.argsort(-scores[found], kind="stable")].tolist()
    return ordered
