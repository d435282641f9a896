"""Finding the cookbook entries that resemble an order, by BM25 over their phrasings."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from fazai_tui.core.cookbook import LANGUAGES, Entry, Language, Retrieved
from fazai_tui.memory.terms import TermMaker

_ENTRY_WEIGHT = 3.0
"""How much an entry's whole text counts beside its best phrasing; measured on held-out phrasings."""

_OTHER_LANGUAGE = 0.85
"""A phrasing in the other language counts a little less: slot words are shared between the languages."""


class CookbookRetriever:
    """Searches a cookbook. The index is built at the first search."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        maker = TermMaker()
        self._orders = _Index([entry for entry in entries if entry.kind != "repair"], maker)
        self._repairs = _Index([entry for entry in entries if entry.kind == "repair"], maker)

    def search(self, query: str, *, limit: int, language: Language | None = None) -> tuple[Retrieved, ...]:
        """Return the entries nearest to an order, best first, each with its nearest phrasing."""
        return self._orders.search(query, limit, language, "")

    def search_without(self, query: str, phrasing: str, *, limit: int, language: Language) -> tuple[Retrieved, ...]:
        """Search as if a phrasing were not known: how training and measuring see what a new order will meet."""
        return self._orders.search(query, limit, language, phrasing)

    def search_repairs(self, output: str, *, limit: int, language: Language) -> tuple[Retrieved, ...]:
        """Return the repairs whose error message is nearest to what a command printed, best first."""
        return self._repairs.search(output, limit, language, "")


class _Index:
    """A document a phrasing and a document an entry; an entry scores by its best phrasing and its whole text."""

    def __init__(self, entries: Sequence[Entry], maker: TermMaker) -> None:
        self._entries = entries
        self._maker = maker
        self._documents: list[tuple[int, str, Language]] = []
        for number, entry in enumerate(entries):
            for language in LANGUAGES:
                self._documents.extend((number, phrasing, language) for phrasing in entry.phrasings(language))
        self._lock = threading.Lock()
        self._built: _Built | None = None

    def search(self, query: str, limit: int, language: Language | None, without: str) -> tuple[Retrieved, ...]:
        """Return the best entries; documents of exactly the phrasing `without` are left out."""
        if not self._documents:
            return ()
        with self._lock:
            self._built = self._built or self._build()
        terms = self._maker.terms(query)
        scores = self._built.phrasings.scores(terms)
        if language is not None:
            scores = scores * self._built.weights[language]
        if without:
            scores[[n for n, document in enumerate(self._documents) if document[1] == without]] = 0
        entries = self._built.entries.scores(terms) * _ENTRY_WEIGHT
        entries += np.maximum.reduceat(scores, self._built.starts)
        best = np.argsort(-entries, kind="stable")[:limit].tolist()
        return tuple(self._retrieved(number, float(entries[number]), scores) for number in best if entries[number] > 0)

    def _retrieved(self, number: int, score: float, scores: NDArray[np.float32]) -> Retrieved:
        assert self._built is not None
        start = int(self._built.starts[number])
        count = len(self._entries[number].pt) + len(self._entries[number].en)
        _, phrasing, language = self._documents[start + int(scores[start : start + count].argmax())]
        return Retrieved(entry=self._entries[number], phrasing=phrasing, language=language, score=round(score, 2))

    def _build(self) -> "_Built":
        phrasings = [self._maker.terms(text, self._entries[number].slots) for number, text, _ in self._documents]
        whole: list[list[str]] = [self._text_terms(entry) for entry in self._entries]
        for (number, _, _), terms in zip(self._documents, phrasings, strict=True):
            whole[number] += terms
        owners = np.array([number for number, _, _ in self._documents])
        spoken = np.array([language for _, _, language in self._documents])
        return _Built(
            phrasings=_Bm25(phrasings, k1=0.9, b=0.6),
            entries=_Bm25(whole, k1=1.2, b=0.75),
            starts=np.searchsorted(owners, np.arange(len(self._entries))),
            weights={
                language: np.where(spoken == language, 1.0, _OTHER_LANGUAGE).astype(np.float32)
                for language in LANGUAGES
            },
        )

    def _text_terms(self, entry: Entry) -> list[str]:
        texts = [entry.title, entry.explain] if entry.explain else [entry.title]
        sentences = [text.text(language) for text in texts for language in LANGUAGES]
        commands = [step.run for step in entry.steps]
        return [term for text in (*sentences, *commands) for term in self._maker.terms(text, entry.slots)]


@dataclass(frozen=True, slots=True)
class _Built:
    phrasings: "_Bm25"
    entries: "_Bm25"
    starts: NDArray[np.intp]
    """The first document of each entry."""
    weights: dict[Language, NDArray[np.float32]]
    """What each document counts for a query in a language."""


class _Model(Protocol):
    """What is used of bm25s, which has no types."""

    vocab_dict: Mapping[str, int]

    def index(self, corpus: list[list[str]], *, show_progress: bool) -> None: ...

    def get_scores(self, query_tokens_single: list[str]) -> NDArray[np.float32]: ...


class _Bm25:
    def __init__(self, documents: Sequence[list[str]], *, k1: float, b: float) -> None:
        # bm25s carries no types, and importing it takes a tenth of a second that a start need not pay.
        self._model = cast(_Model, import_module("bm25s").BM25(method="lucene", k1=k1, b=b))
        self._model.index(list(documents), show_progress=False)
        self._vocabulary = frozenset(self._model.vocab_dict)
        self._size = len(documents)

    def scores(self, query: Sequence[str]) -> NDArray[np.float32]:
        known = [term for term in query if term in self._vocabulary]
        return self._model.get_scores(known) if known else np.zeros(self._size, dtype=np.float32)
