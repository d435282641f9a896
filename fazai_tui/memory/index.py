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
from fazai_tui.memory.evidence import Evidence, Search
from fazai_tui.memory.judge import Judge
from fazai_tui.memory.postings import Postings
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

_JUDGED = 30
"""How many of the best entries of the first look get a second one; the right one is hardly ever behind them."""

_SHARING = 10
"""How many more that share most with the order get it too."""

_STEP = 0.035
"""How much an entry is behind the best one in score for each step that the judge sees it behind."""

_TRUST = 6.0
"""How much the first look's scores count in the second: the judge learns from drawn values, and people name `nginx`.

Less finds a few more of the held-out phrasings, and takes ordinary orders for what they mention in passing.
"""

_LEAST_SCORE = 0.01

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an index is made of. Sums are weighted sums of term vectors, one row each; None without vectors."""

    phrasings: Bm25
    whole: Bm25
    phrasing_sums: Floats | None
    entry_sums: Floats | None
    postings: Postings


class EntryIndex:
    """A document a phrasing and a document an entry; an entry scores by its best phrasing and its whole text."""

    def __init__(
        self,
        entries: Sequence[Entry],
        maker: TermMaker,
        vectors: TermVectors | None,
        folder: Path | None = None,
        judge: Judge | None = None,
    ) -> None:
        """Read the index from a folder, or build it and write it there.

        Args:
            entries: What is searched.
            maker: Breaks texts into terms.
            vectors: The learned vectors of terms; None searches by BM25 alone.
            folder: Where the index of exactly these entries is or will be kept; None keeps nothing.
            judge: Gives the best entries a second look; None trusts the first one.
        """
        self._entries = entries
        self._maker = maker
        self._vectors = vectors
        self._documents: list[tuple[int, str, Language]] = []
        for number, entry in enumerate(entries):
            for language in LANGUAGES:
                self._documents.extend((number, phrasing, language) for phrasing in entry.phrasings(language))
        self._owners = np.array([number for number, _, _ in self._documents], dtype=np.intp)
        self._starts = np.searchsorted(self._owners, np.arange(len(entries)))
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
        self._judge = judge
        self._evidence = self._prepare(judge)

    def search(self, query: str, limit: int, language: Language | None, without: str = "") -> tuple[Retrieved, ...]:
        """Return the best entries, best first; documents of exactly the phrasing `without` are left out."""
        if not self._documents:
            return ()
        look, nearness = self._first_look(query, language, self._of_phrasing.get(without, []))
        best = np.argsort(-look.scores, kind="stable")
        scores = look.scores
        if self._judge is not None and self._evidence is not None:
            best, scores = self._second_look(look, best, self._judge, self._evidence)
        chosen = best[:limit].tolist()
        return tuple(
            self._retrieved(number, float(scores[number]), nearness) for number in chosen if scores[number] > 0
        )

    def evidence(self, query: str, language: Language) -> tuple[Numbers, Floats]:
        """Return the numbers of the entries that get a second look, and what speaks for each: what a judge learns from.

        Raises:
            ValueError: There are no vectors.
        """
        if self._evidence is None:
            raise ValueError("evidence takes vectors and a guess")
        look, _ = self._first_look(query, language, [])
        candidates = self._candidates(look, np.argsort(-look.scores, kind="stable"))
        return candidates, self._evidence.gather(look, candidates)

    def _first_look(self, query: str, language: Language | None, left_out: Sequence[int]) -> tuple[Search, Floats]:
        """Return the scores of all entries, and how near each phrasing is."""
        terms = self._maker.terms(query)
        values = self._maker.count_values(query)
        spoken = self._weights[language]
        sparse = self._parts.phrasings.scores(terms) * spoken
        sparse[left_out] = 0
        whole_sparse = self._parts.whole.scores(terms)
        scores = whole_sparse * _WHOLE_WEIGHT + np.maximum.reduceat(sparse, self._starts)
        near, whole_near, nearness = np.zeros_like(sparse), np.zeros_like(whole_sparse), sparse
        dense = self._similarities(terms, left_out)
        if dense is not None:
            near, whole_near = dense[0] * spoken, dense[1]
            scores = scores / max(float(scores.max()), 1e-6) * _SPARSE_WEIGHT
            scores = scores + whole_near + np.maximum.reduceat(near, self._starts) * _PHRASING_WEIGHT
            nearness = near + sparse / max(float(sparse.max()), 1e-6) * _SPARSE_WEIGHT
        scores = (scores - np.maximum(values - self._slots, 0) * _UNUSED_VALUE).astype(np.float32)
        look = Search(query, terms, values, spoken, left_out, scores, sparse, whole_sparse, near, whole_near)
        return look, nearness

    def _candidates(self, look: Search, best: Numbers) -> Numbers:
        """Return the entries that get a second look, the best of the first one before the others."""
        first = best[:_JUDGED]
        _, shared = self._parts.postings.shared(dict.fromkeys(look.terms), look.left_out)
        shared[first] = 0
        more = np.argsort(-shared, kind="stable")[:_SHARING]
        return np.concatenate((first, more[shared[more] > 0]))

    def _second_look(self, look: Search, best: Numbers, judge: Judge, evidence: Evidence) -> tuple[Numbers, Floats]:
        """Return the entries anew ordered, with scores that still say how much the order resembles what is known."""
        candidates = self._candidates(look, best)
        weighed = judge.weigh(evidence.gather(look, candidates)) + look.scores[candidates] * _TRUST
        order = np.argsort(-weighed, kind="stable")
        top = float(look.scores[candidates].max())
        judged = np.maximum(top - (weighed.max() - weighed) * _STEP, min(top, _LEAST_SCORE))
        scores = np.minimum(look.scores, judged.min())
        scores[candidates] = judged
        others = best[~np.isin(best, candidates)]
        return np.concatenate((candidates[order], others)), scores

    def _prepare(self, judge: Judge | None) -> Evidence | None:
        """Return what gathers evidence for a judge; None when it cannot judge by these vectors."""
        if judge is None or self._vectors is None or not self._documents:
            return None
        if judge.guess.size != len(self._vectors.rows):
            return None
        return Evidence(self._entries, self._parts.postings, self._starts, self._vectors, judge.guess)

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
            postings = Postings.load(folder / "postings.npz")
            if self._vectors is None:
                return _Parts(phrasings, whole, None, None, postings)
            with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
                return _Parts(phrasings, whole, arrays["phrasings"], arrays["entries"], postings)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def _build(self, folder: Path | None) -> _Parts:
        phrasings = [self._maker.terms(text, self._entries[number].slots) for number, text, _ in self._documents]
        texts = [text_terms(entry, self._maker) for entry in self._entries]
        whole = [list(terms) for terms in texts]
        for (number, _, _), terms in zip(self._documents, phrasings, strict=True):
            whole[number] += terms
        parts = _Parts(
            Bm25.build(phrasings, k1=0.9, b=0.6),
            Bm25.build(whole, k1=1.2, b=0.75),
            self._vectors.sums(phrasings) if self._vectors else None,
            self._vectors.sums(whole) if self._vectors else None,
            Postings.build([*phrasings, *texts], np.append(self._owners, np.arange(len(self._entries)))),
        )
        if folder is not None:
            parts.phrasings.save(folder / "phrasings")
            parts.whole.save(folder / "whole")
            parts.postings.save(folder / "postings.npz")
            if parts.phrasing_sums is not None and parts.entry_sums is not None:
                np.savez(folder / "vectors.npz", phrasings=parts.phrasing_sums, entries=parts.entry_sums)
        return parts


def text_terms(entry: Entry, maker: TermMaker) -> list[str]:
    """Return the terms of an entry's title, explanation and commands."""
    texts = [entry.title, entry.explain] if entry.explain else [entry.title]
    sentences = [text.text(language) for text in texts for language in LANGUAGES]
    commands = [step.run for step in entry.steps]
    return [term for text in (*sentences, *commands) for term in maker.terms(text, entry.slots)]
