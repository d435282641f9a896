"""Memory on a Qdrant server or cluster, or in the client's own files where the embedded engine has no build."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.memory.longterm.collection import (
    DENSE,
    FLAGS,
    KEYWORDS,
    NUMBERS,
    WORDS,
    Collection,
    CollectionName,
    Hit,
    Payload,
    SparseWords,
    StoredPoint,
    Where,
)

if TYPE_CHECKING:
    from qdrant_client import QdrantClient
    from qdrant_client.models import Filter, Record

_PAGE = 500
_SECONDS: Final = 5
"""How long a server may take to answer."""


class ClientCollection:
    """A collection behind Qdrant's client. A write returns when the server has it in its write-ahead log."""

    def __init__(self, client: QdrantClient, name: CollectionName) -> None:
        self._client = client
        self._name = name

    def put(self, points: Sequence[StoredPoint]) -> None:
        """Insert or replace entries."""
        from qdrant_client.models import PointStruct, SparseVector

        for start in range(0, len(points), _PAGE):
            page: list[PointStruct] = []
            for point in points[start : start + _PAGE]:
                words = SparseVector(indices=list(point.words.indices), values=list(point.words.values))
                vector: dict[str, Any] = {WORDS: words}
                if point.meaning is not None:
                    vector[DENSE] = list(point.meaning)
                page.append(PointStruct(id=point.id, vector=vector, payload=point.payload))
            self._client.upsert(self._name, page, wait=True)

    def drop(self, ids: Sequence[str]) -> None:
        """Delete entries."""
        from qdrant_client.models import PointIdsList

        self._client.delete(self._name, PointIdsList(points=list(ids)), wait=True)

    def get(self, ids: Sequence[str]) -> tuple[Payload, ...]:
        """Return the payloads of entries, those that exist."""
        records = self._client.retrieve(self._name, list(ids), with_payload=True)
        return tuple(record.payload or {} for record in records)

    def scan(self, where: Where) -> Iterator[tuple[str, Payload]]:
        """Yield the entries that are meant, in no order."""
        offset: Any = None
        while True:
            records: list[Record]
            records, offset = self._client.scroll(
                self._name, scroll_filter=_filter(where), limit=_PAGE, offset=offset, with_payload=True
            )
            yield from ((str(record.id), record.payload or {}) for record in records)
            if offset is None:
                return

    def by_words(self, words: SparseWords, where: Where, limit: int) -> tuple[Hit, ...]:
        """Return the entries with the most in common, best first; rare words count more."""
        from qdrant_client.models import SparseVector

        if not words.indices:
            return ()
        vector = SparseVector(indices=list(words.indices), values=list(words.values))
        return self._query(vector, WORDS, where, limit)

    def by_meaning(self, meaning: Sequence[float], where: Where, limit: int) -> tuple[Hit, ...]:
        """Return the entries of the nearest meaning, best first, by cosine."""
        return self._query(list(meaning), DENSE, where, limit)

    def count(self) -> int:
        """Return how many entries there are."""
        return self._client.count(self._name, exact=True).count

    def _query(self, vector: Any, using: str, where: Where, limit: int) -> tuple[Hit, ...]:
        found = self._client.query_points(
            self._name, query=vector, using=using, query_filter=_filter(where), limit=limit, with_payload=True
        )
        return tuple(Hit(str(point.id), point.score, point.payload or {}) for point in found.points)


class ServerStore:
    """A store behind Qdrant's client, connected when it is first used.

    Args:
        connect: Makes the client.
        place: What errors call the server; without what is secret in its address.
        texts: For errors.
        width: Numbers of a dense vector, where a collection is made.
        keys: Where its key is looked for, for errors.
    """

    def __init__(
        self, connect: Callable[[], QdrantClient], place: str, texts: Texts, *, width: int, keys: str = ""
    ) -> None:
        self._connect = connect
        self._place = place
        self._texts = texts
        self._width = width
        self._keys = keys
        self._lock = threading.RLock()
        self._client: QdrantClient | None = None
        self._ready: set[CollectionName] = set()

    @classmethod
    def at(cls, url: str, key: str | None, texts: Texts, *, width: int, keys: str = "") -> ServerStore:
        """Return the store of a server by its address."""

        def connect() -> QdrantClient:
            from qdrant_client import QdrantClient

            return QdrantClient(url=url, api_key=key, timeout=_SECONDS, check_compatibility=False)

        return cls(connect, without_secret(url), texts, width=width, keys=keys)

    @classmethod
    def in_files(cls, folder: Path, texts: Texts, *, width: int) -> ServerStore:
        """Return a store in the client's own files: where the embedded engine has no build."""

        def connect() -> QdrantClient:
            from qdrant_client import QdrantClient

            return QdrantClient(path=str(folder))

        return cls(connect, str(folder), texts, width=width)

    @contextmanager
    def use(self, name: CollectionName) -> Generator[Collection]:
        """Open a collection for as long as the block lasts.

        Raises:
            FazaiError: The server cannot be reached, refuses the key, or answers with an error.
        """
        from httpx import HTTPError
        from qdrant_client.http.exceptions import ApiException

        with self._lock:
            try:
                if self._client is None:
                    self._client = self._connect()
                if name not in self._ready:
                    self._prepare(self._client, name)
                    self._ready.add(name)
                yield ClientCollection(self._client, name)
            except (ApiException, HTTPError, OSError, RuntimeError, ValueError) as error:
                raise self._error(error) from error

    def snapshot(self, file: Path) -> None:
        """Refuse: a server takes its own snapshots, and keeps them.

        Raises:
            FazaiError: Always.
        """
        raise FazaiError(
            self._texts.get("memory.title"),
            self._texts.get("memory.server_snapshot.message", url=self._place),
            self._texts.get("memory.server_snapshot.hint"),
        )

    def close(self) -> None:
        """Disconnect."""
        with self._lock:
            client, self._client = self._client, None
            self._ready.clear()
            if client is not None:
                client.close()

    def _prepare(self, client: QdrantClient, name: CollectionName) -> None:
        from qdrant_client.models import (
            Distance,
            Modifier,
            PayloadSchemaType,
            SparseVectorParams,
            VectorParams,
        )

        if client.collection_exists(name):
            return
        client.create_collection(
            name,
            vectors_config={DENSE: VectorParams(size=self._width, distance=Distance.COSINE)},
            sparse_vectors_config={WORDS: SparseVectorParams(modifier=Modifier.IDF)},
        )
        kinds = [
            (KEYWORDS, PayloadSchemaType.KEYWORD),
            (FLAGS, PayloadSchemaType.BOOL),
            (NUMBERS, PayloadSchemaType.FLOAT),
        ]
        if isinstance(urlsplit(self._place).hostname, str):
            # The client's own files have no indexes, and it warns of that.
            for names, kind in kinds:
                for field in names:
                    client.create_payload_index(name, field, kind)

    def _error(self, error: Exception) -> FazaiError:
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        return FazaiError(
            self._texts.get("memory.title"),
            self._texts.get("memory.server.message", url=self._place, reason=reason),
            self._texts.get("memory.server.hint", keys=self._keys),
        )


def without_secret(url: str) -> str:
    """Return an address without the name and password, and without the query, that it may hold."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _filter(where: Where) -> Filter | None:
    from qdrant_client.models import FieldCondition, Filter, MatchAny

    if not where.fields:
        return None
    return Filter(
        must=[FieldCondition(key=name, match=MatchAny(any=list(values))) for name, values in where.fields.items()]
    )
