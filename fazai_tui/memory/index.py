"""Searching entries by their phrasings and their whole text: learned vectors and BM25 together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from fazai_tui.core.cookbook import LANGUAGES, Entry, Language, Retrieved
from fazai_tui.memory.bm25 import Bm25
from fazai_tui.memory.embedding import TermVectors, products, unit
from fazai_tui.memory.terms import TermMaker

_WHOLE_WEIGHT = 3.0
"""How much an entry's whole text counts beside its best phrasing in BM25; measured on held-out phrasings."""

_PHRASING_WEIGHT = 0.5
"""The same among vectors."""

_SPARSE_WEIGHT = 0.15
"""How much BM25 counts beside the vectors: it knows words that the vectors have not learned."""

_UNUSED_VALUE = 0.25
"""What an entry loses for each value of the order, a file name or a number, that it has no slot for."""

_OTHER_LANGUAGE = 0.85
"""A phrasing in the other language counts a little less: slot words are shared between the languages."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an index is made of. Sums are weighted sums of term vectors, one row each; None without vectors."""

    phrasings: Bm25
    whole: Bm25
    phrasing_sums: Floats | None
    entry_sums: Floats | None


class EntryIndex:
    """A document a phrasing and a document an entry; an entry scores by its best phrasing and its whole text."""

    def __init__(
        self, entries: Sequence[Entry], maker: TermMaker, vectors: TermVectors | None, folder: Path | None = None
    ) -> None:
        """Read the index from a folder, or build it and write it there.

        Args:
            entries: What is searched.
            maker: Breaks texts into terms.
            vectors: The learned vectors of terms; None searches by BM25 alone.
            folder: Where the index of exactly these entries is or will be kept; None keeps nothing.
        """
        self._entries = entries
        self._maker = maker
        self._vectors = vectors
        self._documents: list[tuple[int, str, Language]] = []
        for number, entry in enumerate(entries):
            for language in LANGUAGES:
                self._documents.extend((number, phrasing, language) for phrasing in entry.phrasings(language))
        owners = np.array([number for number, _, _ in self._documents], dtype=np.intp)
        self._starts = np.searchsorted(owners, np.arange(len(entries)))
        spoken = np.array([language for _, _, language in self._documents])
        self._weights: dict[Language | None, Floats] = {
            language: np.where(spoken == language, 1.0, _OTHER_LANGUAGE).astype(np.float32) for language in LANGUAGES
        }
        self._slots = np.array([len(entry.slots) for entry in entries], dtype=np.float32)
        self._weights[None] = np.ones(len(spoken), dtype=np.float32)
        self._of_phrasing: dict[str, list[int]] = {}
        for document, (_, phrasing, _) in enumerate(self._documents):
            self._of_phrasing.setdefault(phrasing, []).append(document)
        self._parts = self._load(folder) or self._build(folder)
        sums, wholes = self._parts.phrasing_sums, self._parts.entry_sums
        self._units = None if sums is None or wholes is None else (unit(sums), unit(wholes))

    def search(self, query: str, limit: int, language: Language | None, without: str = "") -> tuple[Retrieved, ...]:
        """Return the best entries, best first; documents of exactly the phrasing `without` are left out."""
        if not self._documents:
            return ()
        terms = self._maker.terms(query)
        left_out = self._of_phrasing.get(without, [])
        sparse = self._parts.phrasings.scores(terms) * self._weights[language]
        sparse[left_out] = 0
        entries = self._parts.whole.scores(terms) * _WHOLE_WEIGHT + np.maximum.reduceat(sparse, self._starts)
        dense = self._similarities(terms, left_out)
        if dense is not None:
            near, whole = dense
            near = near * self._weights[language]
            entries = entries / max(float(entries.max()), 1e-6) * _SPARSE_WEIGHT
            entries = entries + whole + np.maximum.reduceat(near, self._starts) * _PHRASING_WEIGHT
            sparse = near + sparse / max(float(sparse.max()), 1e-6) * _SPARSE_WEIGHT
        entries = entries - np.maximum(self._maker.count_values(query) - self._slots, 0) * _UNUSED_VALUE
        best = np.argsort(-entries, kind="stable")[:limit].tolist()
        return tuple(self._retrieved(number, float(entries[number]), sparse) for number in best if entries[number] > 0)

    def frequency(self, term: str) -> int:
        """Return how many entries hold a term."""
        return self._parts.whole.frequency(term)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    def _similarities(self, terms: Sequence[str], left_out: Sequence[int]) -> tuple[Floats, Floats] | None:
        """Return how near the phrasings and the entries are to a query, by their vectors."""
        if self._vectors is None or self._units is None:
            return None
        query = unit(self._vectors.sums([terms]))[0]
        near, whole = products(self._units[0], query), products(self._units[1], query)
        sums, wholes = self._parts.phrasing_sums, self._parts.entry_sums
        if sums is not None and wholes is not None:
            for document in left_out:
                entry = self._documents[document][0]
                near[document] = -1
                whole[entry] = unit((wholes[entry] - sums[document])[None])[0] @ query
        return near, whole

    def _retrieved(self, number: int, score: float, scores: Floats) -> Retrieved:
        entry = self._entries[number]
        start = int(self._starts[number])
        nearest = int(scores[start : start + len(entry.pt) + len(entry.en)].argmax())
        _, phrasing, language = self._documents[start + nearest]
        return Retrieved(entry=entry, phrasing=phrasing, language=language, score=round(score, 2))

    def _load(self, folder: Path | None) -> _Parts | None:
        if folder is None:
            return None
        try:
            phrasings = Bm25.load(folder / "phrasings", len(self._documents))
            whole = Bm25.load(folder / "whole", len(self._entries))
            if self._vectors is None:
                return _Parts(phrasings, whole, None, None)
            with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
                return _Parts(phrasings, whole, arrays["phrasings"], arrays["entries"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def _build(self, folder: Path | None) -> _Parts:
        phrasings = [self._maker.terms(text, self._entries[number].slots) for number, text, _ in self._documents]
        whole = [text_terms(entry, self._maker) for entry in self._entries]
        for (number, _, _), terms in zip(self._documents, phrasings, strict=True):
            whole[number] += terms
        parts = _Parts(
            Bm25.build(phrasings, k1=0.9, b=0.6),
            Bm25.build(whole, k1=1.2, b=0.75),
            self._vectors.sums(phrasings) if self._vectors else None,
            self._vectors.sums(whole) if self._vectors else None,
        )
        if folder is not None:
            parts.phrasings.save(folder / "phrasings")
            parts.whole.save(folder / "whole")
            if parts.phrasing_sums is not None and parts.entry_sums is not None:
                np.savez(folder / "vectors.npz", phrasings=parts.phrasing_sums, entries=parts.entry_sums)
        return parts


def text_terms(entry: Entry, maker: TermMaker) -> list[str]:
    """Return the terms of an entry's title, explanation and commands."""
    texts = [entry.title, entry.explain] if entry.explain else [entry.title]
    sentences = [text.text(language) for text in texts for language in LANGUAGES]
    commands = [step.run for step in entry.steps]
    return [term for text in (*sentences, *commands) for term in maker.terms(text, entry.slots)]
