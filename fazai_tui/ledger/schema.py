"""The ledger's tables, version after version."""

import sqlite3
from typing import Final

from fazai_tui.ledger.chain import seal

_VERSION_1: Final = """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY, started_at TEXT NOT NULL, cwd TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE turns (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL REFERENCES sessions (id),
        order_text TEXT NOT NULL, kind TEXT NOT NULL, started_at TEXT NOT NULL, owner TEXT NOT NULL,
        status TEXT, reason TEXT NOT NULL DEFAULT '', duration_ms INTEGER,
        input_tokens INTEGER NOT NULL DEFAULT 0, output_tokens INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX turns_by_session ON turns (session_id);
    CREATE TABLE commands (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, turn_id TEXT REFERENCES turns (id),
        session_id TEXT NOT NULL, step_id TEXT NOT NULL, command TEXT NOT NULL, cwd TEXT NOT NULL, risk TEXT NOT NULL,
        status TEXT NOT NULL, exit_code INTEGER, output TEXT NOT NULL DEFAULT '', started_at TEXT NOT NULL,
        duration_ms INTEGER, owner TEXT NOT NULL
    );
    CREATE INDEX commands_by_turn ON commands (turn_id);
    CREATE TABLE events (
        position INTEGER PRIMARY KEY, session_id TEXT NOT NULL, turn_id TEXT, at TEXT NOT NULL, type TEXT NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX events_by_turn ON events (turn_id);
    CREATE VIRTUAL TABLE passages USING fts5 (
        text, turn_id UNINDEXED, kind UNINDEXED, tokenize = "unicode61 remove_diacritics 2"
    );
"""

# The trigger keeps a FazAI of before the chain, which may still run, from writing past it.
_VERSION_2: Final = """
    ALTER TABLE sessions ADD COLUMN title TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN last_cwd TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN forked_from TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN beside TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN holder TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN is_deleted INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE turns ADD COLUMN host TEXT NOT NULL DEFAULT '';
    ALTER TABLE events ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
    CREATE TABLE chain (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, hash TEXT NOT NULL);
    CREATE TABLE conversation (
        position INTEGER PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id), turn_id TEXT NOT NULL,
        UNIQUE (session_id, turn_id)
    );
    CREATE INDEX conversation_by_turn ON conversation (turn_id);
    INSERT INTO conversation (session_id, turn_id) SELECT session_id, id FROM turns ORDER BY position;
    CREATE TRIGGER events_are_chained BEFORE INSERT ON events WHEN new.hash = ''
        BEGIN SELECT RAISE(ABORT, 'a newer FazAI has chained this ledger'); END;
"""

VERSION: Final = 2
"""The version this FazAI writes; `PRAGMA user_version` has that of a file."""


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring a ledger of an earlier version to the present one. The caller holds the write lock."""
    for step, script in enumerate((_VERSION_1, _VERSION_2)):
        if version <= step:
            for statement in script.split(";\n"):
                connection.execute(statement)
    if version == 1:
        seal(connection)
    connection.execute(f"PRAGMA user_version = {VERSION}")
