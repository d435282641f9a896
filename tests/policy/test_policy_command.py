"""`fazai policy`."""

import json
import os
from pathlib import Path

import pytest

from fazai_tui.cli.program import Program
from fazai_tui.config.paths import Paths


def _run(*arguments: str, language: str = "en") -> int:
    return Program(Paths.from_environment(os.environ), os.environ).run(["--lang", language, "policy", *arguments])


def test_json_has_the_fixed_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("check", "--json", "sudo rm -rf / | cat > out.txt") == 0
    facts = json.loads(capsys.readouterr().out)
    assert list(facts) == ["command", "risk", "decision", "reasons", "commands", "writes"]
    assert facts == {
        "command": "sudo rm -rf / | cat > out.txt",
        "risk": "critical",
        "decision": "refuse",
        "reasons": ["hits the whole system: /", "creates or overwrites out.txt"],
        "commands": [["rm", "-rf", "/"], ["cat"]],
        "writes": ["/", "out.txt"],
    }


@pytest.mark.parametrize(("language", "text"), [("pt", "só lê, não muda nada"), ("en", "only reads, changes nothing")])
def test_reasons_speak_the_language(capsys: pytest.CaptureFixture[str], language: str, text: str) -> None:
    assert _run("check", "--json", "ls", language=language) == 0
    assert json.loads(capsys.readouterr().out)["reasons"] == [text]


def test_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _run("check", "touch feito; echo $(touch feito2) > feito3") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_person_can_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("check", "rm -f 'a\x1b[31m'", language="pt") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[:3] == [
        "risco           médio",
        "decisão         pergunta antes",
        "motivos         apaga a\\x1b[31m",
    ]
    assert "\x1b" not in out


def test_a_command_may_begin_with_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("check", "--json", "--", "-x") == 0
    assert json.loads(capsys.readouterr().out)["command"] == "-x"


def test_list_shows_groups(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("list") == 0
    out = capsys.readouterr().out
    assert out.startswith("Read-only (allowed):\n")
    assert "Looked through:" in out

    assert _run("list", "--json") == 0
    groups = json.loads(capsys.readouterr().out)
    assert "cat" in groups["reads"] and "sudo" in groups["wrappers"]
