"""The chain: whole as written, whole after a crash, and every way of tampering named."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import (
    CommandFinished,
    CommandStarted,
    Event,
    MessageProduced,
    SessionStarted,
    TurnFinished,
    TurnStarted,
)
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision
from fazai_tui.ledger.chain import digest, link
from fazai_tui.ledger.history import History
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.ledger.verification import verify

TEXTS = Texts("en")
ENTRIES = 10


def turn(turn_id: str) -> list[Event]:
    """Return the events of a turn that ran one command."""
    grade = Assessment(command="df -h", risk=Risk.LOW, decision=Decision.ALLOW)
    started = CommandStarted(command_id=f"c-{turn_id}", step_id="s1", command="df -h", cwd="/", assessment=grade)
    return [
        TurnStarted(turn_id=turn_id, order=f"mostre {turn_id}", kind="order"),
        started,
        CommandFinished(
            command_id=f"c-{turn_id}",
            step_id="s1",
            status="completed",
            exit_code=0,
            output="42%",
            duration_ms=1,
            cwd="/",
        ),
        MessageProduced(text="fim"),
        TurnFinished(turn_id=turn_id, status="fulfilled"),
    ]


@pytest.fixture
def filled(ledger: SqliteLedger, file: Path) -> Path:
    """Return a ledger with a session of two turns, the second of which never ended: ten entries."""
    for event in (SessionStarted(session_id="s", cwd="/"), *turn("t1"), *turn("t2")[:4]):
        ledger.record("s", event)
    ledger.close()
    return file


def alter(file: Path, script: str) -> None:
    """Change a ledger behind FazAI's back."""
    connection = sqlite3.connect(file)
    connection.executescript(script)
    connection.close()


def test_what_was_written_is_whole(filled: Path) -> None:
    report = verify(filled, TEXTS)

    assert (report.tampered, report.entries, report.removed) == ((), ENTRIES, 0)
    assert report.head.startswith(f"{ENTRIES}:")


def test_a_command_that_never_ended_leaves_the_chain_whole(ledger: SqliteLedger, file: Path) -> None:
    for event in (SessionStarted(session_id="s", cwd="/"), *turn("t1")[:2]):
        ledger.record("s", event)

    assert verify(file, TEXTS).is_whole
    SqliteLedger(file, TEXTS).record("u", SessionStarted(session_id="u", cwd="/"))
    assert verify(file, TEXTS).is_whole


def test_without_a_ledger_there_is_nothing_to_find(file: Path) -> None:
    assert verify(file, TEXTS).is_whole


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("UPDATE events SET body = replace(body, 'mostre t1', 'apague') WHERE position = 2", [("changed", 2, "")]),
        ("UPDATE events SET at = '2020-01-01' WHERE position = 3", [("changed", 3, ""), ("row_changed", None, "c-t1")]),
        ("DELETE FROM events WHERE position IN (5, 6)", [("missing", 5, ""), ("row_changed", None, "t1")]),
        ("DELETE FROM events WHERE position > 8", [("cut", 9, ""), ("row_changed", None, "c-t2")]),
        ("DELETE FROM events WHERE position = 10; UPDATE chain SET position = 9", [("unlinked", 9, "")]),
        ("UPDATE events SET body = '' WHERE position = 5", [("emptied", 5, "")]),
        ("UPDATE commands SET output = '1%' WHERE id = 'c-t1'", [("row_changed", None, "c-t1")]),
        ("UPDATE commands SET command = 'true' WHERE id = 'c-t2'", [("row_changed", None, "c-t2")]),
        ("UPDATE turns SET order_text = 'x' WHERE id = 't2'", [("row_changed", None, "t2")]),
        ("UPDATE turns SET status = 'failed' WHERE id = 't2'", [("row_changed", None, "t2")]),
        ("DELETE FROM commands WHERE id = 'c-t1'", [("row_missing", None, "c-t1")]),
        (
            "INSERT INTO commands SELECT 99, 'forged', turn_id, session_id, step_id, command, cwd, risk, status,"
            " exit_code, output, started_at, duration_ms, owner FROM commands LIMIT 1",
            [("row_added", None, "forged")],
        ),
    ],
)
def test_tampering_is_named(filled: Path, script: str, named: list[tuple[str, int | None, str]]) -> None:
    alter(filled, script)

    found = {(fault.fault, fault.position, fault.id) for fault in verify(filled, TEXTS).tampered}

    for fault, position, name in named:
        assert any((fault, position) == (f, p) and name in ("", i) for f, p, i in found), found


