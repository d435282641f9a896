"""`fazai policy`."""

import json
import os
from pathlib import Path

import pytest

from fazai_tui.cli.program import Program
from fazai_tui.config.paths import Paths

GOOD = '[[rule]]\ndecision = "allow"\nprefix = ["git", "push"]\nreason = "ours"\n'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a home and a workspace of its own."""
    monkeypatch.setenv("FAZAI_HOME", str(tmp_path / "home"))
    (tmp_path / "ws" / ".fazai").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "ws")
    return tmp_path / "home"


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
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert _run("check", "touch feito; echo $(touch feito2) > feito3") == 0
    assert list((tmp_path / "empty").iterdir()) == []


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
    assert "no rules of your own" in out and "\nRead-only (allowed):\n" in out
    assert "Looked through:" in out

    assert _run("list", "--json") == 0
    groups = json.loads(capsys.readouterr().out)
    assert "cat" in groups["reads"] and "sudo" in groups["wrappers"]


def test_a_rule_decides_and_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config/policy.d").mkdir(parents=True)
    (home / "config/policy.d/a.toml").write_text(GOOD, encoding="utf-8")
    assert _run("check", "--json", "git push") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["decision"], facts["risk"]) == ("allow", "medium")
    assert (facts["rule"]["tier"], facts["rule"]["reason"]) == ("user", "ours")

    assert _run("check", "git push") == 0
    assert f"allow: rule {facts['rule']['id']} (user, " in capsys.readouterr().out

    assert _run("list") == 0
    assert f"{facts['rule']['id']} user allow git push … # ours" in capsys.readouterr().out

    assert _run("remove", facts["rule"]["id"]) == 0
    assert _run("remove", facts["rule"]["id"]) == 42
    assert _run("check", "--json", "git push") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["decision"] == "ask"


def test_a_workspace_is_trusted_and_no_longer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ws/.fazai/policy.toml"
    assert _run("trust") == 42
    file.write_text("[[[", encoding="utf-8")
    assert _run("trust") == 52
    file.write_text(GOOD, encoding="utf-8")
    assert _run("list") == 0
    assert f"fazai policy trust {tmp_path}/ws" in capsys.readouterr().out

    assert _run("trust", str(tmp_path / "ws")) == 0
    assert "workspace allow git push" in capsys.readouterr().out
    assert _run("list", "--json") == 0
    (rule,) = json.loads(capsys.readouterr().out)["rules"]
    assert (rule["tier"], rule["line"], rule["file"]) == ("workspace", 1, str(file))
    assert _run("remove", rule["id"]) == 42

    assert _run("untrust") == 0
    assert _run("list", "--json") == 0
    assert '"rules": []' in capsys.readouterr().out


def test_a_bad_rule_ends_with_the_code_of_configuration(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config/policy.d").mkdir(parents=True)
    (home / "config/policy.d/a.toml").write_text(GOOD + "[[rule]]\n", encoding="utf-8")
    for words in (["check", "ls"], ["list"]):
        assert _run(*words) == 52
        (line,) = capsys.readouterr().err.splitlines()
        assert "a.toml, line 5, rule 2: `prefix` is missing (add `prefix`)" in line
