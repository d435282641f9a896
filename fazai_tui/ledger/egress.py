"""Read what left the machine, from the ledger."""

from datetime import datetime
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.egress import Crossing
from fazai_tui.ledger.database import reading
from fazai_tui.ledger.names import CROSSING


class RecordedCrossing(Crossing):
    """A message between this machine and another one, and when it was."""

    at: datetime
    session_id: str


def crossings(file: Path, texts: Texts, limit: int) -> tuple[RecordedCrossing, ...]:
    """Return what left the machine and what came back, newest first.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    query = "SELECT session_id, at, body FROM events WHERE type = ? AND body <> '' ORDER BY position DESC LIMIT ?"
    with reading(file, texts) as connection:
        if connection is None:
            return ()
        return tuple(_crossing(*row) for row in connection.execute(query, (CROSSING, limit)))


def _crossing(session_id: str, at: str, body: str) -> RecordedCrossing:
    crossing = Crossing.model_validate_json(body)
    return RecordedCrossing.model_validate({**crossing.model_dump(), "at": at, "session_id": session_id})
