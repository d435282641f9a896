"""Where memory lies: the embedded engine's files of this user, opened by one process at a time."""

import json
import shutil
import tarfile
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol

from fazai_tui.config.paths import ensure_directory, write_private
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.memory.longterm.collection import Collection, CollectionName, Payload, StoredPoint, Where
from fazai_tui.memory.longterm.edge import EdgeCollection
from fazai_tui.memory.longterm.holding import Holding

SCHEMA: Final = 1
"""The form that entries are stored in; raise it when payloads, words or vectors are made in another way."""

_SCHEMA_FILE = "schema.json"
_PATIENCE_SECONDS = 5.0


class MemoryStore(Protocol):
    """Opens collections."""

    def use(self, name: CollectionName) -> AbstractContextManager[Collection]:
        """Open a collection for as long as the block lasts.

        Raises:
            FazaiError: It cannot be opened, or another process keeps it.
        """
        ...

    def snapshot(self, file: Path) -> None:
        """Write everything into one file from which the store can be put back.

        Raises:
            FazaiError: It cannot be written.
        """
        ...

    def close(self) -> None:
        """Let the store go."""
        ...


class EmbeddedStore:
    """The shards of a directory. They stay open until another process wants them, or until `close`.

    Args:
        folder: The directory; made when something is first stored.
        texts: For errors.
        width: Numbers of a dense vector.
        remake: Makes an entry anew from its payload, for migrations; what it makes has no dense vector.
        patience: Seconds to wait for another process.
    """

    def __init__(
        self,
        folder: Path,
        texts: Texts,
        *,
        width: int,
        remake: Callable[[str, Payload], StoredPoint],
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._folder = folder
        self._texts = texts
        self._width = width
        self._remake = remake
        self._patience = patience
        self._lock = threading.RLock()
        self._open: dict[CollectionName, EdgeCollection] = {}
        self._holding: Holding | None = None
        self._is_current = False

    @contextmanager
    def use(self, name: CollectionName) -> Generator[Collection]:
        """Open a collection for as long as the block lasts.

        Raises:
            FazaiError: It is damaged, of a newer FazAI, cannot be opened, or another process keeps it.
        """
        with self._lock:
            try:
                self._hold()
                if not self._is_current:
                    self._bring_up_to_date()
                if name not in self._open:
                    self._open[name] = self._opened(self._folder / name)
                yield self._open[name]
            except OSError as error:
                raise self._error("unusable", reason=error.strerror or str(error)) from error

    def snapshot(self, file: Path) -> None:
        """Write the files into a tar archive.

        Raises:
            FazaiError: It cannot be written.
        """
        with self._lock:
            try:
                self._hold()
                self._close_shards()
                draft = file.with_name(f".{file.name}.partial")
                with draft.open("xb") as stream, tarfile.open(fileobj=stream, mode="w:gz") as archive:
                    draft.chmod(0o600)
                    for place in sorted(self._folder.iterdir()):
                        if place.is_dir() or place.name == _SCHEMA_FILE:
                            archive.add(place, place.name)
                draft.replace(file)
            except OSError as error:
                raise self._error("no_snapshot", target=file, reason=error.strerror or str(error)) from error

    def close(self) -> None:
        """Close the files and let other processes have them."""
        with self._lock:
            self._close_shards()
            if self._holding is not None:
                self._holding.close()
                self._holding = None

    def _hold(self) -> None:
        if self._holding is None:
            self._holding = Holding(ensure_directory(self._folder), self._give_way)
        if holder := self._holding.take(self._patience):
            raise self._error("held", process=holder if holder > 0 else "?")

    def _give_way(self) -> None:
        with self._lock:
            self._close_shards()
            if self._holding is not None:
                self._holding.give_up()

    def _close_shards(self) -> None:
        self._is_current = False
        for name in list(self._open):
            self._open.pop(name).close()

    def _bring_up_to_date(self) -> None:
        """Migrate what an older FazAI, or another embedding, wrote.

        Raises:
            FazaiError: It was written by a newer one.
        """
        file = self._folder / _SCHEMA_FILE
        current = {"version": SCHEMA, "width": self._width}
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            found = current if not any(self._folder.glob("fazai_*")) else {}
        except ValueError:
            found = {}
        if isinstance(found.get("version"), int) and found["version"] > SCHEMA:
            raise self._error("newer")
        if found != current:
            for place in self._folder.glob("fazai_*"):
                self._migrate(place)
        if found != current or not file.exists():
            write_private(file, json.dumps(current))
        self._is_current = True

    def _migrate(self, place: Path) -> None:
        """Write a collection anew beside the old one, and put it in its place when it is whole."""
        if place.name.endswith(".new"):
            shutil.rmtree(place)
            return
        draft = place.with_name(f"{place.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        old, new = self._opened(place), EdgeCollection(draft, self._width)
        new.put([self._remake(entry_id, payload) for entry_id, payload in old.scan(Where())])
        old.close()
        new.close()
        shutil.rmtree(place)
        draft.rename(place)

    def _opened(self, place: Path) -> EdgeCollection:
        try:
            return EdgeCollection(place, self._width)
        except OSError:
            raise
        except Exception as error:
            # The engine has no error class of its own for files that it cannot read.
            raise self._error("damaged", file=place, reason=str(error)) from error

    def _error(self, name: str, **facts: object) -> FazaiError:
        facts = {"file": self._folder, **facts}
        return FazaiError(
            self._texts.get("memory.title"),
            self._texts.get(f"memory.{name}.message", **facts),
            self._texts.get(f"memory.{name}.hint", **facts),
        )
