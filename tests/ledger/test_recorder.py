"""Recording: what is kept, what is masked, and what goes wrong."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import LedgerError
from fazai_tui.core.events import (
    ApprovalDecided,
    CommandFinished,
    CommandStarted,
    Event,
    MessageProduced,
    OutputReceived,
    PlanProposed,
    SessionStarted,
    TokenGenerated,
    TurnFinished,
    TurnStarted,
)
from fazai_tui.core.plan import Plan, Risk, Step
from fazai_tui.core.policy import ApprovalDecision, Assessment, Decision
from fazai_tui.core.redaction import REDACTED
from fazai_tui.ledger.history import History
from fazai_tui.ledger.recorder import SqliteLedger


def assessment(command: str) -> Assessment:
    """Return a grade for a command."""
    return Assessment(command=command, risk=Risk.MEDIUM, decision=Decision.ASK)


def turn(command: str, *, turn_id: str = "t1", order: str = "conte até 10", output: str = "1\n2\n") -> list[Event]:
    """Return the events of a turn with one command that ran."""
    step = Step(id="s1", title="Contar", command=command)
    grade = assessment(command)
    return [
        SessionStarted(session_id="s", cwd="/srv"),
        TurnStarted(turn_id=turn_id, order=order, kind="order"),
        PlanProposed(plan=Plan(goal="Contar", steps=(step,))),
        ApprovalDecided(
            approval_id="a1",
            step_id="s1",
            command=command,
            assessment=grade,
            decision=ApprovalDecision.RUN,
            decided_by="user",
        ),
        CommandStarted(command_id=f"{turn_id}-c1", step_id="s1", command=command, cwd="/srv", assessment=grade),
        OutputReceived(command_id=f"{turn_id}-c1", text="1\n"),
        CommandFinished(
            command_id=f"{turn_id}-c1",
            step_id="s1",
            status="completed",
            exit_code=0,
            output=output,
            duration_ms=7,
            cwd="/srv",
        ),
        MessageProduced(text="Feito."),
        TurnFinished(turn_id=turn_id, status="fulfilled", input_tokens=10, output_tokens=5, duration_ms=9),
    ]


def record(ledger: SqliteLedger, events: list[Event]) -> None:
    """Record events of the session `s`."""
    for event in events:
        ledger.record("s", event)


def test_a_turn_comes_back_whole(ledger: SqliteLedger, history: History) -> None:
    record(ledger, turn("seq 10"))

    detail = history.turn("t1")

    assert (detail.turn.order, detail.turn.status, detail.turn.cwd) == ("conte até 10", "fulfilled", "/srv")
    assert (detail.turn.commands, detail.turn.input_tokens, detail.turn.duration_ms) == (1, 10, 9)
    assert [plan.steps[0].command for plan in detail.plans] == ["seq 10"]
    assert [(approval.decision, approval.decided_by) for approval in detail.approvals] == [("run", "user")]
    assert [(c.command, c.status, c.exit_code, c.output, c.risk) for c in detail.commands] == [
        ("seq 10", "completed", 0, "1\n2\n", "medium")
    ]
    assert detail.messages == ("Feito.",)


def test_the_file_is_the_users_alone(ledger: SqliteLedger, file: Path) -> None:
    record(ledger, turn("seq 10"))

    modes = {place.name: place.stat().st_mode & 0o777 for place in file.parent.iterdir()}

    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_an_entry_stands_before_its_command_ends(ledger: SqliteLedger, history: History) -> None:
    record(ledger, turn("sleep 60")[:5])

    (command,) = history.turn("t1").commands

    assert (command.command, command.status, command.exit_code) == ("sleep 60", "in_progress", None)


def test_pieces_of_output_and_text_are_not_kept(ledger: SqliteLedger, file: Path) -> None:
    record(ledger, turn("seq 10"))
    ledger.record("s", TokenGenerated(text="tok"))

    with sqlite3.connect(file) as connection:
        kinds = {row[0] for row in connection.execute("SELECT type FROM events")}
    connection.close()

    assert "command_finished" in kinds
    assert not kinds & {"output_received", "token_generated"}


def test_secrets_are_masked_everywhere(ledger: SqliteLedger, file: Path) -> None:
    record(ledger, turn("PGPASSWORD=hunter2 psql", order="use a senha: hunter2", output="token=hunter2\nok\n"))
    ledger.close()

    stored = b"".join(place.read_bytes() for place in file.parent.iterdir())

    assert b"hunter2" not in stored
    assert REDACTED.encode() in stored


def test_long_output_keeps_head_and_tail(ledger: SqliteLedger, history: History) -> None:
    record(ledger, turn("seq", output="HEAD" + "x" * 1_000_000 + "TAIL"))

    output = history.turn("t1").commands[0].output

    assert output.startswith("HEAD") and output.endswith("TAIL") and "\n…\n" in output
    assert len(output) < 70_000


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_recorded_survives_the_death_of_the_process(
    file: Path, history: History, signal_number: signal.Signals
) -> None:
    program = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from fazai_tui.config.texts import Texts
        from fazai_tui.core.events import CommandStarted, SessionStarted, TurnStarted
        from fazai_tui.core.plan import Risk
        from fazai_tui.core.policy import Assessment, Decision
        from fazai_tui.ledger.recorder import SqliteLedger

        ledger = SqliteLedger(Path(sys.argv[1]), Texts("en"))
        grade = Assessment(command="sleep 60", risk=Risk.LOW, decision=Decision.ASK)
        ledger.record("s", SessionStarted(session_id="s", cwd="/"))
        ledger.record("s", TurnStarted(turn_id="t9", order="espere", kind="order"))
        ledger.record("s", CommandStarted(command_id="c9", step_id="s1", command="sleep 60", cwd="/", assessment=grade))
        print("recorded", flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        assert history.turn("t9").turn.status == "in_progress"
        os.kill(process.pid, signal_number)

    detail = history.turn("t9")
    assert (detail.turn.order, detail.turn.status) == ("espere", "abandoned")
    assert [(command.command, command.status) for command in detail.commands] == [("sleep 60", "abandoned")]


def test_many_processes_record_at_once(file: Path, history: History) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from fazai_tui.config.texts import Texts
        from fazai_tui.core.events import SessionStarted, TurnFinished, TurnStarted
        from fazai_tui.ledger.recorder import SqliteLedger

        ledger, session = SqliteLedger(Path(sys.argv[1]), Texts("en")), sys.argv[2]
        ledger.record(session, SessionStarted(session_id=session, cwd="/"))
        for number in range(20):
            ledger.record(session, TurnStarted(turn_id=f"{session}-{number}", order="x", kind="order"))
            ledger.record(session, TurnFinished(turn_id=f"{session}-{number}", status="fulfilled"))
        """
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, str(file), f"p{number}"]) for number in range(4)]

    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    turns = history.list_turns(limit=1000)
    assert len(turns) == 80
    assert {entry.status for entry in turns} == {"fulfilled"}


