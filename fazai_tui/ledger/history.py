"""Read what the ledger holds: orders, what became of them, and where a text stands."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError
from fazai_tui.core.events import EVENT_ADAPTER, ApprovalDecided, ErrorOccurred, Event, MessageProduced, PlanProposed
from fazai_tui.ledger.database import reading
from fazai_tui.ledger.entries import CommandEntry, Hit, TurnDetail, TurnEntry
from fazai_tui.ledger.filters import TurnFilter
from fazai_tui.ledger.owner import is_alive
from fazai_tui.ledger.passages import matching

_TURN = """
    SELECT turns.*, turns.order_text AS "order", sessions.cwd,
        (SELECT count(*) FROM commands WHERE commands.turn_id = turns.id) AS commands
    FROM turns JOIN sessions ON sessions.id = turns.session_id
"""
_EXCERPT_WORDS = 16


class History:
    """Reads one ledger. Every question opens the file anew, so a writer is never in the way."""

    def __init__(self, file: Path, texts: Texts) -> None:
        """Prepare to read; without a file the history is empty.

        Args:
            file: The SQLite file.
            texts: The language of errors.
        """
        self._file = file
        self._texts = texts

    def list_turns(
        self, limit: int = 50, text: str = "", session: str | None = None, *, chosen: TurnFilter | None = None
    ) -> tuple[TurnEntry, ...]:
        """Return turns, newest first.

        Args:
            limit: The most to return.
            text: Only turns whose order, commands, output or messages hold words that begin so.
            session: Only turns of this session.
            chosen: What else they have to be.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        conditions: list[str] = []
        values: list[str] = []
        if text.strip():
            condition, value = matching(text)
            conditions.append(f"turns.id IN (SELECT turn_id FROM passages WHERE {condition})")
            values.append(value)
        if session is not None:
            conditions.append("turns.session_id = ?")
            values.append(session)
        if chosen is not None:
            kept = (("started_at >= ?", chosen.since), ("started_at < ?", chosen.until), ("host = ?", chosen.host))
            conditions += [f"turns.{condition}" for condition, value in kept if value]
            values += [value for _, value in kept if value]
            if chosen.status:
                conditions.append("coalesce(turns.status, '') = ?")
                values.append("" if chosen.status in ("in_progress", "abandoned") else chosen.status)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        turns = self._turns(f"{_TURN} {where} ORDER BY turns.position DESC LIMIT ?", (*values, limit))
        # Whether one without an end still goes on, only its process tells.
        status = "" if chosen is None else chosen.status
        return tuple(turn for turn in turns if status in ("", turn.status))

    def turn(self, turn_id: str) -> TurnDetail:
        """Return everything about one turn.

        Args:
            turn_id: The turn's id, or a beginning of it that no other one has.

        Raises:
            BadInputError: There is no such turn, or more than one.
            LedgerError: The ledger cannot be read.
        """
        found = self._turns(f"{_TURN} WHERE substr(turns.id, 1, ?) = ? LIMIT 2", (len(turn_id), turn_id))
        exact = [turn for turn in found if turn.id == turn_id]
        if len(found) != 1 and not exact:
            problem = "ambiguous" if found else "no_turn"
            raise BadInputError(
                self._texts.get("ledger.title"),
                self._texts.get(f"ledger.{problem}.message", turn=turn_id),
                self._texts.get(f"ledger.{problem}.hint"),
            )
        turn = (exact or found)[0]
        with reading(self._file, self._texts) as connection:
            assert connection is not None, "the turn was found in it"
            commands = "SELECT * FROM commands WHERE turn_id = ? ORDER BY position"
            rows = connection.execute(commands, (turn.id,)).fetchall()
            bodies = connection.execute(
                "SELECT body FROM events WHERE turn_id = ? AND type IN"
                " ('plan_proposed', 'approval_decided', 'message_produced', 'error_occurred') ORDER BY position",
                (turn.id,),
            ).fetchall()
        events = [EVENT_ADAPTER.validate_json(body[0]) for body in bodies]
        return _record(turn, tuple(_command(row) for row in rows), events)

    def search(self, text: str, limit: int = 50) -> tuple[Hit, ...]:
        """Return where words that begin so stand, the best places first, one a turn.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        if not text.strip():
            return ()
        condition, value = matching(text)
        found: dict[str, Hit] = {}
        with reading(self._file, self._texts) as connection:
            if connection is None:
                return ()
            by_words = "MATCH" in condition
            excerpt = f"snippet(passages, 0, '', '', '…', {_EXCERPT_WORDS})" if by_words else "substr(text, 1, 200)"
            places = connection.execute(
                f"SELECT turn_id, kind, {excerpt} AS excerpt FROM passages WHERE {condition}"
                f" ORDER BY {'rank' if by_words else 'rowid DESC'} LIMIT ?",
                (value, 8 * limit),
            ).fetchall()
            for place in places:
                if place["turn_id"] in found or len(found) == limit:
                    continue
                row = connection.execute(f"{_TURN} WHERE turns.id = ?", (place["turn_id"],)).fetchone()
                found[place["turn_id"]] = Hit(turn=_turn(row), kind=place["kind"], excerpt=place["excerpt"])
        return tuple(found.values())

    def _turns(self, query: str, values: Sequence[object]) -> tuple[TurnEntry, ...]:
        with reading(self._file, self._texts) as connection:
            if connection is None:
                return ()
            return tuple(_turn(row) for row in connection.execute(query, tuple(values)))


def _turn(row: sqlite3.Row) -> TurnEntry:
    facts = dict(row)
    if facts["status"] is None:
        facts["status"] = "in_progress" if is_alive(facts["owner"]) else "abandoned"
    return TurnEntry.model_validate(facts)


def _command(row: sqlite3.Row) -> CommandEntry:
    facts = dict(row)
    if facts["status"] == "in_progress" and not is_alive(facts["owner"]):
        facts["status"] = "abandoned"
    return CommandEntry.model_validate(facts)


def _record(turn: TurnEntry, commands: tuple[CommandEntry, ...], events: Sequence[Event]) -> TurnDetail:
    return TurnDetail(
        turn=turn,
        plans=tuple(event.plan for event in events if isinstance(event, PlanProposed)),
        approvals=tuple(event for event in events if isinstance(event, ApprovalDecided)),
        commands=commands,
        messages=tuple(event.text for event in events if isinstance(event, MessageProduced)),
        errors=tuple(event.message for event in events if isinstance(event, ErrorOccurred)),
    )
