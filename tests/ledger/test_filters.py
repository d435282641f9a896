"""Filters as people type them."""

import os
from datetime import date
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import SessionStarted, TurnFinished, TurnStarted
from fazai_tui.ledger.filters import TurnFilter, read_filter
from fazai_tui.ledger.history import History
from fazai_tui.ledger.recorder import SqliteLedger

TODAY = date(2026, 5, 4)
PT = Texts("pt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nginx host:web1", TurnFilter(text="nginx", host="web1")),
        ("status:failed", TurnFilter(status="failed")),
        ("estado:falhou", TurnFilter(status="failed")),
        ("estado:CUMPRIDA", TurnFilter(status="fulfilled")),
        ("http://x dia:nunca host:", TurnFilter(text="http://x dia:nunca host:")),
        ("day:2026-13-01", TurnFilter(text="day:2026-13-01")),
        ("day:9999-12-31", TurnFilter(text="day:9999-12-31")),
    ],
)
def test_what_is_no_filter_is_searched(text: str, expected: TurnFilter) -> None:
    assert read_filter(text, PT, TODAY) == expected


@pytest.mark.parametrize(("text", "days"), [("dia:ontem", 1), ("day:2026-05-04", 1), ("dia:2026-02", 28)])
def test_days_and_months_are_spans(text: str, days: int) -> None:
    chosen = read_filter(text, PT, TODAY)

    span = date.fromisoformat(chosen.until[:10]) - date.fromisoformat(chosen.since[:10])
    assert (chosen.text, span.days) == ("", days)


def test_the_list_keeps_to_the_filter(ledger: SqliteLedger, history: History, file: Path) -> None:
    ledger.record("s", SessionStarted(session_id="s", cwd="/"))
    for name in ("one", "two"):
        ledger.record("s", TurnStarted(turn_id=name, order=name, kind="order"))
        if name == "one":
            ledger.record("s", TurnFinished(turn_id=name, status="failed"))

    def found(text: str) -> list[str]:
        return [turn.id for turn in history.list_turns(chosen=read_filter(text, PT, date.today()))]

    assert found("estado:falhou") == ["one"]
    assert found("status:in_progress") == ["two"]
    assert found("status:abandoned") == []
    assert found(f"host:{os.uname().nodename}") == ["two", "one"]
    assert found("host:elsewhere") == []
    assert found("dia:2020-01") == []
    assert found("dia:2020-01 dia:hoje") == ["two", "one"]
