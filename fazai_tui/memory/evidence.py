"""What speaks for and against an entry that a search found, as numbers that a judge weighs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.command_words import CommandWords
from fazai_tui.memory.embedding import TermVectors, products
from fazai_tui.memory.guess import Guess
from fazai_tui.memory.postings import Postings
from fazai_tui.memory.slot_fit import SlotFit

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

_SHARP = 12.0
"""How much the nearest phrasings outweigh the others when all of an entry's are looked at."""

_LEAST_LIKELY = -12.0


@dataclass(frozen=True, slots=True)
class Search:
    """An order and what the first look at every entry came to.

    Attributes:
        values: How many values the order holds.
        spoken: How much a phrasing counts, by its language.
        left_out: Phrasings that are not to be known.
        scores: The first look's score of each entry.
        sparse: The BM25 score of each phrasing.
        whole_sparse: That of each entry's whole text.
        near: How near each phrasing is, by vectors.
        whole_near: How near each entry is.
    """

    query: str
    terms: Sequence[str]
    values: int
    spoken: Floats
    left_out: Sequence[int]
    scores: Floats
    sparse: Floats
    whole_sparse: Floats
    near: Floats
    whole_near: Floats


class Evidence:
    """Gathers the numbers; a row for each candidate."""

    def __init__(
        self, entries: Sequence[Entry], postings: Postings, starts: Numbers, vectors: TermVectors, guess: Guess
    ) -> None:
        """Prepare what does not depend on the order.

        Args:
            entries: What is searched.
            postings: The terms of all phrasings, entry by entry, and after them of the entries' other texts.
            starts: Where the phrasings of each entry begin.
            vectors: The learned vectors of terms.
            guess: Guesses the entry from the terms.
        """
        self._postings = postings
        self._starts = starts
        self._phrasings = int(sum(len(entry.pt) + len(entry.en) for entry in entries))
        self._ends = np.append(starts[1:], self._phrasings)
        self._vectors = vectors
        self._guess = guess
        self._columns = guess.columns_of([entry.id for entry in entries])
        self._slots = SlotFit(entries)
        self._commands = CommandWords(entries)
        words = [term for term in vectors.rows if _is_word(term)]
        self._words = vectors.units[vectors.rows_of(words)]
        held = postings.rows_of_entries({term: place for place, term in enumerate(words)})
        # Every entry needs a word to compare; the first one stands for none.
        self._words_of: list[Numbers] = [own if len(own) else np.zeros(1, dtype=np.intp) for own in held]
        steps = [min(len(entry.steps), 4) / 4 for entry in entries]
        answers = [float(entry.kind == "answer") for entry in entries]
        many = np.log1p(self._ends - starts) / 4
        self._fixed = np.stack((answers, steps, many), axis=1).astype(np.float32)

    def gather(self, search: Search, candidates: Numbers) -> Floats:
        """Return what speaks for each candidate, a row each."""
        parts = (
            self._likeness(search, candidates),
            self._sharing(search, candidates),
            self._commands.columns(search.query, candidates),
            self._slots.columns(search.terms, search.values, candidates),
            self._meaning(search.terms, candidates),
            self._fixed[candidates],
            self._guessed(search.terms, candidates),
        )
        return np.concatenate(parts, axis=1)

    def _likeness(self, search: Search, candidates: Numbers) -> Floats:
        """How the first look sees a candidate, beside the best of them."""
        sparse = np.maximum.reduceat(search.sparse, self._starts)
        near = np.maximum.reduceat(search.near, self._starts)[candidates]
        whole = search.whole_near[candidates]
        sums = np.log(np.add.reduceat(np.exp(search.near * _SHARP), self._starts)[candidates]) / _SHARP
        columns = (
            _behind(search.scores[candidates]),
            near,
            _behind(near),
            whole,
            _behind(whole),
            _behind(sums),
            sparse[candidates] / max(float(sparse.max()), 1e-6),
            search.whole_sparse[candidates] / max(float(search.whole_sparse.max()), 1e-6),
        )
        return np.stack(columns, axis=1)

    def _sharing(self, search: Search, candidates: Numbers) -> Floats:
        """How much of the order a candidate says, by its terms and by its words alone, and how much else."""
        columns: list[NDArray[np.floating]] = []
        every = list(dict.fromkeys(search.terms))
        for terms in (every, [term for term in every if term[0].isalpha()]):
            documents, entries = self._postings.shared(terms, search.left_out)
            asked = sum(self._postings.weight(term) for term in terms) + 1e-6
            phrasings = documents[: self._phrasings] * search.spoken
            texts = documents[self._phrasings :]
            alike = 2 * phrasings / (asked + self._postings.masses[: self._phrasings])
            for best in (
                np.maximum.reduceat(alike, self._starts)[candidates],
                np.maximum.reduceat(phrasings, self._starts)[candidates] / asked,
                entries[candidates] / asked,
                texts[candidates] / asked,
            ):
                columns += [best, _behind(best)]
        return np.stack(columns, axis=1).astype(np.float32)

    def _meaning(self, terms: Sequence[str], candidates: Numbers) -> Floats:
        """How well each word of the order is met by some word of a candidate."""
        asked = self._vectors.rows_of([term for term in dict.fromkeys(terms) if _is_word(term)])
        met = np.zeros(len(candidates), dtype=np.float32)
        own: list[Numbers] = [self._words_of[number] for number in candidates.tolist()]
        starts = np.cumsum([0, *(len(words) for words in own[:-1])])
        held = np.concatenate(own)
        is_held = np.zeros(len(self._words), dtype=np.bool_)
        is_held[held] = True
        words = self._words[is_held]
        places = (np.cumsum(is_held) - 1)[held]
        for row in asked.tolist():
            alike = products(words, self._vectors.units[row])[places]
            met += np.maximum.reduceat(alike, starts) * self._vectors.lengths[row]
        met /= max(float(self._vectors.lengths[asked].sum()), 1e-6)
        return np.stack((met, _behind(met)), axis=1)

    def _guessed(self, terms: Sequence[str], candidates: Numbers) -> Floats:
        likely = self._guess.likelihoods(self._vectors.rows_of(list(dict.fromkeys(terms))))
        columns = self._columns[candidates]
        known = columns >= 0
        mine = np.where(known, likely[np.maximum(columns, 0)], np.float32(_LEAST_LIKELY))
        # An entry that came after the guess was learned is as likely as the best known one.
        mine = np.where(known, mine, mine.max(initial=_LEAST_LIKELY))
        return np.stack((_behind(mine), np.maximum(mine, _LEAST_LIKELY)), axis=1).astype(np.float32)


def _is_word(term: str) -> bool:
    """Tell words and concepts from pieces of words and shapes of values."""
    return term[0].isalpha() or term[0] == "#"


def _behind(scores: NDArray[np.floating]) -> Floats:
    """Return how far each score is behind the best."""
    return np.asarray(scores - scores.max(), dtype=np.float32)
