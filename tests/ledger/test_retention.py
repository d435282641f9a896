"""Old entries are emptied for good, and the chain stays whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import MessageProduced, SessionStarted, TurnFinished, TurnStarted
from fazai_tui.ledger.history import History
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.ledger.retention import remove_before
from fazai_tui.ledger.sessions import SessionBook
from fazai_tui.ledger.verification import verify

TEXTS = Texts("en")


def test_what_is_old_is_gone_and_the_chain_says_so(ledger: SqliteLedger, history: History, file: Path) -> None:
    for session in ("s", "u"):
        ledger.record(session, SessionStarted(session_id=session, cwd="/"))
        ledger.record(session, TurnStarted(turn_id=f"t-{session}", order="palavra-rara", kind="order"))
        ledger.record(session, MessageProduced(text="fim"))
    ledger.record("s", TurnFinished(turn_id="t-s", status="fulfilled"))
    ledger.close()

    assert remove_before(file, TEXTS, datetime.now(UTC) - timedelta(days=1)) == 0
    assert remove_before(file, TEXTS, datetime.now(UTC) + timedelta(days=1)) == 1

    report = verify(file, TEXTS)
    assert report.is_whole and report.removed == 3
    assert [turn.id for turn in history.list_turns()] == ["t-u"]
    assert [entry.id for entry in SessionBook(file, TEXTS).sessions("palavra")] == ["u"]


def test_what_is_removed_leaves_the_file(ledger: SqliteLedger, file: Path) -> None:
    ledger.record("s", SessionStarted(session_id="s", cwd="/"))
    ledger.record("s", TurnStarted(turn_id="t", order="palavrarara", kind="order"))
    ledger.record("s", TurnFinished(turn_id="t", status="fulfilled"))
    ledger.close()

    remove_before(file, TEXTS, datetime.now(UTC) + timedelta(days=1))

    rows = [place.read_bytes() for place in file.parent.iterdir()]
    assert b"palavrarara" not in b"".join(rows)
