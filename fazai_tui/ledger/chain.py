"""The hash chain over the ledger's entries: each one's hash covers its own content and the hash before it."""

import hashlib
import json
import sqlite3
from typing import Final

from pydantic import JsonValue

START: Final = "0" * 64
"""What the first entry follows."""

OUTPUT_DIGEST: Final = "output_sha256"
"""Where the entry of a finished command has the digest of its output, which stands beside it."""


def append(
    connection: sqlite3.Connection, session: str, turn: str | None, at: str, kind: str, body: dict[str, JsonValue]
) -> None:
    """Add an entry behind the last one. The caller holds the write lock.

    Args:
        connection: A ledger within a transaction that began as a write.
        session: The session it is about; empty for the ledger itself.
        turn: The turn it is about.
        at: When, in ISO 8601.
        kind: An event's type, or what was done to the ledger itself.
        body: The rest, free of secrets.
    """
    position, last = head(connection)
    position += 1
    text = json.dumps(body, ensure_ascii=False)
    entry = digest(position, session, turn, at, kind, text)
    connection.execute(
        "INSERT INTO events (position, session_id, turn_id, at, type, body, digest, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (position, session, turn, at, kind, text, entry, link(last, entry)),
    )
    _move_head(connection, position, link(last, entry))


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return the position and the hash of the last entry, as the ledger keeps them."""
    row = connection.execute("SELECT position, hash FROM chain").fetchone()
    return (int(row[0]), str(row[1])) if row else (0, START)


def digest(position: int, session: str, turn: str | None, at: str, kind: str, body: str) -> str:
    """Return the digest of an entry's content, written as canonical JSON."""
    content = {"position": position, "session": session, "turn": turn, "at": at, "type": kind, "body": body}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text_digest(text)


def link(previous: str, entry: str) -> str:
    """Return the hash of an entry from the hash before it and the digest of its content."""
    return text_digest(previous + entry)


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal; also of text that UTF-8 cannot say."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def seal(connection: sqlite3.Connection) -> None:
    """Bring entries that were written before there was a chain into one, as they stand."""
    last, position = START, 0
    outputs = {
        str(command): text_digest(str(output))
        for command, output in connection.execute("SELECT id, output FROM commands WHERE status <> 'in_progress'")
    }
    rows = connection.execute("SELECT position, session_id, turn_id, at, type, body FROM events ORDER BY position")
    for old, session, turn, at, kind, body in rows.fetchall():
        position += 1
        text = str(body)
        if kind == "command_finished":
            facts = json.loads(text)
            facts[OUTPUT_DIGEST] = outputs.get(str(facts["command_id"]), text_digest(""))
            text = json.dumps(facts, ensure_ascii=False)
        entry = digest(position, session, turn, at, kind, text)
        last = link(last, entry)
        connection.execute(
            "UPDATE events SET position = ?, body = ?, digest = ?, hash = ? WHERE position = ?",
            (position, text, entry, last, old),
        )
    _move_head(connection, position, last)


def _move_head(connection: sqlite3.Connection, position: int, last: str) -> None:
    connection.execute("INSERT OR REPLACE INTO chain (id, position, hash) VALUES (1, ?, ?)", (position, last))
