"""What memory needs of a vector store: one Protocol, and the values that cross it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

DENSE: Final = "dense"
"""The vector of an entry's meaning; entries stored while nothing embeds have none."""

WORDS: Final = "words"
"""The sparse vector of an entry's words."""

CollectionName = Literal["fazai_personality", "fazai_memory", "fazai_kb"]

COLLECTIONS: Final[tuple[CollectionName, ...]] = ("fazai_personality", "fazai_memory", "fazai_kb")
"""Every collection."""

KEYWORDS: Final = ("kind", "host", "key", "embedding")
"""Payload fields with an index for exact values."""

FLAGS: Final = ("pinned",)
NUMBERS: Final = ("used_at",)

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SparseWords:
    """A sparse vector: distinct term numbers, each with its weight."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """An entry as it is stored.

    Attributes:
        id: A UUID.
        words: Its terms.
        meaning: Its dense vector; None where nothing has embedded it yet.
    """

    id: str
    payload: Payload
    words: SparseWords
    meaning: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A found entry."""

    id: str
    score: float
    payload: Payload


@dataclass(frozen=True, slots=True)
class Where:
    """Which entries are meant: those whose fields have one of the values given; without fields, all."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


class Collection(Protocol):
    """One collection of a store. Every method may block; what `put` and `drop` return from is durable."""

    def put(self, points: Sequence[StoredPoint]) -> None:
        """Insert or replace entries."""
        ...

    def drop(self, ids: Sequence[str]) -> None:
        """Delete entries."""
        ...

    def get(self, ids: Sequence[str]) -> tuple[Payload, ...]:
        """Return the payloads of entries, those that exist."""
        ...

    def scan(self, where: Where) -> Iterator[tuple[str, Payload]]:
        """Yield the entries that are meant, in no order."""
        ...

    def by_words(self, words: SparseWords, where: Where, limit: int) -> tuple[Hit, ...]:
        """Return the entries with the most in common, best first; rare words count more."""
        ...

    def by_meaning(self, meaning: Sequence[float], where: Where, limit: int) -> tuple[Hit, ...]:
        """Return the entries of the nearest meaning, best first, by cosine."""
        ...

    def count(self) -> int:
        """Return how many entries there are."""
        ...