def test_a_damaged_file_is_one_line_with_a_remedy(ledger: SqliteLedger, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is no database, whatever its name says" * 100)

    with pytest.raises(LedgerError) as caught:
        record(ledger, turn("true"))

    assert "damaged" in str(caught.value) and f"mv {file}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_line_with_a_remedy(ledger: SqliteLedger, file: Path) -> None:
    record(ledger, turn("true"))
    ledger.close()
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from fazai_tui.config.texts import Texts
        from fazai_tui.core.errors import LedgerError
        from fazai_tui.core.events import MessageProduced
        from fazai_tui.ledger.recorder import SqliteLedger

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        ledger = SqliteLedger(Path(sys.argv[1]), Texts("en"))
        try:
            for _ in range(10):
                ledger.record("s", MessageProduced(text="x" * 50_000))
        except LedgerError as error:
            print(error)
        """
    )
    ended = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, timeout=60)

    assert ended.stderr == ""
    assert ended.stdout.startswith(f"History: {file} cannot be written: the disk is full or failed")
    assert "free some space" in ended.stdout


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file where a directory should be")
    ledger = SqliteLedger(tmp_path / "occupied" / "ledger.db", Texts("pt"))

    with pytest.raises(LedgerError, match=r"^Histórico: .*occupied/ledger.db não pode ser aberto: .* \(verifique dono"):
        record(ledger, turn("true"))


def test_a_newer_ledger_is_left_alone(ledger: SqliteLedger, file: Path, history: History) -> None:
    record(ledger, turn("true"))
    ledger.close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(LedgerError, match="newer FazAI"):
        record(ledger, turn("true", turn_id="t2"))
    with pytest.raises(LedgerError, match="newer FazAI"):
        history.list_turns()


def test_an_event_that_fails_leaves_no_trace(ledger: SqliteLedger, history: History) -> None:
    record(ledger, turn("true"))

    with pytest.raises(LedgerError):
        ledger.record("s", TurnStarted(turn_id="t1", order="the same id again", kind="order"))
    record(ledger, turn("false", turn_id="t2"))

    assert [entry.id for entry in history.list_turns()] == ["t2", "t1"]
