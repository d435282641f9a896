"""Write events to the ledger, each on disk before `record` returns."""

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias, assert_never

from fazai_tui.config.texts import Texts
from fazai_tui.core.egress import Crossing
from fazai_tui.core.events import (
    ApprovalDecided,
    ApprovalRequested,
    BackgroundPrinted,
    CommandFinished,
    CommandNoted,
    CommandStarted,
    ContextBuilt,
    EngineStateChanged,
    ErrorOccurred,
    Event,
    FilesChanged,
    FilesRestored,
    GenerationFinished,
    GuardChanged,
    InputAwaited,
    MemoryTouched,
    MessageProduced,
    OutputReceived,
    PersonaLed,
    PlanProposed,
    RepairStarted,
    SessionStarted,
    StepChanged,
    TimeLimitReached,
    TokenGenerated,
    TurnFinished,
    TurnStarted,
)
from fazai_tui.core.redaction import redact, redact_value
from fazai_tui.ledger.chain import OUTPUT_DIGEST, append, text_digest
from fazai_tui.ledger.database import explained, open_for_writing
from fazai_tui.ledger.names import CROSSING
from fazai_tui.ledger.owner import this_process

_Unrecorded: TypeAlias = (
    TokenGenerated
    | OutputReceived
    | BackgroundPrinted
    | EngineStateChanged
    | ContextBuilt
    | GenerationFinished
    | InputAwaited
    | CommandNoted
    | TimeLimitReached
    | PersonaLed
)
"""What the entries of commands and turns already hold, or nobody asks for afterwards."""

_Recorded: TypeAlias = (
    SessionStarted
    | TurnStarted
    | PlanProposed
    | StepChanged
    | ApprovalRequested
    | ApprovalDecided
    | CommandStarted
    | CommandFinished
    | FilesRestored
    | MemoryTouched
    | FilesChanged
    | GuardChanged
    | RepairStarted
    | MessageProduced
    | ErrorOccurred
    | TurnFinished
)

_Synchronous: TypeAlias = CommandStarted | TurnFinished
"""Written through to the disk itself; the others survive the process's death, not a power cut."""

_OUTPUT_PART: Final = 32_768
"""Characters of a command's output that are kept from its beginning, and as many from its end."""


