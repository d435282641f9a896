"""The library made ready to search: an index for each kind, kept between runs and renewed when the library changes."""

import hashlib
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from fazai_tui import __version__
from fazai_tui.memory.document_index import DocumentIndex
from fazai_tui.memory.documents import Kind
from fazai_tui.memory.embedding import FILE, TermVectors
from fazai_tui.memory.library import Library
from fazai_tui.memory.terms import TermMaker

_FORMAT = "1"
"""Raise it when terms or vectors of documents are made in another way."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """An index, the documents it is of, and whether another FazAI made it."""

    revision: str
    index: DocumentIndex
    is_stale: bool = False


class Shelf:
    """Opens the indexes of a library. What is kept is named by all it was made from, and holds no code."""

    def __init__(self, library: Library, folder: Path) -> None:
        """Prepare to open.

        Args:
            library: The documents.
            folder: Where indexes are kept. When it cannot be written, nothing is kept.
        """
        self._library = library
        self._folder = folder
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._opened: dict[Kind, _Opened] = {}

    def indexes(self, maker: TermMaker, vectors: TermVectors | None) -> Mapping[Kind, DocumentIndex]:
        """Return an index for each kind there are documents of, of the library as it is now.

        Building one takes seconds. One that another FazAI made of the same documents serves until `renew`, by words
        alone: its vectors may be others.

        Raises:
            FazaiError: The library is damaged or cannot be read.
        """
        with self._lock:
            stamp = self._library.stamp()
            if stamp != self._stamp:
                self._opened = {
                    kind: self._current(kind, revision, maker, vectors)
                    for kind, revision in (self._library.revisions() if stamp else {}).items()
                }
                self._stamp = stamp
            return {kind: opened.index for kind, opened in self._opened.items()}

    def renew(self, maker: TermMaker, vectors: TermVectors | None) -> None:
        """Build anew what another FazAI made; searches go on meanwhile.

        Raises:
            FazaiError: The library is damaged or cannot be read.
        """
        self.indexes(maker, vectors)
        with self._lock:
            stale: list[tuple[Kind, _Opened]] = [
                (kind, opened) for kind, opened in self._opened.items() if opened.is_stale
            ]
        for kind, opened in stale:
            renewed = self._build(kind, opened.revision, maker, vectors)
            with self._lock:
                if self._opened.get(kind) is opened:
                    self._opened[kind] = renewed

    def _current(self, kind: Kind, revision: str, maker: TermMaker, vectors: TermVectors | None) -> _Opened:
        held = self._opened.get(kind)
        if held is not None and held.revision == revision:
            return held
        if index := DocumentIndex.load(self._place(kind, revision)):
            return _Opened(revision, index)
        for other in self._folder.glob(f"{kind}-{revision}-*"):
            if index := DocumentIndex.load(other):
                return _Opened(revision, index.by_words(), is_stale=True)
        return self._build(kind, revision, maker, vectors)

    def _build(self, kind: Kind, revision: str, maker: TermMaker, vectors: TermVectors | None) -> _Opened:
        index = DocumentIndex.build(self._library.documents(kind), maker, vectors)
        kept = self._place(kind, revision)
        try:
            index.save(kept)
            for other in self._folder.glob(f"{kind}-*"):
                if other != kept:
                    shutil.rmtree(other, ignore_errors=True)
        except OSError:
            # The disk is full, or nothing may be written there: what is in memory is as good.
            pass
        return _Opened(revision, index)

    def _place(self, kind: Kind, revision: str) -> Path:
        return self._folder / f"{kind}-{revision}-{_digest()}"


def _digest() -> str:
    """Return what names the words and vectors that indexes are made with."""
    digest = hashlib.sha256(f"{_FORMAT} {__version__}".encode())
    data = resources.files("fazai_tui.config")
    for file in (data.joinpath("lexicon.toml"), data.joinpath(FILE)):
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:16]
