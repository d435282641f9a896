"""A memory of its own for each test, on the embedded engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.memory.longterm.embedder import Embedder, NoEmbedder
from fazai_tui.memory.longterm.memory import LongTermMemory
from fazai_tui.memory.longterm.payload import PointMaker
from fazai_tui.memory.longterm.store import EmbeddedStore

WIDTH = 384

OpenMemory = Callable[..., LongTermMemory]
OpenStore = Callable[..., EmbeddedStore]


@pytest.fixture(scope="session")
def maker() -> PointMaker:
    return PointMaker()


@pytest.fixture
def open_store(tmp_path: Path, maker: PointMaker) -> Iterator[Callable[..., EmbeddedStore]]:
    opened: list[EmbeddedStore] = []

    def open_one(folder: Path | None = None, *, width: int = WIDTH, patience: float = 5.0) -> EmbeddedStore:
        place = folder or tmp_path / "qdrant"
        opened.append(EmbeddedStore(place, Texts("en"), width=width, remake=maker.remake, patience=patience))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def open_memory(open_store: Callable[..., EmbeddedStore], maker: PointMaker) -> OpenMemory:
    def open_one(embedder: Embedder | None = None, folder: Path | None = None) -> LongTermMemory:
        return LongTermMemory(open_store(folder), embedder or NoEmbedder("off"), maker, Texts("en"))

    return open_one
