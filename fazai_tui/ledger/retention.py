"""Emptying old entries for good, with the chain left whole."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from fazai_tui.config.texts import Texts
from fazai_tui.ledger.chain import append
from fazai_tui.ledger.database import explained, open_for_writing
from fazai_tui.ledger.verification import REMOVED


def remove_before(file: Path, texts: Texts, moment: datetime) -> int:
    """Empty every order that began before a moment, with all it caused; return how many.

    The entries' digests stay, so that the chain can still be checked, and an entry of their own says which are empty.

    Raises:
        LedgerError: The ledger cannot be written.
    """
    limit = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    old = "SELECT id FROM turns WHERE started_at < ? AND status IS NOT NULL"
    with explained(file, texts):
        connection = open_for_writing(file, texts)
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            count = int(connection.execute(f"SELECT count(*) FROM ({old})", (limit,)).fetchone()[0])
            query = f"SELECT position FROM events WHERE body <> '' AND turn_id IN ({old}) ORDER BY position"
            spans: list[JsonValue] = []
            for first, last in _spans([int(row[0]) for row in connection.execute(query, (limit,))]):
                connection.execute("UPDATE events SET body = '' WHERE position BETWEEN ? AND ?", (first, last))
                spans.append([first, last])
            for table in ("passages", "conversation", "commands"):
                connection.execute(f"DELETE FROM {table} WHERE turn_id IN ({old})", (limit,))
            connection.execute(f"DELETE FROM turns WHERE id IN ({old})", (limit,))
            # Words of what was deleted stay in the index until its parts are merged.
            connection.execute("INSERT INTO passages (passages) VALUES ('optimize')")
            if spans:
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                append(connection, "", None, now, REMOVED, {"positions": spans, "before": limit})
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            # Closing without a COMMIT takes everything back.
            connection.close()
    return count


def _spans(positions: list[int]) -> list[tuple[int, int]]:
    """Return runs of consecutive positions, each as its first and last."""
    found: list[tuple[int, int]] = []
    for position in positions:
        if found and found[-1][1] == position - 1:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found
