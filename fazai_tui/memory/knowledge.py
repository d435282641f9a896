"""Finding what resembles an order in the cookbook and in imported documents, ranked in one list."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from fazai_tui.core.cookbook import LANGUAGES, Entry, Language, Retrieved
from fazai_tui.core.errors import FazaiError
from fazai_tui.memory.document_index import Candidate, DocumentIndex, document_terms
from fazai_tui.memory.documents import Document, Kind
from fazai_tui.memory.embedding import TermVectors, unit
from fazai_tui.memory.index import text_terms
from fazai_tui.memory.library import Library
from fazai_tui.memory.retrieval import CookbookRetriever
from fazai_tui.memory.shelf import Shelf
from fazai_tui.memory.terms import TermMaker

_HANDICAPS: Mapping[Kind, float] = {"runbook": 0.1, "tldr": 0.25, "man": 0.3}
"""How much more of an order a document must cover than the best cookbook entry does, to come before it.

Measured with 30,000 imported documents on orders for the cookbook: at 0.15 the right entry fell from the first three
in 1.7 of 100 orders, at 0.25 in 0.2 of them. Runbooks are of this very machine.
"""

_MOST_AHEAD = 2
"""Documents before the cookbook's best entry, so that one of the three a prompt shows is always the cookbook's."""

_LEAST_COVER = 0.35
"""A document that covers less of an order has nothing to say about it."""

_SURE_COVER = 0.5
"""The least cover that puts a document before any entry."""

_SAME_PURPOSE = 0.6
"""The share of a document's purpose that an order which asks for just this says."""

_CLEAR = 0.25
"""What such a document leads by, once it leads: more than separates the examples that a prompt shows together."""

_OTHER_LANGUAGE = 0.9
_RANK_SHIFT = 60
"""The constant of reciprocal rank fusion."""

_COMPARED = 6
"""Cookbook entries that documents have to be better than."""

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class _Found:
    """A candidate with what decides its place.

    Attributes:
        cover: The share of the order's terms that the document holds, weighted by how rare they are.
        lead: How much better than the cookbook it is; below 0 it comes after.
    """

    document: Document
    cover: float
    lead: float
    candidate: Candidate


