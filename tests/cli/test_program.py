"""The command line as a whole: languages, errors, exit codes, help."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fazai_tui import __version__
from fazai_tui.cli import exit_codes
from fazai_tui.cli.commands import COMMANDS
from fazai_tui.cli.program import Program
from fazai_tui.config.paths import Paths
from fazai_tui.core.errors import ErrorKind, FazaiError

HEAVY = ("llama_cpp", "numpy", "pexpect", "pydantic", "rich", "structlog", "textual", "tree_sitter", "typer")


def run(*arguments: str, **variables: str) -> int:
    """Run a command line in this process."""
    environment = {**os.environ, **variables}
    return Program(Paths.from_environment(environment), environment).run(arguments)


def test_the_version_is_printed_for_every_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--version"], ["exec", "--version"], ["config", "list", "--version"]):
        assert run(*arguments) == 0
        assert capsys.readouterr().out == f"fazai {__version__}\n"


def test_every_command_has_help_with_examples_in_both_languages(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, usage, examples in (("pt", "Uso:", "Exemplos:"), ("en", "Usage:", "Examples:")):
        for command in COMMANDS:
            assert run(command, "--help", "--lang", language) == 0
            page = capsys.readouterr().out
            assert page.startswith(f"{usage} fazai {command}")
            assert f"\n{examples}\n  " in page
            assert all(option in page for option in ("--lang pt|en", "--config FILE", "--verbose", "--version"))


def test_help_of_the_program_lists_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0

    page = capsys.readouterr().out
    assert all(f"\n  {command} " in page for command in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["confg"], "fazai: Usage: there is no command confg; did you mean config? (see fazai --help)"),
        (["qqq"], "fazai: Usage: there is no command qqq (see fazai --help)"),
        (["config", "nope"], "fazai: Usage: there is no command config nope (see fazai --help)"),
        (["config", "get"], "fazai: Usage: config get needs KEY (see fazai --help)"),
        (["config", "get", "--x"], "fazai: Usage: config get has no option --x (see fazai --help)"),
        (["schema", "x"], "fazai: Usage: SUBJECT must be one of events, config, plan (see fazai --help)"),
        (["history", "list", "--limit"], "fazai: Usage: --limit needs a value (see fazai --help)"),
        (["config", "get", "engine.modle"], "fazai: Usage: there is no setting engine.modle (see fazai --help)"),
        (["--config"], "fazai: Usage: --config needs a value (see fazai --help)"),
        (["--lang", "fr"], "fazai: Usage: there is no --lang fr; use pt or en (see fazai --help)"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_2(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert run(*arguments, LC_ALL="en_US.UTF-8") == exit_codes.USAGE

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"{line}\n")


def test_a_group_alone_shows_its_commands_on_stderr(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("config") == exit_codes.USAGE

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "\n  set " in captured.err


def test_the_language_follows_the_settings_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("config", "set", "interface.language", "en", LC_ALL="pt_BR.UTF-8") == 0
    assert run("qqq", LC_ALL="pt_BR.UTF-8") == exit_codes.USAGE

    assert "there is no command qqq" in capsys.readouterr().err


def test_a_bad_configuration_ends_with_52(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("[engine]\nthread = 1\n")

    assert run("config", "list", "--lang", "pt") == exit_codes.BAD_CONFIGURATION

    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "engine.thread não existe (quis dizer engine.threads?)" in captured.err


def test_every_kind_of_error_has_an_exit_code() -> None:
    codes = {kind: exit_codes.exit_code(FazaiError("t", "m", kind=kind)) for kind in ErrorKind}

    assert codes == {
        ErrorKind.ORDER_FAILED: 1,
        ErrorKind.USAGE: 2,
        ErrorKind.DECLINED: 3,
        ErrorKind.CREDENTIALS: 41,
        ErrorKind.BAD_INPUT: 42,
        ErrorKind.CONFIGURATION: 52,
        ErrorKind.LIMIT: 53,
        ErrorKind.MODEL: 54,
        ErrorKind.INTERRUPTED: 130,
    }


def test_a_crash_is_one_line_and_its_traceback_is_in_the_log(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(name: str) -> None:
        raise RuntimeError("boom\npassword=hunter2")

    monkeypatch.setattr("fazai_tui.cli.program.load_command", crash)

    assert run("doctor", LC_ALL="en") == exit_codes.FAILED

    log = home / "state" / "log" / "fazai.jsonl"
    captured = capsys.readouterr().err
    assert captured.startswith("fazai: Internal error: RuntimeError: boom ") and captured.count("\n") == 1
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["command_started", "command_crashed"]
    assert "Traceback" in lines[1]["exception"] and "hunter2" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_control_characters_never_reach_the_terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("\x1b[31mred\nsecond line") == exit_codes.USAGE

    captured = capsys.readouterr().err
    assert "\x1b" not in captured and captured.count("\n") == 1


def test_a_log_that_cannot_be_written_stops_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir()
    (home / "state").write_text("a file where a directory should be")

    assert run("config", "path") == 0
    assert capsys.readouterr() == (f"{home}/config/config.toml\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["exec", "--version"], ["--help", "--lang", "en"]])
def test_help_and_version_import_nothing_heavy(home: Path, arguments: list[str]) -> None:
    program = (
        "import sys\nfrom fazai_tui.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print('|', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert ended.stdout.rpartition("|")[2].strip() == "[]"


@pytest.mark.parametrize("command", ["exec", "ask", "history", "config", "schema", "doctor", "policy", "model"])
def test_commands_without_a_screen_import_no_screen(home: Path, command: str) -> None:
    program = (
        "import sys\nfrom fazai_tui.cli.commands import load_command\n"
        f"load_command({command!r})\nprint([name for name in ('textual', 'rich') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert ended.stdout == "[]\n"


def test_a_closed_pipe_is_quiet(home: Path) -> None:
    command = f"{sys.executable} -m fazai_tui schema config; echo status $? >&2"
    reader = "import os; os.close(0)"
    ended = subprocess.run(
        ["bash", "-c", f"({command}) | {sys.executable} -c '{reader}'"], capture_output=True, text=True, timeout=60
    )

    assert ended.stderr == "status 141\n"
