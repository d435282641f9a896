"""Reading: listing, filtering, prefixes and search."""

import pytest

from fazai_tui.core.errors import BadInputError
from fazai_tui.core.events import (
    CommandFinished,
    CommandStarted,
    MessageProduced,
    SessionStarted,
    TurnFinished,
    TurnStarted,
)
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision
from fazai_tui.ledger.history import History
from fazai_tui.ledger.recorder import SqliteLedger


def remember(
    ledger: SqliteLedger, turn_id: str, order: str, command: str = "", output: str = "", *, session: str = "s"
) -> None:
    """Record a turn with at most one command."""
    ledger.record(session, SessionStarted(session_id=session, cwd="/"))
    ledger.record(session, TurnStarted(turn_id=turn_id, order=order, kind="order"))
    if command:
        grade = Assessment(command=command, risk=Risk.LOW, decision=Decision.ALLOW)
        started = CommandStarted(command_id=f"c-{turn_id}", step_id="s1", command=command, cwd="/", assessment=grade)
        ledger.record(session, started)
        finished = CommandFinished(
            command_id=f"c-{turn_id}", step_id="s1", status="failed", exit_code=1, output=output, duration_ms=1, cwd="/"
        )
        ledger.record(session, finished)
    ledger.record(session, MessageProduced(text="fim"))
    ledger.record(session, TurnFinished(turn_id=turn_id, status="failed", reason="exit 1"))


def test_without_a_ledger_the_history_is_empty(history: History) -> None:
    assert history.list_turns() == ()
    assert history.search("x") == ()
    with pytest.raises(BadInputError, match="there is no order x"):
        history.turn("x")


def test_turns_are_listed_newest_first_up_to_a_limit(ledger: SqliteLedger, history: History) -> None:
    for number in range(5):
        remember(ledger, f"t{number}", f"ordem {number}")

    assert [entry.id for entry in history.list_turns(limit=3)] == ["t4", "t3", "t2"]


def test_turns_can_be_filtered_by_session_and_text(ledger: SqliteLedger, history: History) -> None:
    remember(ledger, "t1", "instale o nginx", session="a")
    remember(ledger, "t2", "instale o docker", session="b")

    assert [entry.id for entry in history.list_turns(session="a")] == ["t1"]
    assert [entry.id for entry in history.list_turns(text="dock")] == ["t2"]
    assert history.list_turns(text="dock", session="a") == ()


@pytest.mark.parametrize(
    ("text", "kind", "excerpt"),
    [
        ("configuracao", "order", "mostre a configuração da rede"),
        ("ip addr", "command", "ip addr show eth0"),
        ("eth0 does", "output", 'Device "eth0" does not exist.'),
        ("--", "command", "grep -- x arquivo"),
        ('"does not', "output", 'Device "eth0" does not exist.'),
    ],
)
def test_search_finds_orders_commands_and_output(
    ledger: SqliteLedger, history: History, text: str, kind: str, excerpt: str
) -> None:
    remember(ledger, "t1", "mostre a configuração da rede", "ip addr show eth0", 'Device "eth0" does not exist.')
    remember(ledger, "t2", "outra coisa", "grep -- x arquivo")

    (hit,) = history.search(text)

    assert (hit.kind, hit.excerpt) == (kind, excerpt)


def test_search_gives_each_turn_once(ledger: SqliteLedger, history: History) -> None:
    remember(ledger, "t1", "nginx", "apt install nginx", "nginx nginx")
    remember(ledger, "t2", "nada")

    assert [hit.turn.id for hit in history.search("nginx")] == ["t1"]
    assert history.search("  ") == ()


def test_a_turn_is_found_by_the_beginning_of_its_id(ledger: SqliteLedger, history: History) -> None:
    remember(ledger, "abc1", "um")
    remember(ledger, "abc12", "dois")
    remember(ledger, "xyz", "três")

    assert history.turn("x").turn.order == "três"
    assert history.turn("abc1").turn.order == "um"
    with pytest.raises(BadInputError, match="more than one"):
        history.turn("abc")
    with pytest.raises(BadInputError, match="there is no order %"):
        history.turn("%")
