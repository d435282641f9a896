"""The sessions that a ledger holds: finding one, going on with it, forking, naming and deleting it."""

import sqlite3
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError
from fazai_tui.core.redaction import redact
from fazai_tui.ledger.chain import append
from fazai_tui.ledger.database import explained, open_for_writing, reading
from fazai_tui.ledger.entries import PastTurn, SessionEntry
from fazai_tui.ledger.names import LAST
from fazai_tui.ledger.owner import is_alive, process_of, this_process
from fazai_tui.ledger.passages import matching

_TITLE_LENGTH: Final = 200

# A session without orders holds nothing to go on with; the user's own shell beside one is shown with it.
_SESSION = """
    SELECT sessions.*, first.order_text AS first_order, last.order_text AS last_order,
        coalesce(last.started_at, sessions.started_at) AS last_at, coalesce(last.host, '') AS host, counted.turns
    FROM sessions
    JOIN (SELECT session_id, count(*) AS turns, min(position) AS lowest, max(position) AS highest
        FROM conversation GROUP BY session_id) AS counted ON counted.session_id = sessions.id
    LEFT JOIN turns AS first ON first.id = (SELECT turn_id FROM conversation WHERE position = counted.lowest)
    LEFT JOIN turns AS last ON last.id = (SELECT turn_id FROM conversation WHERE position = counted.highest)
    WHERE sessions.is_deleted = 0 AND sessions.beside = ''
"""
_PAST = """
    SELECT turns.*, turns.order_text AS "order", coalesce((SELECT json_extract(body, '$.text') FROM events
        WHERE events.turn_id = turns.id AND type = 'message_produced' AND body <> ''
        ORDER BY events.position DESC LIMIT 1), '') AS message
    FROM conversation JOIN turns ON turns.id = conversation.turn_id
    WHERE conversation.session_id = ? ORDER BY conversation.position
"""


