"""Sentence vectors from learned term vectors: a few milliseconds of numpy, no network, no torch.

A sentence is the weighted sum of the vectors of its terms, scaled to length 1. The vectors are trained so that the
phrasings of one cookbook entry lie close to each other, in both languages (`training/retriever.py`).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

FILE = "models/retriever.npz"


class TermVectors:
    """The learned vectors of terms."""

    def __init__(self, terms: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Take the terms and their vectors, one row each, already weighted."""
        self.rows: Mapping[str, int] = {term: row for row, term in enumerate(terms)}
        self._vectors = vectors

    @cached_property
    def units(self) -> NDArray[np.float32]:
        """The vectors, scaled to length 1."""
        return unit(self._vectors)

    @cached_property
    def lengths(self) -> NDArray[np.float32]:
        """The lengths of the vectors: how much each term says."""
        return np.asarray(np.linalg.norm(self._vectors, axis=1), dtype=np.float32)

    def rows_of(self, terms: Sequence[str]) -> NDArray[np.intp]:
        """Return the rows of the terms that are known."""
        return np.array([self.rows[term] for term in terms if term in self.rows], dtype=np.intp)

    @classmethod
    def shipped(cls) -> "TermVectors | None":
        """Return the vectors that are part of the package; None when they are not there or are damaged."""
        return cls.read(resources.files("fazai_tui.config").joinpath(FILE))

    @classmethod
    def read(cls, file: Traversable) -> "TermVectors | None":
        """Read a file of terms (lines, UTF-8) and 16-bit vectors; None when it is not there or is damaged."""
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                terms = arrays["terms"].tobytes().decode().split("\n")
                vectors = arrays["vectors"].astype(np.float32)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        return cls(terms, vectors) if len(terms) == len(vectors) else None

    @property
    def width(self) -> int:
        """The length of a vector."""
        return int(self._vectors.shape[1])

    def sums(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Return the summed vectors of each list of terms, one row each; zeros where no term is known."""
        result = np.zeros((len(sentences), self.width), dtype=np.float32)
        for number, terms in enumerate(sentences):
            rows = self.rows_of(terms)
            if len(rows):
                result[number] = self._vectors[rows].sum(axis=0)
        return result


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return scaled


def products(rows: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the product of each row with a vector.

    `rows @ vector` starts a thread a core for half a millisecond of work, and they wait for each other: on a busy
    machine it took twenty times as long.
    """
    result: NDArray[np.float32] = np.einsum("ij,j->i", rows, vector)
    return result
