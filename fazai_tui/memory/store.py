"""The cookbook made ready to search, kept between runs.

Parsing the cookbook and counting its terms takes seconds; reading the outcome back a fraction of one. What is kept
is named by a digest of all it was made from, so that it can never be out of date, and it holds no code.
"""

import hashlib
import shutil
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from fazai_tui import __version__
from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.cookbook import load_cookbook, shipped_cookbook
from fazai_tui.memory.embedding import FILE, TermVectors
from fazai_tui.memory.judge import Judge
from fazai_tui.memory.partial import PREFIX, partial_folder, remove_stale
from fazai_tui.memory.retrieval import Indexes, indexes_of

_ENTRIES: TypeAdapter[tuple[Entry, ...]] = TypeAdapter(tuple[Entry, ...])
_FORMAT = "3"
"""Raise it when terms or scores are made in another way."""


class KnowledgeStore:
    """Opens the shipped cookbook, from what an earlier run left where it can."""

    def __init__(self, folder: Path) -> None:
        """Prepare to open.

        Args:
            folder: Where the prepared form is kept. When it cannot be written, nothing is kept.
        """
        self._folder = folder

    def open(self) -> Indexes:
        """Return the indexes of the shipped cookbook.

        Raises:
            ConfigurationError: The cookbook breaks its schema.
        """
        kept = self._folder / _digest(shipped_cookbook())
        remove_stale(self._folder)
        try:
            return _read(kept)
        except (OSError, ValueError, ValidationError):
            return self._prepare(kept)

    def _prepare(self, kept: Path) -> Indexes:
        entries = load_cookbook()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with partial_folder(self._folder) as partial:
                (partial / "entries.json").write_bytes(_ENTRIES.dump_json(entries, exclude_defaults=True))
                indexes = indexes_of(entries, TermVectors.shipped(), partial, Judge.shipped())
                indexes.vocabulary.keep()
                # What could not be read is in the way.
                shutil.rmtree(kept, ignore_errors=True)
                partial.replace(kept)
        except OSError:
            # The disk is full, or another process was faster: what is in memory is as good.
            return indexes_of(entries, TermVectors.shipped(), judge=Judge.shipped())
        self._forget_others(kept)
        return indexes

    def _forget_others(self, kept: Path) -> None:
        for other in self._folder.iterdir():
            if other != kept and not other.name.startswith(PREFIX):
                shutil.rmtree(other, ignore_errors=True)


def _read(kept: Path) -> Indexes:
    entries = _ENTRIES.validate_json((kept / "entries.json").read_bytes())
    return indexes_of(entries, TermVectors.shipped(), kept, Judge.shipped())


def _digest(cookbook: Traversable) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {__version__}".encode())
    data = resources.files("fazai_tui.config")
    others = (file for file in (data.joinpath("lexicon.toml"), data.joinpath(FILE)) if file.is_file())
    for file in (*others, *sorted(cookbook.iterdir(), key=lambda file: file.name)):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
