"""The ledger's SQLite file: opening it, its schema, and its errors in words."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fazai_tui.config.paths import PRIVATE_FILE, ensure_directory
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import LedgerError
from fazai_tui.ledger.schema import VERSION, upgrade

_BUSY_SECONDS: Final = 5.0
"""How long to wait for another FazAI that is writing."""


def open_for_writing(file: Path, texts: Texts) -> sqlite3.Connection:
    """Open the ledger, making it or bringing its schema up to date.

    Raises:
        LedgerError: It cannot be opened or written, or a newer FazAI made it.
    """
    with explained(file, texts):
        ensure_directory(file.parent)
        # SQLite gives its side files the mode of the database.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
        connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, file, texts)
        except BaseException:
            connection.close()
            raise
        return connection


def check_ledger(file: Path, texts: Texts) -> None:
    """Make sure that the ledger can be written and is whole.

    Raises:
        LedgerError: It cannot be opened or written, or it is damaged.
    """
    with explained(file, texts):
        connection = open_for_writing(file, texts)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"malformed: {verdict}")


@contextmanager
def reading(file: Path, texts: Texts) -> Generator[sqlite3.Connection | None]:
    """Give a connection that cannot write; None when there is no ledger yet.

    Raises:
        LedgerError: It cannot be opened or read, or a newer FazAI made it.
    """
    if not file.exists():
        yield None
        return
    with explained(file, texts):
        connection = _open_for_reading(file)
        try:
            version = _version(connection)
            _refuse_newer(version, file, texts)
            if 0 < version < VERSION:
                connection.close()
                open_for_writing(file, texts).close()
                connection = _open_for_reading(file)
            connection.row_factory = sqlite3.Row
            yield connection if version else None
        finally:
            connection.close()


@contextmanager
def explained(file: Path, texts: Texts) -> Generator[None]:
    """Turn what goes wrong with the file into a `LedgerError` with a remedy."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        problem = _problem(error)
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise LedgerError(
            texts.get("ledger.title"),
            texts.get(f"ledger.{problem}.message", file=str(file), reason=reason),
            texts.get(f"ledger.{problem}.hint", file=str(file), directory=str(file.parent)),
        ) from error


def _open_for_reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)


def _problem(error: sqlite3.Error | OSError) -> str:
    text = str(error).lower()
    if "disk is full" in text or "no space" in text or "disk i/o" in text:
        return "full"
    if "not a database" in text or "malformed" in text:
        return "corrupt"
    if "locked" in text:
        return "locked"
    return "unwritable"


def _migrate(connection: sqlite3.Connection, file: Path, texts: Texts) -> None:
    _refuse_newer(_version(connection), file, texts)
    if _version(connection) == VERSION:
        return
    # Another process may be doing the same: the version is read again under the lock.
    connection.execute("BEGIN IMMEDIATE")
    try:
        if (version := _version(connection)) < VERSION:
            upgrade(connection, version)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refuse_newer(version: int, file: Path, texts: Texts) -> None:
    if version > VERSION:
        raise LedgerError(
            texts.get("ledger.title"), texts.get("ledger.newer.message", file=str(file)), texts.get("ledger.newer.hint")
        )