class SqliteLedger:
    """The record of one user's sessions. Implements `core.ports.Ledger`.

    Several processes may write to the same file; a write waits for another one's to end.
    """

    def __init__(self, file: Path, texts: Texts) -> None:
        """Prepare to record; the file is opened, or made, with the first event.

        Args:
            file: The SQLite file.
            texts: The language of errors.
        """
        self._file = file
        self._texts = texts
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._owner = ""
        self._turns: dict[str, str] = {}
        """The running turn by session."""

    def record(self, session_id: str, event: Event) -> None:
        """Write an event; secrets that can be told by their shape are masked.

        Raises:
            LedgerError: It could not be written.
        """
        if isinstance(event, _Unrecorded):
            return
        with self._writing(is_synchronous=isinstance(event, _Synchronous)) as (connection, at):
            self._write(connection, session_id, event, at)

    def note_crossing(self, session_id: str, crossing: Crossing) -> None:
        """Write what leaves the machine, or what came back; secrets that can be told by their shape are masked.

        Raises:
            LedgerError: It could not be written.
        """
        body = redact_value(crossing.model_dump(mode="json"))
        assert isinstance(body, dict), "crossings are objects"
        with self._writing(is_synchronous=False) as (connection, at):
            append(connection, session_id, self._turns.get(session_id), at, CROSSING, body)

    def leave(self, session_id: str) -> None:
        """Let go of a session, so that another process may go on with it.

        Raises:
            LedgerError: It could not be written.
        """
        with self._lock, explained(self._file, self._texts):
            if self._connection is not None:
                self._connection.execute(
                    "UPDATE sessions SET holder = '' WHERE id = ? AND holder = ?", (session_id, self._owner)
                )

    def close(self) -> None:
        """Close the file; a later event opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _writing(self, *, is_synchronous: bool) -> Generator[tuple[sqlite3.Connection, str]]:
        """Give the file within a transaction, and the time."""
        with self._lock, explained(self._file, self._texts):
            connection = self._open()
            connection.execute(f"PRAGMA synchronous = {'FULL' if is_synchronous else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection, datetime.now(UTC).isoformat(timespec="milliseconds")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_for_writing(self._file, self._texts)
            self._owner = this_process()
        return self._connection

    def _write(self, connection: sqlite3.Connection, session: str, event: _Recorded, at: str) -> None:
        match event:
            case SessionStarted():
                self._start_session(connection, session, event, at)
            case TurnStarted():
                self._start_turn(connection, session, event, at)
            case CommandStarted():
                self._start_command(connection, session, event, at)
            case CommandFinished():
                self._finish_command(connection, session, event)
            case TurnFinished():
                self._finish_turn(connection, event)
            case MessageProduced():
                self._index(connection, session, "message", redact(event.text))
            case PlanProposed() | StepChanged() | ApprovalRequested() | ApprovalDecided():
                pass
            case (
                FilesRestored() | FilesChanged() | GuardChanged() | RepairStarted() | ErrorOccurred() | MemoryTouched()
            ):
                pass
            case _:
                assert_never(event)
        body = redact_value(event.model_dump(mode="json", exclude={"output"}))
        assert isinstance(body, dict), "events are objects"
        if isinstance(event, CommandFinished):
            body[OUTPUT_DIGEST] = text_digest(redact(_head_and_tail(event.output)))
        append(connection, session, self._turns.get(session), at, event.type, body)
        if isinstance(event, TurnFinished):
            self._turns.pop(session, None)

    def _start_session(self, connection: sqlite3.Connection, session: str, event: SessionStarted, at: str) -> None:
        connection.execute(
            "INSERT INTO sessions (id, started_at, cwd, last_cwd, beside, holder) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, last_cwd = excluded.last_cwd",
            (session, at, event.cwd, event.cwd, event.beside, self._owner),
        )

    def _start_turn(self, connection: sqlite3.Connection, session: str, event: TurnStarted, at: str) -> None:
        order = redact(event.order)
        connection.execute(
            "INSERT INTO turns (id, session_id, order_text, kind, started_at, owner, host)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (event.turn_id, session, order, event.kind, at, self._owner, os.uname().nodename),
        )
        connection.execute(
            "INSERT INTO conversation (session_id, turn_id)"
            " SELECT CASE beside WHEN '' THEN id ELSE beside END, ? FROM sessions WHERE id = ?",
            (event.turn_id, session),
        )
        self._turns[session] = event.turn_id
        self._index(connection, session, "order", order)

    def _start_command(self, connection: sqlite3.Connection, session: str, event: CommandStarted, at: str) -> None:
        command = redact(event.command)
        connection.execute(
            "INSERT INTO commands (id, turn_id, session_id, step_id, command, cwd, risk, status, started_at, owner)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'in_progress', ?, ?)",
            (
                event.command_id,
                self._turns.get(session),
                session,
                event.step_id,
                command,
                event.cwd,
                event.assessment.risk,
                at,
                self._owner,
            ),
        )
        self._index(connection, session, "command", command)

    def _finish_command(self, connection: sqlite3.Connection, session: str, event: CommandFinished) -> None:
        output = redact(_head_and_tail(event.output))
        connection.execute(
            "UPDATE commands SET status = ?, exit_code = ?, output = ?, duration_ms = ? WHERE id = ?",
            (event.status, event.exit_code, output, event.duration_ms, event.command_id),
        )
        connection.execute(
            "UPDATE sessions SET last_cwd = ? WHERE id = ? OR id = (SELECT beside FROM sessions WHERE id = ?)",
            (event.cwd, session, session),
        )
        self._index(connection, session, "output", output)

    def _finish_turn(self, connection: sqlite3.Connection, event: TurnFinished) -> None:
        connection.execute(
            "UPDATE turns SET status = ?, reason = ?, duration_ms = ?, input_tokens = ?, output_tokens = ?"
            " WHERE id = ?",
            (
                event.status,
                redact(event.reason),
                event.duration_ms,
                event.input_tokens,
                event.output_tokens,
                event.turn_id,
            ),
        )

    def _index(self, connection: sqlite3.Connection, session: str, kind: str, text: str) -> None:
        if text and session in self._turns:
            connection.execute(
                "INSERT INTO passages (text, turn_id, kind) VALUES (?, ?, ?)", (text, self._turns[session], kind)
            )


def _head_and_tail(text: str) -> str:
    if len(text) <= 2 * _OUTPUT_PART:
        return text
    return f"{text[:_OUTPUT_PART]}\n…\n{text[-_OUTPUT_PART:]}"


class UnrecordedLedger:
    """Keeps nothing: for sessions that ask for it. Implements `core.ports.Ledger`."""

    def record(self, session_id: str, event: Event) -> None:
        """Pass over an event."""

    def note_crossing(self, session_id: str, crossing: Crossing) -> None:
        """Pass over what leaves."""

    def leave(self, session_id: str) -> None:
        """There is nothing to let go of."""