class KnowledgeRetriever:
    """Searches the cookbook and the library; without a usable library, the cookbook alone."""

    def __init__(
        self,
        cookbook: CookbookRetriever,
        library: Library,
        shelf: Shelf,
        *,
        vectors: Callable[[], TermVectors | None] = TermVectors.shipped,
        on_problem: Callable[[FazaiError], None] = lambda error: None,
    ) -> None:
        """Prepare to search; nothing is opened.

        Args:
            cookbook: Finds cookbook entries.
            library: Holds the imported documents.
            shelf: Its indexes.
            vectors: Loads the learned vectors of terms.
            on_problem: Told once of a library that cannot be used, on the thread that searches.
        """
        self._cookbook = cookbook
        self._library = library
        self._shelf = shelf
        self._load_vectors = vectors
        self._vectors: TermVectors | None = None
        self._has_vectors = False
        self._on_problem = on_problem
        self._problem = ""
        self._maker = TermMaker()
        self._entry_terms: dict[str, frozenset[str]] = {}

    def search(self, query: str, *, limit: int, language: Language | None = None) -> tuple[Retrieved, ...]:
        """Return the entries and documents nearest to an order, best first."""
        entries = self._cookbook.search(query, limit=max(limit, _COMPARED), language=language)
        return self.merged(query, entries, limit=limit, language=language)

    def warm_up(self) -> None:
        """Make everything ready that makes searches fast and good; takes seconds after an update of FazAI."""
        self._cookbook.warm_up()
        try:
            self._shelf.renew(self._maker, self._term_vectors())
        except FazaiError as error:
            self._tell(error)

    def strangeness(self, text: str) -> float:
        """Return the share of a sentence's words that nobody uses for what the cookbook knows, from 0 to 1."""
        return self._cookbook.strangeness(text)

    def search_repairs(self, output: str, *, limit: int, language: Language) -> tuple[Retrieved, ...]:
        """Return the repairs whose error message is nearest to what a command printed, best first."""
        return self._cookbook.search_repairs(output, limit=limit, language=language)

    def merged(
        self, query: str, entries: Sequence[Retrieved], *, limit: int, language: Language | None = None
    ) -> tuple[Retrieved, ...]:
        """Return cookbook entries that were found for an order, with the documents that belong among them."""
        try:
            found = self._documents(query, entries, language)
        except FazaiError as error:
            self._tell(error)
            return tuple(entries[:limit])
        self._problem = ""
        return tuple(_ranked(entries, found)[:limit])

    def _tell(self, error: FazaiError) -> None:
        if str(error) != self._problem:
            self._problem = str(error)
            self._on_problem(error)

    def _documents(self, query: str, entries: Sequence[Retrieved], language: Language | None) -> list[_Found]:
        """Return the documents worth showing, in their order."""
        indexes = self._shelf.indexes(self._maker, self._term_vectors())
        if not indexes:
            return []
        terms = self._maker.terms(query)
        weights = self._weights(set(terms), indexes)
        vectors = self._term_vectors()
        vector = unit(vectors.sums([terms]))[0] if vectors is not None else None
        candidates = {
            candidate.number: candidate for index in indexes.values() for candidate in index.candidates(terms, vector)
        }
        rival = max((_cover(self._terms_of(item.entry), weights) for item in entries[:_COMPARED]), default=0.0)
        found: list[_Found] = []
        for number, document in self._library.pick(list(candidates)).items():
            cover = _cover(set(document_terms(document, self._maker)), weights)
            if language is not None and document.language != language:
                cover *= _OTHER_LANGUAGE
            if cover >= _LEAST_COVER:
                lead = cover - rival - _HANDICAPS[_kind(document)]
                if lead > 0 and self._says_purpose(terms, document, indexes):
                    lead += _CLEAR
                found.append(_Found(document, cover, lead, candidates[number]))
        return _fused(found)

    def _says_purpose(self, terms: Collection[str], document: Document, indexes: Mapping[Kind, DocumentIndex]) -> bool:
        """Tell whether an order says most of what one of the document's phrasings does."""
        phrasings = [self._maker.terms(text, document.entry.slots) for text in document.phrasings]
        return any(
            _cover(terms, self._weights(set(phrasing), indexes)) >= _SAME_PURPOSE for phrasing in phrasings if phrasing
        )

    def _weights(self, terms: Collection[str], indexes: Mapping[Kind, DocumentIndex]) -> dict[str, float]:
        """Return how much each term of an order says: the more, the fewer entries and documents hold it."""
        size = self._cookbook.size + sum(index.size for index in indexes.values())
        return {
            term: math.log(
                1
                + size / (1 + self._cookbook.frequency(term) + sum(index.frequency(term) for index in indexes.values()))
            )
            for term in terms
        }

    def _terms_of(self, entry: Entry) -> frozenset[str]:
        if entry.id not in self._entry_terms:
            phrasings = [phrasing for language in LANGUAGES for phrasing in entry.phrasings(language)]
            said = (term for phrasing in phrasings for term in self._maker.terms(phrasing, entry.slots))
            self._entry_terms[entry.id] = frozenset((*said, *text_terms(entry, self._maker)))
        return self._entry_terms[entry.id]

    def _term_vectors(self) -> TermVectors | None:
        if not self._has_vectors:
            self._vectors, self._has_vectors = self._load_vectors(), True
        return self._vectors


def _ranked(entries: Sequence[Retrieved], found: Sequence[_Found]) -> list[Retrieved]:
    """Return entries and documents best first, with scores on the entries' scale.

    A document stands before the best entry, or after the first three: near-equal ones take no entry's place.
    """
    best = entries[0].score if entries else 0.0
    third = entries[:_NEAREST][-1].score if entries else math.inf
    ahead: list[Retrieved] = []
    after = list(entries[_NEAREST:])
    for item in found:
        if item.lead > 0 and item.cover >= _SURE_COVER and len(ahead) < _MOST_AHEAD:
            score = best + item.lead
            ahead.append(_retrieved(item, min(score, ahead[-1].score) if ahead else score))
        else:
            after.append(_retrieved(item, min(third, best + item.lead)))
    return [*ahead, *entries[:_NEAREST], *sorted(after, key=lambda item: -item.score)]


def _cover(held: Collection[str], weights: Mapping[str, float]) -> float:
    whole = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / whole if whole else 0.0


def _fused(found: Sequence[_Found]) -> list[_Found]:
    """Return documents best first: by BM25, by vectors and, twice, by their lead, each by rank alone."""
    by_lead = sorted(found, key=lambda item: -item.lead)
    scores = {
        item.candidate.number: 1 / (_RANK_SHIFT + item.candidate.sparse_rank)
        + 1 / (_RANK_SHIFT + item.candidate.dense_rank)
        + 2 / (_RANK_SHIFT + rank)
        for rank, item in enumerate(by_lead)
    }
    return sorted(by_lead, key=lambda item: -scores[item.candidate.number])


def _kind(document: Document) -> Kind:
    match document.entry.source.partition(" ")[0]:
        case "man":
            return "man"
        case "tldr":
            return "tldr"
        case _:
            return "runbook"


def _retrieved(item: _Found, score: float) -> Retrieved:
    document = item.document
    return Retrieved(
        entry=document.entry, phrasing=document.phrasings[0], language=document.language, score=round(score, 2)
    )