class SessionBook:
    """The sessions of one ledger. Every question opens the file anew."""

    def __init__(self, file: Path, texts: Texts) -> None:
        """Prepare to read and write.

        Args:
            file: The SQLite file.
            texts: The language of errors.
        """
        self._file = file
        self._texts = texts

    def sessions(self, text: str = "", limit: int = 200) -> tuple[SessionEntry, ...]:
        """Return sessions, those used last first.

        Args:
            text: Words that each begin a word of the title, or of an order, a command, an output or an answer.
            limit: The most to return.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        conditions, values = "", list[object]()
        for word in text.split():
            condition, value = matching(word)
            conditions += (
                " AND (instr(lower(sessions.title), ?) > 0 OR sessions.id IN (SELECT session_id FROM conversation"
                f" WHERE turn_id IN (SELECT turn_id FROM passages WHERE {condition})))"
            )
            values += [word.lower(), value]
        with reading(self._file, self._texts) as connection:
            if connection is None:
                return ()
            query = f"{_SESSION} {conditions} ORDER BY last_at DESC, counted.highest DESC LIMIT ?"
            return tuple(_entry(row) for row in connection.execute(query, (*values, limit)))

    def find(self, wanted: str) -> SessionEntry:
        """Return a session by its id, the beginning of it, its title, or `--last`.

        Raises:
            BadInputError: There is no such session, or more than one.
            LedgerError: The ledger cannot be read.
        """
        entries = self.sessions(limit=1 if wanted == LAST else 1_000_000)
        if wanted == LAST:
            found = list(entries)
        else:
            found = [entry for entry in entries if entry.id == wanted or (entry.is_named and entry.title == wanted)]
            found = found or [entry for entry in entries if wanted and entry.id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        raise self._error("many_sessions" if found else "no_last" if wanted == LAST else "no_session", session=wanted)

    def past(self, session_id: str) -> tuple[PastTurn, ...]:
        """Return the orders of a session, oldest first.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        with reading(self._file, self._texts) as connection:
            if connection is None:
                return ()
            return tuple(_turn(row) for row in connection.execute(_PAST, (session_id,)))

    def claim(self, session_id: str) -> None:
        """Take a session for this process, so that no other one goes on with it.

        Raises:
            BadInputError: Another process has it open.
            LedgerError: The ledger cannot be written.
        """
        with self._writing() as (connection, _):
            row = connection.execute("SELECT holder FROM sessions WHERE id = ?", (session_id,)).fetchone()
            holder = str(row[0])
            if holder and holder != this_process() and is_alive(holder):
                raise self._error("held", session=session_id, process=process_of(holder))
            connection.execute("UPDATE sessions SET holder = ? WHERE id = ?", (this_process(), session_id))

    def fork(self, session_id: str) -> str:
        """Begin a session that starts with everything another one has been through; return its id.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        new = uuid.uuid4().hex[:12]
        with self._writing() as (connection, at):
            connection.execute(
                "INSERT INTO sessions (id, started_at, cwd, last_cwd, title, forked_from)"
                " SELECT ?, ?, cwd, last_cwd, title, id FROM sessions WHERE id = ?",
                (new, at, session_id),
            )
            connection.execute(
                "INSERT INTO conversation (session_id, turn_id)"
                " SELECT ?, turn_id FROM conversation WHERE session_id = ? ORDER BY position",
                (new, session_id),
            )
            append(connection, new, None, at, "session_forked", {"from": session_id})
        return new

    def rename(self, session_id: str, title: str) -> None:
        """Give a session a name; an empty one lets its first order stand for it again.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        name = redact(" ".join(title.split()))[:_TITLE_LENGTH]
        with self._writing() as (connection, at):
            connection.execute("UPDATE sessions SET title = ? WHERE id = ?", (name, session_id))
            append(connection, session_id, None, at, "session_renamed", {"title": name})

    def delete(self, session_id: str) -> None:
        """Take a session off the list for good. What it ordered and ran stays in the ledger.

        Raises:
            BadInputError: A process has it open.
            LedgerError: The ledger cannot be written.
        """
        with self._writing() as (connection, at):
            row = connection.execute("SELECT holder FROM sessions WHERE id = ?", (session_id,)).fetchone()
            if row[0] and is_alive(row[0]):
                raise self._error("held", session=session_id, process=process_of(row[0]))
            connection.execute("DELETE FROM conversation WHERE session_id = ?", (session_id,))
            connection.execute("UPDATE sessions SET is_deleted = 1 WHERE id = ?", (session_id,))
            append(connection, session_id, None, at, "session_deleted", {})

    @contextmanager
    def _writing(self) -> Generator[tuple[sqlite3.Connection, str]]:
        """Give a connection within a transaction, and the time."""
        with explained(self._file, self._texts):
            connection = open_for_writing(self._file, self._texts)
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection, datetime.now(UTC).isoformat(timespec="milliseconds")
                connection.execute("COMMIT")
            finally:
                # Closing without a COMMIT takes everything back.
                connection.close()

    def _error(self, problem: str, **facts: object) -> BadInputError:
        get = self._texts.get
        return BadInputError(
            get("ledger.title"), get(f"ledger.{problem}.message", **facts), get(f"ledger.{problem}.hint", **facts)
        )


def _entry(row: sqlite3.Row) -> SessionEntry:
    holder = row["holder"]
    return SessionEntry(
        id=row["id"],
        title=row["title"] or row["first_order"] or row["id"],
        is_named=bool(row["title"]),
        started_at=row["started_at"],
        last_at=row["last_at"],
        cwd=row["last_cwd"] or row["cwd"],
        host=row["host"],
        turns=row["turns"],
        last_order=row["last_order"] or "",
        holder=process_of(holder) if holder and is_alive(holder) else None,
        forked_from=row["forked_from"],
    )


def _turn(row: sqlite3.Row) -> PastTurn:
    facts = dict(row)
    if facts["status"] is None:
        facts["status"] = "in_progress" if is_alive(facts["owner"]) else "abandoned"
    return PastTurn.model_validate(facts)
