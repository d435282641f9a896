"""The library: imported documents in one SQLite file, by the source they came from."""

import json
import os
import secrets
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from fazai_tui.config.paths import PRIVATE_FILE, ensure_directory
from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Entry
from fazai_tui.core.errors import BadInputError, FazaiError
from fazai_tui.memory.documents import Document, Kind

_VERSION: Final = 1
_BUSY_SECONDS: Final = 10.0
_SCHEMA: Final = """
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,
        added_at TEXT NOT NULL
    );
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        language TEXT NOT NULL, entry TEXT NOT NULL
    );
    CREATE INDEX documents_by_source ON documents (source);
    CREATE TABLE revisions (kind TEXT PRIMARY KEY, revision TEXT NOT NULL) WITHOUT ROWID;
"""


class Source(BaseModel):
    """Something that was imported."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    origin: str
    """The file or directory it was read from; empty for the machine's own pages."""
    documents: int
    languages: tuple[str, ...]
    added_at: datetime


class Library:
    """Keeps imported documents; every change is whole or did not happen."""

    def __init__(self, file: Path, texts: Texts) -> None:
        """Prepare; nothing is opened.

        Args:
            file: The database.
            texts: The language of errors.
        """
        self._file = file
        self._texts = texts

    @property
    def file(self) -> Path:
        """The database."""
        return self._file

    def stamp(self) -> tuple[int, int, int] | None:
        """Return what changes whenever the library does; None when there is none."""
        try:
            facts = self._file.stat()
        except OSError:
            return None
        return facts.st_ino, facts.st_size, facts.st_mtime_ns

    def sources(self) -> tuple[Source, ...]:
        """Return what was imported, by name.

        Raises:
            FazaiError: The library is damaged or cannot be read.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT s.name, s.kind, s.origin, s.added_at, COUNT(d.id), GROUP_CONCAT(DISTINCT d.language) "
                "FROM sources s LEFT JOIN documents d ON d.source = s.id GROUP BY s.id ORDER BY s.name"
            ).fetchall()
            return tuple(
                Source(
                    name=name,
                    kind=kind,
                    origin=origin,
                    added_at=added_at,
                    documents=count,
                    languages=tuple(sorted((languages or "").split(","))),
                )
                for name, kind, origin, added_at, count, languages in rows
            )

    def replace(self, kind: Kind, name: str, origin: str, documents: Iterable[Document]) -> tuple[str, int]:
        """Put documents in the place of what was imported from the same origin.

        Returns:
            The name they are kept under, longer than the given one where another source has that, and how many.

        Raises:
            FazaiError: The library is damaged or cannot be written.
        """
        with self._writing() as connection:
            connection.execute("DELETE FROM sources WHERE kind = ? AND origin = ?", (kind, origin))
            name = self._free_name(connection, name, origin)
            source = connection.execute(
                "INSERT INTO sources (kind, name, origin, added_at) VALUES (?, ?, ?, ?)",
                (kind, name, origin, datetime.now(UTC).isoformat()),
            ).lastrowid
            rows = (
                (source, document.language, document.entry.model_dump_json(exclude_defaults=True))
                for document in documents
            )
            count = connection.executemany(
                "INSERT INTO documents (source, language, entry) VALUES (?, ?, ?)", rows
            ).rowcount
            self._revise(connection, kind)
            return name, count

    def remove(self, name: str) -> Source:
        """Forget what was imported under a name, and return it.

        Raises:
            BadInputError: There is nothing of that name.
            FazaiError: The library is damaged or cannot be written.
        """
        found = {source.name: source for source in self.sources()}
        if name not in found:
            names = ", ".join(found) or "—"
            raise BadInputError(
                self._texts.get("knowledge.title"),
                self._texts.get("knowledge.unknown.message", name=name, names=names),
                self._texts.get("knowledge.unknown.hint"),
            )
        with self._writing() as connection:
            connection.execute("DELETE FROM sources WHERE name = ?", (name,))
            self._revise(connection, found[name].kind)
        return found[name]

    def revisions(self) -> dict[Kind, str]:
        """Return for each kind that has documents what names exactly these.

        Raises:
            FazaiError: The library is damaged or cannot be read.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT kind, revision FROM revisions r WHERE EXISTS (SELECT 1 FROM sources s WHERE s.kind = r.kind)"
            )
            return dict(rows.fetchall())

    def documents(self, kind: Kind) -> tuple[tuple[int, Document], ...]:
        """Return every document of a kind with its number, by number.

        Raises:
            FazaiError: The library is damaged or cannot be read.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT d.id, d.language, d.entry FROM documents d JOIN sources s ON s.id = d.source "
                "WHERE s.kind = ? ORDER BY d.id",
                (kind,),
            )
            return tuple(_read(rows))

    def pick(self, numbers: Sequence[int]) -> dict[int, Document]:
        """Return documents by their numbers; one that is gone is left out.

        Raises:
            FazaiError: The library is damaged or cannot be read.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, language, entry FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(numbers)),),
            )
            return dict(_read(rows))

    def _free_name(self, connection: sqlite3.Connection, name: str, origin: str) -> str:
        """Return the name, longer by the directories of its origin where another source has it."""
        taken = {row[0] for row in connection.execute("SELECT name FROM sources")}
        parents = list(Path(origin).parts[1:-1])
        while name in taken and parents:
            name = f"{parents.pop()}/{name}"
        number = 2
        free = name
        while free in taken:
            free, number = f"{name}-{number}", number + 1
        return free

    def _revise(self, connection: sqlite3.Connection, kind: Kind) -> None:
        connection.execute("INSERT OR REPLACE INTO revisions VALUES (?, ?)", (kind, secrets.token_hex(8)))

    @contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        """Give a connection that cannot write: to an empty library where there is none."""
        with self._explained():
            is_there = self._file.exists()
            place = f"{self._file.absolute().as_uri()}?mode=ro" if is_there else "file::memory:"
            connection = sqlite3.connect(place, uri=True, timeout=_BUSY_SECONDS)
            try:
                if not is_there:
                    connection.executescript(_SCHEMA)
                self._require_version(connection)
                yield connection
            finally:
                connection.close()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """Give a connection in a transaction that is kept when all went well."""
        with self._explained():
            ensure_directory(self._file.parent)
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
            connection = sqlite3.connect(self._file, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("BEGIN IMMEDIATE")
                if not connection.execute("PRAGMA user_version").fetchone()[0]:
                    for statement in _SCHEMA.split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {_VERSION}")
                self._require_version(connection)
                yield connection
                connection.execute("COMMIT")
            finally:
                # What was not committed is undone.
                connection.close()

    def _require_version(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise self._error("newer", "")

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            is_damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
            is_damaged |= "no such" in str(error)
            raise self._error("damaged" if is_damaged else "unusable", str(error)) from error
        except ValidationError as error:
            raise self._error("damaged", error.errors()[0]["msg"]) from error
        except OSError as error:
            raise self._error("unusable", error.strerror or str(error)) from error

    def _error(self, problem: str, reason: str) -> FazaiError:
        return FazaiError(
            self._texts.get("knowledge.title"),
            self._texts.get(f"knowledge.{problem}.message", file=str(self._file), reason=reason),
            self._texts.get(f"knowledge.{problem}.hint", file=str(self._file)),
        )


def _read(rows: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, Document]]:
    for number, language, entry in rows:
        yield number, Document(Entry.model_validate_json(entry), "pt" if language == "pt" else "en")
