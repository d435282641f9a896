"""Finding the cookbook entries that resemble an order."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.core.cookbook import Entry, Language, Retrieved
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.index import EntryIndex
from fazai_tui.memory.judge import Judge
from fazai_tui.memory.terms import TermMaker
from fazai_tui.memory.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Indexes:
    """What is searched for orders, and what is searched for errors."""

    orders: EntryIndex
    repairs: EntryIndex
    vocabulary: Vocabulary


def indexes_of(
    entries: Sequence[Entry], vectors: TermVectors | None, folder: Path | None = None, judge: Judge | None = None
) -> Indexes:
    """Return the indexes of entries.

    Errors are searched by BM25 alone: they are texts of programs, and the vectors know how people ask.

    Args:
        entries: The cookbook.
        vectors: The learned vectors; None searches without.
        folder: Where exactly these indexes are or will be kept; None keeps nothing.
        judge: Ranks what is found for orders by a second look; None leaves it as it is found.
    """
    maker = TermMaker()
    orders = [entry for entry in entries if entry.kind != "repair"]
    repairs = [entry for entry in entries if entry.kind == "repair"]
    return Indexes(
        EntryIndex(orders, maker, vectors, folder and folder / "orders", judge),
        EntryIndex(repairs, maker, None, folder and folder / "repairs"),
        Vocabulary(entries, folder and folder / "words.json"),
    )


class CookbookRetriever:
    """Searches a cookbook; it is opened at the first search, on whatever thread searches first."""

    def __init__(self, open_indexes: Callable[[], Indexes]) -> None:
        self._open = open_indexes
        self._lock = threading.Lock()
        self._indexes: Indexes | None = None

    def warm_up(self) -> None:
        """Open the cookbook."""
        self._opened()

    def search(self, query: str, *, limit: int, language: Language | None = None) -> tuple[Retrieved, ...]:
        """Return the entries nearest to an order, best first, each with its nearest phrasing."""
        return self._opened().orders.search(query, limit, language)

    def search_without(self, query: str, phrasing: str, *, limit: int, language: Language) -> tuple[Retrieved, ...]:
        """Search as if a phrasing were not known: how training and measuring see what a new order will meet."""
        return self._opened().orders.search(query, limit, language, phrasing)

    def search_repairs(self, output: str, *, limit: int, language: Language) -> tuple[Retrieved, ...]:
        """Return the repairs whose error message is nearest to what a command printed, best first."""
        return self._opened().repairs.search(output, limit, language)

    def strangeness(self, text: str) -> float:
        """Return the share of a sentence's words that nobody uses for what the cookbook knows, from 0 to 1."""
        return self._opened().vocabulary.strangeness(text)

    def frequency(self, term: str) -> int:
        """Return how many entries hold a term."""
        return self._opened().orders.frequency(term)

    @property
    def size(self) -> int:
        """How many entries there are to find for orders."""
        return self._opened().orders.size

    def _opened(self) -> Indexes:
        with self._lock:
            if self._indexes is None:
                self._indexes = self._open()
            return self._indexes
