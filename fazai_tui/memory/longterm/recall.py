"""Finding what is worth recalling: by words and by meaning, fused by rank, faded by age."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fazai_tui.core.memory import MemoryEntry, MemoryMatch, Recalled
from fazai_tui.memory.longterm.collection import Collection, Hit, Where
from fazai_tui.memory.longterm.payload import entry_of
from fazai_tui.memory.longterm.resemblance import Resemblance
from fazai_tui.memory.longterm.sparse import WordsMaker

_POOL = 24
"""Candidates either way of searching puts forward."""

_WIDE_POOL = 64
"""How many are looked at before the store is asked to leave out what is not meant."""

_RANK_SHIFT = 60
"""The constant of reciprocal rank fusion."""

_HALF_LIFE_DAYS = 90.0
_LEAST_FRESHNESS = 0.25
_DAY = 86_400.0
_COSINE_FLOOR = 0.3

LEAST_SCORE = 0.3
"""What is less like what is looked for is not recalled."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes:
        meaning: The dense vector of the text; None where nothing embeds.
        now: Seconds since the epoch; None for this moment.
    """

    text: str
    where: Where
    limit: int
    meaning: Sequence[float] | None = None
    now: float | None = None


def freshness(entry: MemoryEntry, now: float) -> float:
    """Return what age leaves of an entry: half every 90 days without use, a quarter at least; all of a pinned one."""
    if entry.pinned:
        return 1.0
    days = max(0.0, now - entry.used_at) / _DAY
    faded: float = 0.5 ** (days / _HALF_LIFE_DAYS)
    return max(_LEAST_FRESHNESS, faded)


class Recaller:
    """Searches one collection."""

    def __init__(self, words: WordsMaker, resemblance: Resemblance) -> None:
        self._words = words
        self._resemblance = resemblance

    def warm_up(self) -> None:
        """Load what comparing texts needs."""
        self._words.of_query("")
        self._resemblance.of("a", ["b"])

    def recall(self, collection: Collection, query: Query) -> tuple[Recalled, ...]:
        """Return what is worth recalling, best first."""
        words, meaning = self._words.of_query(query.text), query.meaning
        by_words = _searched(lambda where, limit: collection.by_words(words, where, limit), query.where)
        by_meaning: Sequence[Hit] = ()
        if meaning is not None:
            by_meaning = _searched(lambda where, limit: collection.by_meaning(meaning, where, limit), query.where)
        return self._judged(query, by_words, by_meaning)

    def _judged(self, query: Query, by_words: Sequence[Hit], by_meaning: Sequence[Hit]) -> tuple[Recalled, ...]:
        now = time.time() if query.now is None else query.now
        nearness = {hit.id: hit.score for hit in by_meaning}
        worded = {hit.id for hit in by_words}
        entries = {hit.id: entry_of(hit.payload) for hit in (*by_words, *by_meaning)}
        alike = dict(zip(entries, self._resemblance.of(query.text, [e.text for e in entries.values()]), strict=True))
        ranked: list[tuple[bool, float, Recalled]] = []
        fused = _fused(by_words, by_meaning)
        for entry_id, entry in entries.items():
            is_same = self._resemblance.is_same(query.text, entry.text)
            likeness = 1.0 if is_same else max(alike[entry_id], _likeness(nearness.get(entry_id, 0.0)))
            fresh = freshness(entry, now)
            if likeness < LEAST_SCORE:
                continue
            match = _match(is_same, entry_id in worded, entry_id in nearness)
            recalled = Recalled(entry=entry, score=round(likeness * fresh, 2), match=match)
            ranked.append((is_same, fused[entry_id] * likeness * fresh, recalled))
        ranked.sort(key=lambda item: item[:2], reverse=True)
        return tuple(recalled for _, _, recalled in ranked[: query.limit])


def _searched(search: Callable[[Where, int], tuple[Hit, ...]], where: Where) -> Sequence[Hit]:
    """Return the best entries that are meant.

    The store takes five times as long to search with conditions that most entries meet as without any.
    """
    if not where.fields:
        return search(where, _POOL)
    found = search(Where(), _WIDE_POOL)
    meant = [hit for hit in found if all(hit.payload.get(name) in values for name, values in where.fields.items())]
    return meant[:_POOL] if len(meant) >= _POOL or len(found) < _WIDE_POOL else search(where, _POOL)


def _likeness(cosine: float) -> float:
    """Return how alike a cosine of sentence vectors says texts are: texts on anything at all reach the floor."""
    return max(0.0, (cosine - _COSINE_FLOOR) / (1 - _COSINE_FLOOR))


def _fused(*rankings: Sequence[Hit]) -> dict[str, float]:
    """Return the sum of each entry's reciprocal ranks."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking):
            scores[hit.id] = scores.get(hit.id, 0.0) + 1 / (_RANK_SHIFT + rank)
    return scores


def _match(is_same: bool, has_words: bool, has_meaning: bool) -> MemoryMatch:
    if is_same:
        return "same"
    return "both" if has_words and has_meaning else "words" if has_words else "meaning"
