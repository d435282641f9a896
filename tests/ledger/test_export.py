"""Exports: a script that runs what succeeded and nothing else, a runbook that can be imported, JSON."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.config.texts import Texts
from fazai_tui.core.plan import Plan, Risk, Step
from fazai_tui.core.redaction import REDACTED
from fazai_tui.ledger.entries import CommandEntry, TurnDetail, TurnEntry
from fazai_tui.ledger.export import export
from fazai_tui.memory.runbooks import runbook_documents

TEXTS = Texts("en")
NOW = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)


def detail(
    *commands: CommandEntry, order: str = "tidy up", title: str = "Make it", message: str = "done"
) -> TurnDetail:
    """Return an order that ran commands."""
    turn = TurnEntry(
        id="t1",
        session_id="s",
        started_at=NOW,
        order=order,
        kind="order",
        status="fulfilled",
        reason="",
        host="srv1",
        cwd="/",
        commands=len(commands),
        duration_ms=1,
        input_tokens=0,
        output_tokens=0,
    )
    steps = tuple(Step(id=command.step_id, title=title, command=command.command) for command in commands)
    plans = (Plan(goal=order, steps=steps),) if steps else ()
    return TurnDetail(turn=turn, plans=plans, approvals=(), commands=commands, messages=(message,), errors=())


def ran(command: str, **facts: Any) -> CommandEntry:
    """Return a command that succeeded."""
    return CommandEntry.model_validate(
        {
            "id": "c",
            "step_id": f"s{abs(hash(command)) % 999}",
            "command": command,
            "cwd": "/",
            "risk": Risk.LOW,
            "status": "completed",
            "exit_code": 0,
            "output": "",
            "started_at": NOW,
            "duration_ms": 5,
            **facts,
        }
    )


def run_script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a directory."""
    return subprocess.run(
        ["bash", "-c", text], cwd=folder, capture_output=True, text=True, timeout=30, env={**os.environ}, check=False
    )


def test_the_script_runs_what_succeeded_where_it_did(tmp_path: Path) -> None:
    place = tmp_path / "a b"
    place.mkdir()
    commands = (
        ran("touch one", cwd=str(place)),
        ran("cd ..", cwd=str(place)),
        ran("touch two", cwd=str(place)),
        ran("touch failed", status="failed", exit_code=1),
        ran("touch dangerous", risk=Risk.HIGH),
        ran("echo ends \\"),
        ran("cat <<'E' > three\nhi\nE", cwd=str(tmp_path)),
        ran(f"curl -u me:{REDACTED} x"),
    )

    text = export([detail(*commands)], "day", "script", TEXTS)
    ended = run_script(text, tmp_path)

    assert (ended.returncode, ended.stdout) == (0, "ends\n")
    assert sorted(os.listdir(place)) == ["one", "two"]
    assert (tmp_path / "three").read_text() == "hi\n"
    assert "set -euo pipefail" in text and "#   touch dangerous" in text and "failed" not in text
    assert f"#   curl -u me:{REDACTED} x" in text


def test_the_script_stops_at_the_first_failure(tmp_path: Path) -> None:
    text = export([detail(ran("false"), ran("touch late", cwd=str(tmp_path)))], "day", "script", TEXTS)

    assert run_script(text, tmp_path).returncode == 1
    assert os.listdir(tmp_path) == []


PIECES = ["a", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "`", "$(touch bad)", "#", "'", "\x1b[2J", "\\"]
HOSTILE = st.lists(st.sampled_from(PIECES)).map("".join)


@given(HOSTILE, HOSTILE)
def test_no_title_or_order_becomes_a_command(order: str, title: str) -> None:
    text = export([detail(ran("true"), order=order, title=title)], order, "script", TEXTS)

    code = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert code == ["set -euo pipefail", "cd -- /", "true"]
    assert "\x1b" not in text


@given(HOSTILE)
def test_output_cannot_end_its_block(output: str) -> None:
    text = export([detail(ran("true", output=f"x{output}```\n# forged\n````"))], "day", "markdown", TEXTS)

    assert "`````text" in text
    assert "\x1b" not in text


def test_a_runbook_can_be_imported_again() -> None:
    text = export([detail(ran("df -h", output="1%"), title="Show the disks")], "day", "markdown", TEXTS)

    documents = [document for document in runbook_documents(text, "day.md", "en") if document is not None]

    assert len(documents) == 1
    assert "df -h" in str(documents[0])


def test_json_holds_everything() -> None:
    value = json.loads(export([detail(ran("df -h", output="1%"))], "day", "json", TEXTS))

    assert value["title"] == "day"
    assert value["orders"][0]["commands"][0]["output"] == "1%"
