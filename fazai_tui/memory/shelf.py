"""The library made ready to search: an index for each kind, kept between runs and renewed when the library changes."""

import hashlib
import shutil
import threading
from collections.abc import Mapping
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
        self._opened: dict[Kind, tuple[str, DocumentIndex]] = {}

    def indexes(self, maker: TermMaker, vectors: TermVectors | None) -> Mapping[Kind, DocumentIndex]:
        """Return an index for each kind there are documents of, of the library as it is now.

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
            return {kind: index for kind, (_, index) in self._opened.items()}

    def _current(
        self, kind: Kind, revision: str, maker: TermMaker, vectors: TermVectors | None
    ) -> tuple[str, DocumentIndex]:
        held = self._opened.get(kind)
        if held is not None and held[0] == revision:
            return held
        kept = self._folder / f"{kind}-{_digest(revision)}"
        index = DocumentIndex.load(kept)
        if index is None:
            index = DocumentIndex.build(self._library.documents(kind), maker, vectors)
            self._keep(index, kept, kind)
        return revision, index

    def _keep(self, index: DocumentIndex, kept: Path, kind: Kind) -> None:
        try:
            index.save(kept)
            for other in self._folder.glob(f"{kind}-*"):
                if other != kept:
                    shutil.rmtree(other, ignore_errors=True)
        except OSError:
            # The disk is full, or nothing may be written there: what is in memory is as good.
            return


def _digest(revision: str) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {__version__} {revision}".encode())
    data = resources.files("fazai_tui.config")
    for file in (data.joinpath("lexicon.toml"), data.joinpath(FILE)):
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:16]
