"""BM25 over lists of terms, kept on disk between runs."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray


class _Model(Protocol):
    """What is used of bm25s, which has no types."""

    vocab_dict: Mapping[str, int]
    scores: Mapping[str, NDArray[np.int64]]

    def index(self, corpus: list[list[str]], *, show_progress: bool) -> None: ...

    def get_scores(self, query_tokens_single: list[str]) -> NDArray[np.float32]: ...

    def save(self, save_dir: str) -> None: ...


class Bm25:
    """Scores documents for a query."""

    def __init__(self, model: _Model, size: int) -> None:
        self._model = model
        self._size = size
        self._vocabulary = frozenset(model.vocab_dict)

    @classmethod
    def build(cls, documents: Sequence[list[str]], *, k1: float, b: float) -> "Bm25":
        """Index documents, each a list of terms.

        Args:
            documents: The documents.
            k1: How soon repeating a term stops to count.
            b: How much long documents are held back.
        """
        model = cast(_Model, import_module("bm25s").BM25(method="lucene", k1=k1, b=b))
        # bm25s cannot index nothing; one empty document more than there are is never asked for.
        model.index([*documents, [""]], show_progress=False)
        return cls(model, len(documents))

    @classmethod
    def load(cls, folder: Path, size: int) -> "Bm25":
        """Read an index.

        Raises:
            OSError: It is not there or cannot be read.
            ValueError: It is damaged.
        """
        return cls(cast(_Model, import_module("bm25s").BM25.load(str(folder))), size)

    def save(self, folder: Path) -> None:
        """Write the index."""
        self._model.save(str(folder))

    def scores(self, query: Sequence[str]) -> NDArray[np.float32]:
        """Return a score for each document."""
        known = [term for term in query if term in self._vocabulary]
        return self._model.get_scores(known)[: self._size] if known else np.zeros(self._size, dtype=np.float32)

    def frequency(self, term: str) -> int:
        """Return how many documents hold a term."""
        if term not in self._vocabulary:
            return 0
        column = self._model.vocab_dict[term]
        starts = self._model.scores["indptr"]
        return int(starts[column + 1] - starts[column])

    @property
    def size(self) -> int:
        """How many documents there are."""
        return self._size
