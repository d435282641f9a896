"""Checking the ledger against its hash chain."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from fazai_tui.config.texts import Texts
from fazai_tui.ledger.chain import OUTPUT_DIGEST, START, digest, head, link, text_digest
from fazai_tui.ledger.database import reading

REMOVED: Final = "entries_removed"
"""The type of an entry that says which earlier ones were emptied, by `positions`."""

Fault = Literal["changed", "unlinked", "missing", "cut", "emptied", "row_changed", "row_missing", "row_added", "head"]
"""What is wrong: an entry's content, what it follows, its absence, the absence of the last ones, its content gone
without a record; a turn or command that differs from its entries, is gone, or has none; a noted head that is not in
the chain."""


class Tampering(BaseModel):
    """One thing that is not as it was written."""

    model_config = ConfigDict(frozen=True)

    fault: Fault
    position: int | None = None
    """The entry's place in the chain."""
    until: int | None = None
    """The last of several entries that are missing."""
    kind: str = ""
    """The entry's type, or `turn` and `command` for what is shown of it."""
    at: str = ""
    id: str = ""
    """The turn or the command it is about."""
    field: str = ""
    """What of a turn or command differs."""


class ChainReport(BaseModel):
    """What a check came to."""

    model_config = ConfigDict(frozen=True)

    entries: int
    removed: int
    """Entries whose content was removed by retention, as the chain itself records."""
    head: str
    """`POSITION:HASH` of the last entry: who notes it elsewhere can prove later that nothing before it was changed."""
    tampered: tuple[Tampering, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.tampered


@dataclass(slots=True)
class _Told:
    """What the chain tells of turns and commands."""

    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict[tuple[str, str], dict[str, Any]])
    emptied: dict[int, Tampering] = field(default_factory=dict[int, Tampering])
    removed: set[int] = field(default_factory=set[int])


def verify(file: Path, texts: Texts, noted: str = "") -> ChainReport:
    """Check every entry against the chain, and what the history shows against the entries.

    Args:
        file: The ledger.
        texts: The language of errors.
        noted: A head as an earlier report told it; it must still be in the chain.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    with reading(file, texts) as connection:
        if connection is None:
            lost = (Tampering(fault="head", id=noted),) if noted else ()
            return ChainReport(entries=0, removed=0, head=f"0:{START}", tampered=lost)
        # One look at everything, whatever is written meanwhile.
        connection.execute("BEGIN")
        told = _Told()
        found = [*_chain(connection, told, noted)]
        found += [fault for position, fault in told.emptied.items() if position not in told.removed]
        found += _rows(connection, told)
        position, last = head(connection)
        entries = int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
        removed = len(told.removed)
        return ChainReport(entries=entries, removed=removed, head=f"{position}:{last}", tampered=tuple(found))


def _chain(connection: sqlite3.Connection, told: _Told, noted: str) -> Iterator[Tampering]:
    expected, last = 1, START
    place, _, wanted = noted.partition(":")
    is_noted = not noted or wanted == START
    for row in connection.execute("SELECT * FROM events ORDER BY position"):
        position, entry = int(row["position"]), str(row["digest"])
        fault = Tampering(fault="changed", position=position, kind=row["type"], at=row["at"], id=row["turn_id"] or "")
        if position > expected:
            yield Tampering(fault="missing", position=expected, until=position - 1)
        is_next = position == expected
        expected = position + 1
        if row["body"] == "":
            told.emptied[position] = fault.model_copy(update={"fault": "emptied"})
        elif entry != digest(position, row["session_id"], row["turn_id"], row["at"], row["type"], row["body"]):
            yield fault
        if is_next and row["hash"] != link(last, entry):
            yield fault.model_copy(update={"fault": "unlinked"})
        last = str(row["hash"])
        is_noted = is_noted or (place, wanted) == (str(position), last)
        _note(row, told)
    position, kept = head(connection)
    if position >= expected:
        yield Tampering(fault="cut", position=expected, until=position)
    elif (position, kept) != (expected - 1, last):
        yield Tampering(fault="unlinked", position=expected - 1, kind="head")
    if not is_noted:
        yield Tampering(fault="head", id=noted)


def _note(row: sqlite3.Row, told: _Told) -> None:
    """Keep what an entry tells of the turn or command it is about."""
    try:
        body: dict[str, Any] = json.loads(row["body"] or "{}")
    except ValueError:
        return
    match row["type"]:
        case "turn_started" if body:
            facts = {"session_id": row["session_id"], "order_text": body.get("order"), "kind": body.get("kind")}
            told.rows["turn", str(body.get("turn_id"))] = {**facts, "started_at": row["at"]}
        case "turn_finished" if body:
            names = ("status", "reason", "duration_ms", "input_tokens", "output_tokens")
            told.rows.setdefault(("turn", str(body.get("turn_id"))), {}).update({n: body.get(n) for n in names})
        case "command_started" if body:
            facts = {name: body.get(name) for name in ("step_id", "command", "cwd")}
            graded: dict[str, Any] = body.get("assessment", {})
            risk = graded.get("risk")
            about = {"turn_id": row["turn_id"], "session_id": row["session_id"], "started_at": row["at"], "risk": risk}
            told.rows["command", str(body.get("command_id"))] = facts | about
        case "command_finished" if body:
            facts = {name: body.get(name) for name in ("status", "exit_code", "duration_ms", OUTPUT_DIGEST)}
            told.rows.setdefault(("command", str(body.get("command_id"))), {}).update(facts)
        case _ if row["type"] == REMOVED:
            for first, final in body.get("positions", ()):
                told.removed.update(range(first, final + 1))
        case _:
            pass


def _rows(connection: sqlite3.Connection, told: _Told) -> Iterator[Tampering]:
    """Compare what the history shows with what the chain tells."""
    for table, kind in (("turns", "turn"), ("commands", "command")):
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY position"):
            fault = Tampering(fault="row_added", kind=kind, id=row["id"], at=row["started_at"])
            facts = told.rows.pop((kind, row["id"]), None)
            if facts is None:
                yield fault
                continue
            if kind == "command" and OUTPUT_DIGEST in facts:
                facts["output"] = facts.pop(OUTPUT_DIGEST)
            shown = {name: row[name] for name in facts}
            if "output" in shown:
                shown["output"] = text_digest(shown["output"])
            elif kind == "command":
                facts |= {"status": "in_progress", "exit_code": None, "output": ""}
                shown |= {name: row[name] for name in ("status", "exit_code", "output")}
            elif "status" not in facts:
                facts["status"], shown["status"] = None, row["status"]
            if different := ", ".join(name for name in facts if facts[name] != shown[name]):
                yield fault.model_copy(update={"fault": "row_changed", "field": different})
    for kind, name in told.rows:
        yield Tampering(fault="row_missing", kind=kind, id=name)