def rehash(file: Path, first: int) -> None:
    """Forge the digests and hashes from an entry on, as somebody would who knows the format."""
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    last = str(connection.execute("SELECT hash FROM events WHERE position = ?", (first - 1,)).fetchone()[0])
    for row in connection.execute("SELECT * FROM events WHERE position >= ? ORDER BY position", (first,)).fetchall():
        entry = digest(row["position"], row["session_id"], row["turn_id"], row["at"], row["type"], row["body"])
        last = link(last, entry)
        connection.execute("UPDATE events SET digest = ?, hash = ? WHERE position = ?", (entry, last, row["position"]))
    connection.execute("UPDATE chain SET hash = ?", (last,))
    connection.commit()
    connection.close()


def test_one_forged_digest_breaks_the_link_to_the_next_entry(filled: Path) -> None:
    alter(filled, "UPDATE events SET body = replace(body, 'fim', 'não') WHERE position = 5")
    alter(filled, "UPDATE events SET digest = 'x', hash = 'y' WHERE position = 5")

    assert {(fault.fault, fault.position) for fault in verify(filled, TEXTS).tampered} == {
        ("changed", 5),
        ("unlinked", 5),
        ("unlinked", 6),
    }


def test_a_chain_forged_to_its_end_is_found_by_a_head_noted_before(filled: Path) -> None:
    noted = verify(filled, TEXTS).head
    alter(filled, "UPDATE events SET body = replace(body, 'fim', 'não') WHERE position = 5")
    rehash(filled, 5)

    assert verify(filled, TEXTS).is_whole
    assert [(fault.fault, fault.id) for fault in verify(filled, TEXTS, noted).tampered] == [("head", noted)]


def test_an_older_copy_put_back_is_found_by_a_noted_head(filled: Path, tmp_path: Path) -> None:
    shutil.copy(filled, tmp_path / "old.db")
    ledger = SqliteLedger(filled, TEXTS)
    ledger.record("s", turn("t2")[4])
    ledger.close()
    noted = verify(filled, TEXTS).head
    assert verify(filled, TEXTS, noted).is_whole

    shutil.copy(tmp_path / "old.db", filled)

    assert [fault.fault for fault in verify(filled, TEXTS, noted).tampered] == ["head"]


@pytest.fixture
def earlier(file: Path) -> Path:
    """Return a ledger that FazAI wrote before there was a chain."""
    file.parent.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "version_1.db", file)
    return file


def test_an_earlier_ledger_is_brought_into_a_chain(earlier: Path) -> None:
    report = verify(earlier, TEXTS)
    turns = History(earlier, TEXTS).list_turns()
    assert report.is_whole and report.entries == 20
    assert [(t.id, t.order, t.status) for t in turns] == [
        ("t3", "!sleep 60", "abandoned"),
        ("t2", "mostre o arquivo falta", "failed"),
        ("t1", "conte até 10", "fulfilled"),
    ]
    alter(earlier, "UPDATE commands SET output = 'x' WHERE id = 't2-c1'")
    assert [fault.id for fault in verify(earlier, TEXTS).tampered] == ["t2-c1"]


def test_an_earlier_fazai_cannot_write_past_the_chain(filled: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="newer FazAI"):
        alter(filled, "INSERT INTO events (session_id, at, type, body) VALUES ('s', 'now', 'x', '{}')")
