"""Putting long-term memory together from the settings."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fazai_tui.config.keys import read_key
from fazai_tui.config.settings import MemorySettings
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.memory.longterm.embedder import Embedder, NoEmbedder, embedder_for, width_of
from fazai_tui.memory.longterm.memory import LongTermMemory
from fazai_tui.memory.longterm.payload import PointMaker
from fazai_tui.memory.longterm.server import ServerStore
from fazai_tui.memory.longterm.store import EmbeddedStore, MemoryStore

_KEY = "qdrant"


@dataclass(frozen=True, slots=True)
class MemoryPlaces:
    """Where memory and its key are.

    Attributes:
        folder: The embedded store.
        keys: The keys file.
    """

    folder: Path
    keys: Path


def open_memory(settings: MemorySettings, places: MemoryPlaces, texts: Texts, *, may_embed: bool) -> LongTermMemory:
    """Return long-term memory; nothing is opened or started before it is used.

    Args:
        settings: Whether on a server, and what embeds.
        places: Where its files are.
        texts: For errors.
        may_embed: Whether a process that embeds is worth its seconds: not for one order or one command.

    Raises:
        ConfigurationError: The keys file cannot be used, or no engine is installed.
    """
    maker = PointMaker()
    embedder: Embedder = embedder_for(settings.embedding)
    if not may_embed and embedder.state == "idle":
        embedder = NoEmbedder("idle")
    return LongTermMemory(_store(settings, places, texts, maker), embedder, maker, texts)


def _store(settings: MemorySettings, places: MemoryPlaces, texts: Texts, maker: PointMaker) -> MemoryStore:
    width = width_of(settings.embedding)
    if settings.url:
        key = read_key(places.keys, _KEY, texts)
        return ServerStore.at(settings.url, key, texts, width=width, keys=str(places.keys))
    if find_spec("qdrant_edge") is not None:
        return EmbeddedStore(places.folder, texts, width=width, remake=maker.remake)
    if find_spec("qdrant_client") is not None:
        return ServerStore.in_files(places.folder / "client", texts, width=width)
    raise ConfigurationError(
        texts.get("memory.title"), texts.get("memory.no_engine.message"), texts.get("memory.no_engine.hint")
    )
