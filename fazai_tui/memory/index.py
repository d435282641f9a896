"""Searching entries by their phrasings and their whole text."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fazai_tui.core.cookbook import LANGUAGES, Entry, Language, Retrieved
from fazai_tui.memory.bm25 import Bm25
from fazai_tui.memory.terms import TermMaker

_ENTRY_WEIGHT = 3.0
"""How much an entry's whole text counts beside its best phrasing; measured on held-out phrasings."""

_OTHER_LANGUAGE = 0.85
"""A phrasing in the other language counts a little less: slot words are shared between the languages."""


class EntryIndex:
    """A document a phrasing and a document an entry; an entry scores by its best phrasing and its whole text."""

    def __init__(self, entries: Sequence[Entry], maker: TermMaker, folder: Path | None = None) -> None:
        """Read the index from a folder, or build it and write it there.

        Args:
            entries: What is searched.
            maker: Breaks texts into terms.
            folder: Where the index of exactly these entries is or will be kept; None keeps nothing.
        """
        self._entries = entries
        self._maker = maker
        self._documents: list[tuple[int, str, Language]] = []
        for number, entry in enumerate(entries):
            for language in LANGUAGES:
                self._documents.extend((number, phrasing, language) for phrasing in entry.phrasings(language))
        owners = np.array([number for number, _, _ in self._documents])
        self._starts = np.searchsorted(owners, np.arange(len(entries)))
        spoken = np.array([language for _, _, language in self._documents])
        self._weights = {
            language: np.where(spoken == language, 1.0, _OTHER_LANGUAGE).astype(np.float32) for language in LANGUAGES
        }
        self._phrasings, self._whole = self._load(folder) or self._build(folder)

    def search(self, query: str, limit: int, language: Language | None, without: str = "") -> tuple[Retrieved, ...]:
        """Return the best entries, best first; documents of exactly the phrasing `without` are left out."""
        if not self._documents:
            return ()
        terms = self._maker.terms(query)
        scores = self._phrasings.scores(terms)
        if language is not None:
            scores = scores * self._weights[language]
        if without:
            scores = scores.copy()
            scores[[n for n, document in enumerate(self._documents) if document[1] == without]] = 0
        entries = self._whole.scores(terms) * _ENTRY_WEIGHT + np.maximum.reduceat(scores, self._starts)
        best = np.argsort(-entries, kind="stable")[:limit].tolist()
        return tuple(self._retrieved(number, float(entries[number]), scores) for number in best if entries[number] > 0)

    def _retrieved(self, number: int, score: float, scores: NDArray[np.float32]) -> Retrieved:
        entry = self._entries[number]
        start = int(self._starts[number])
        nearest = int(scores[start : start + len(entry.pt) + len(entry.en)].argmax())
        _, phrasing, language = self._documents[start + nearest]
        return Retrieved(entry=entry, phrasing=phrasing, language=language, score=round(score, 2))

    def _load(self, folder: Path | None) -> tuple[Bm25, Bm25] | None:
        if folder is None:
            return None
        try:
            return (
                Bm25.load(folder / "phrasings", len(self._documents)),
                Bm25.load(folder / "whole", len(self._entries)),
            )
        except (OSError, ValueError):
            return None

    def _build(self, folder: Path | None) -> tuple[Bm25, Bm25]:
        phrasings = [self._maker.terms(text, self._entries[number].slots) for number, text, _ in self._documents]
        whole = [self._text_terms(entry) for entry in self._entries]
        for (number, _, _), terms in zip(self._documents, phrasings, strict=True):
            whole[number] += terms
        built = Bm25.build(phrasings, k1=0.9, b=0.6), Bm25.build(whole, k1=1.2, b=0.75)
        if folder is not None:
            for index, name in zip(built, ("phrasings", "whole"), strict=True):
                index.save(folder / name)
        return built

    def _text_terms(self, entry: Entry) -> list[str]:
        texts = [entry.title, entry.explain] if entry.explain else [entry.title]
        sentences = [text.text(language) for text in texts for language in LANGUAGES]
        commands = [step.run for step in entry.steps]
        return [term for text in (*sentences, *commands) for term in self._maker.terms(text, entry.slots)]
