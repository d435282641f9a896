"""The commands that read and write FazAI's own files."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from fazai_tui.cli.program import Program
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import CommandStarted, SessionStarted, TurnStarted
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision
from fazai_tui.ledger.recorder import SqliteLedger


def run(*arguments: str) -> int:
    """Run a command line in English."""
    return Program(Paths.from_environment(os.environ), os.environ).run([*arguments, "--lang", "en"])


def test_config_set_get_and_list(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("config", "set", "engine.gpu_layers", "-1") == 0
    assert run("config", "set", "keys.history", "ctrl+h") == 0
    assert capsys.readouterr().out == 'engine.gpu_layers = -1\nkeys.history = "ctrl+h"\n'

    assert run("config", "get", "engine.gpu_layers") == 0
    assert run("config", "get", "keys.history") == 0
    assert capsys.readouterr().out == "-1\nctrl+h\n"

    assert run("config", "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    file = str(home / "config" / "config.toml")
    assert listed["engine.gpu_layers"] == {"value": -1, "source": file}
    assert listed["engine.model"] == {"value": "faisca", "source": "default"}
    assert listed["keys.history"] == {"value": "ctrl+h", "source": file}


def test_config_reads_the_file_that_was_asked_for(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[engine]\nthreads = 7\n")

    assert run("config", "get", "engine.threads", "--config", str(other)) == 0
    assert run("--config", str(other), "config", "path") == 0

    assert capsys.readouterr().out == f"7\n{other}\n"


@pytest.mark.parametrize("subject", ["events", "config", "plan"])
def test_schemas_are_json_schemas(home: Path, capsys: pytest.CaptureFixture[str], subject: str) -> None:
    assert run("schema", subject) == 0

    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(document)
    assert "$defs" in document


def test_the_schema_of_a_plan_tells_plans_from_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema", "plan") == 0
    document = json.loads(capsys.readouterr().out)

    jsonschema.validate({"goal": "x", "steps": [{"id": "s1", "title": "x", "command": "true"}]}, document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"goal": "x", "steps": []}, document)


def test_history_shows_what_was_recorded(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = SqliteLedger(home / "data" / "ledger.db", Texts("en"))
    grade = Assessment(command="sleep 9\x1b[2J", risk=Risk.LOW, decision=Decision.ASK)
    ledger.record("s", SessionStarted(session_id="s", cwd="/srv"))
    ledger.record("s", TurnStarted(turn_id="0123456789ab", order="wait\na bit", kind="order"))
    ledger.record("s", CommandStarted(command_id="c", step_id="s1", command=grade.command, cwd="/", assessment=grade))
    ledger.close()

    assert run("history", "list") == 0
    assert run("history", "show", "0123") == 0
    assert run("history", "search", "sleep") == 0
    listed, _, shown = capsys.readouterr().out.partition("\n")
    assert listed.startswith("01234567  ") and listed.endswith("in progress  wait a bit")
    assert "Directory: /srv" in shown and "$ sleep 9\\x1b[2J" in shown and "\x1b" not in shown

    assert run("history", "list", "--json") == 0
    (turn,) = json.loads(capsys.readouterr().out)
    assert (turn["id"], turn["commands"]) == ("0123456789ab", 1)


def test_an_empty_history_says_so_on_stderr(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("history", "list") == 0
    assert capsys.readouterr() == ("", "no orders\n")
    assert run("history", "show", "x") == 42


def test_doctor_names_a_remedy_for_every_failure(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAZAI_GEMMA_MODEL", str(tmp_path / "none.gguf"))
    monkeypatch.setenv("TERM", "dumb")
    home.mkdir()
    (home / "data").write_text("a file where a directory should be")

    assert run("doctor", "--json") == 1

    report = json.loads(capsys.readouterr().out)
    found = {check["name"]: check for check in report["checks"]}
    assert not report["ok"]
    assert {found[name]["status"] for name in ("model", "ledger")} == {"failure"}
    assert found["terminal"]["status"] == "warning"
    assert all((check["status"] == "ok") == (check["remedy"] == "") for check in found.values())
    assert all(found[name]["status"] == "ok" for name in ("python", "llama", "bash", "pty", "log", "config"))


def test_doctor_prints_a_line_a_check(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("doctor")

    lines = capsys.readouterr().out.splitlines()
    checks = [line for line in lines if line[0] in "✓!✗"]
    assert len({line.split()[1] for line in checks}) == len(checks) > 14
    assert lines[-1] in ("All is well.", "Something is missing: see the arrows above.")
