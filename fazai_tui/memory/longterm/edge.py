"""A collection in Qdrant's engine embedded in this process: one directory of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fazai_tui.memory.longterm.collection import (
    DENSE,
    FLAGS,
    KEYWORDS,
    NUMBERS,
    WORDS,
    Hit,
    Payload,
    SparseWords,
    StoredPoint,
    Where,
)

if TYPE_CHECKING:
    from qdrant_edge import EdgeShard, Filter, Query

_PAGE = 1000
"""Entries read or written at a time."""


class EdgeCollection:
    """One open shard. Its write-ahead log makes what was written outlive the process.

    Vectors are kept in 16 bits: at 100,000 entries that searches a third faster than 32 and finds the same.
    """

    def __init__(self, folder: Path, width: int) -> None:
        """Open the shard of a directory, or make one there.

        Args:
            folder: Its directory; the one above it exists.
            width: Numbers of a dense vector, where a shard is made.

        Raises:
            Exception: The engine refuses the files, with an exception of its own choosing.
        """
        from qdrant_edge import (
            Distance,
            EdgeConfig,
            EdgeShard,
            EdgeSparseVectorParams,
            EdgeVectorParams,
            Modifier,
            VectorStorageDatatype,
        )

        if (folder / "edge_config.json").exists():
            self._shard = EdgeShard.load(str(folder))
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        dense = EdgeVectorParams(size=width, distance=Distance.Cosine, datatype=VectorStorageDatatype.Float16)
        words = EdgeSparseVectorParams(modifier=Modifier.Idf)
        self._shard = EdgeShard.create(str(folder), EdgeConfig(vectors={DENSE: dense}, sparse_vectors={WORDS: words}))
        _index_payload(self._shard)

    def put(self, points: Sequence[StoredPoint]) -> None:
        """Insert or replace entries."""
        from qdrant_edge import Point, SparseVector, UpdateOperation

        for start in range(0, len(points), _PAGE):
            page: list[Point] = []
            for point in points[start : start + _PAGE]:
                words = SparseVector(list(point.words.indices), list(point.words.values))
                vector: dict[str, list[float] | SparseVector | list[list[float]]] = {WORDS: words}
                if point.meaning is not None:
                    vector[DENSE] = list(point.meaning)
                page.append(Point(point.id, vector, point.payload))
            self._shard.update(UpdateOperation.upsert_points(page))

    def drop(self, ids: Sequence[str]) -> None:
        """Delete entries."""
        from qdrant_edge import UpdateOperation

        self._shard.update(UpdateOperation.delete_points(list(ids)))

    def get(self, ids: Sequence[str]) -> tuple[Payload, ...]:
        """Return the payloads of entries, those that exist."""
        records = self._shard.retrieve(list(ids), with_payload=True, with_vector=False)
        return tuple(record.payload or {} for record in records)

    def scan(self, where: Where) -> Iterator[tuple[str, Payload]]:
        """Yield the entries that are meant, in no order."""
        from qdrant_edge import ScrollRequest

        offset = None
        while True:
            request = ScrollRequest(
                offset=offset, limit=_PAGE, filter=_filter(where), with_payload=True, with_vector=False
            )
            records, offset = self._shard.scroll(request)
            yield from ((str(record.id), record.payload or {}) for record in records)
            if offset is None:
                return

    def by_words(self, words: SparseWords, where: Where, limit: int) -> tuple[Hit, ...]:
        """Return the entries with the most in common, best first; rare words count more."""
        from qdrant_edge import Query, SparseVector

        if not words.indices:
            return ()
        vector = SparseVector(list(words.indices), list(words.values))
        return self._query(Query.Nearest(vector, using=WORDS), where, limit)

    def by_meaning(self, meaning: Sequence[float], where: Where, limit: int) -> tuple[Hit, ...]:
        """Return the entries of the nearest meaning, best first, by cosine."""
        from qdrant_edge import Query

        return self._query(Query.Nearest(list(meaning), using=DENSE), where, limit)

    def count(self) -> int:
        """Return how many entries there are."""
        from qdrant_edge import CountRequest

        return self._shard.count(CountRequest(exact=True))

    def close(self) -> None:
        """Write what is in memory and let the files go."""
        self._shard.close()

    def _query(self, query: Query, where: Where, limit: int) -> tuple[Hit, ...]:
        from qdrant_edge import QueryRequest

        request = QueryRequest(limit=limit, query=query, filter=_filter(where), with_payload=True)
        return tuple(Hit(str(point.id), point.score, point.payload or {}) for point in self._shard.query(request))


def _index_payload(shard: EdgeShard) -> None:
    from qdrant_edge import PayloadSchemaType, UpdateOperation

    kinds = [(KEYWORDS, PayloadSchemaType.Keyword), (FLAGS, PayloadSchemaType.Bool), (NUMBERS, PayloadSchemaType.Float)]
    for names, kind in kinds:
        for name in names:
            shard.update(UpdateOperation.create_field_index(name, kind))


def _filter(where: Where) -> Filter | None:
    from qdrant_edge import FieldCondition, Filter, MatchAny

    if not where.fields:
        return None
    return Filter(must=[FieldCondition(name, match=MatchAny(list(values))) for name, values in where.fields.items()])
