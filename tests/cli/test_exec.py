"""`fazai exec` as scripts see it."""

import json
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from fazai_tui.core.wire import WIRE_ADAPTER
from tests.cli.conftest import Begin, Fazai, RunHere

CRITICAL = "!wipefs -a /dev/sdzz"
EVIL = r"printf 'one\n\033]0;title\007\033[2Jtwo\302\233\n'"
ORDER = "crie um script em bash de nome conta.sh que conte ateh 10"


def commands(data: Path) -> list[tuple[str, str]]:
    """Return the commands of the ledger with their status."""
    with sqlite3.connect(data / "ledger.db") as connection:
        rows = connection.execute("SELECT command, status FROM commands ORDER BY position").fetchall()
    connection.close()
    return rows


def wait_for(place: Path) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + 30
    while not place.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_0_stdout_carries_only_the_final_message(fazai: Fazai, folder: Path, data: Path) -> None:
    ended = fazai("exec", f"!{EVIL}; touch made", "-o", "last.txt")

    assert ended.returncode == 0
    fence = "`" * 3
    assert ended.stdout == f"Done.\n\n{fence}\none\ntwo\n{fence}\n"
    assert (folder / "last.txt").read_text() == ended.stdout
    assert "$ printf" in ended.stderr and "one\n" in ended.stderr
    # Nothing that a command prints is obeyed by the terminal.
    assert not set(ended.stdout + ended.stderr) & {"\x1b", "\x07", "\x9b"}
    assert (folder / "made").exists()
    assert [status for _, status in commands(data)] == ["completed"]


def test_1_a_failed_order_with_json_on_stdout(fazai: Fazai) -> None:
    ended = fazai("exec", "--json", f"!{EVIL}; exit 7")

    assert ended.returncode == 1
    events = [WIRE_ADAPTER.validate_json(line) for line in ended.stdout.splitlines()]
    assert events[0].type == "thread.started" and events[-1].type == "turn.failed"
    assert "\x1b" not in ended.stdout
    command = [json.loads(line)["item"] for line in ended.stdout.splitlines() if '"command_execution"' in line][-1]
    assert (command["exit_code"], command["status"], command["risk"]) == (7, "failed", "low")
    assert ended.stderr == ""


def test_2_usage(fazai: Fazai) -> None:
    ended = fazai("exec", "--no-such-option", "x")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("fazai: Usage: ") and ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [(), ("--sandbox", "moon", "x"), ("--timeout", "0", "x"), ("--max-steps", "0", "x")]
)
def test_2_usage_of_every_kind(run_here: RunHere, arguments: tuple[str, ...]) -> None:
    ended = run_here("exec", *arguments)

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("flags", [(), ("--full-auto", "--sandbox", "danger-full-access")])
def test_3_a_critical_command_is_declined_whatever_the_flags(
    run_here: RunHere, data: Path, flags: tuple[str, ...]
) -> None:
    ended = run_here("exec", *flags, CRITICAL)

    assert ended.returncode == 3
    assert "Declined by the policy: `wipefs -a /dev/sdzz`" in ended.stdout
    assert commands(data) == []


def test_3_a_script_sees_a_declined_order(fazai: Fazai) -> None:
    ended = fazai("exec", "--json", CRITICAL)

    assert ended.returncode == 3
    assert json.loads(ended.stdout.splitlines()[-1])["error"]["code"] == "declined"


def test_3_what_would_be_asked_is_declined_where_nobody_answers(run_here: RunHere, folder: Path) -> None:
    assert run_here("exec", "--approval", "untrusted", "!touch made").returncode == 3
    assert list(folder.iterdir()) == []


def test_42_an_empty_order(fazai: Fazai) -> None:
    ended = fazai("exec", "-")

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (42, "", 1)
    assert "no order came" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("",), "Empty order"),
        (("!",), "Empty order"),
        (("-C", "no-such-folder", "!true"), "no-such-folder"),
        (("-o", "no-such-folder/file", "!true"), "no-such-folder/file"),
    ],
)
def test_42_bad_input(run_here: RunHere, arguments: tuple[str, ...], told: str) -> None:
    ended = run_here("exec", *arguments)

    assert ended.returncode == 42
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("fazai: ") and told in last


def test_52_a_bad_setting(fazai: Fazai, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "bad.toml").write_text("[engine]\nmodle = 'x'\n")

    ended = fazai("exec", "!touch made", "--config", str(tmp_path / "bad.toml"))

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (52, "", 1)
    assert "modle" in ended.stderr and "model" in ended.stderr
    assert list(folder.iterdir()) == []


def test_53_out_of_time(fazai: Fazai, folder: Path, data: Path) -> None:
    ended = fazai("exec", "--timeout", "0.5", "!sleep 68; touch late")

    assert ended.returncode == 53
    assert "over" in ended.stderr.splitlines()[-1]
    assert list(folder.iterdir()) == []
    assert commands(data) == [("sleep 68; touch late", "timed_out")]


def test_54_without_a_model_there_is_no_plan_and_no_command(fazai: Fazai, tmp_path: Path, data: Path) -> None:
    ended = fazai("exec", "--json", "-m", str(tmp_path / "none.gguf"), "liste os arquivos")

    assert (ended.returncode, ended.stderr) == (54, "")
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [event["type"] for event in events] == ["thread.started", "turn.started", "error", "turn.failed"]
    assert events[2]["code"] == "model" and "none.gguf" in events[2]["message"]
    assert commands(data) == []


@pytest.mark.parametrize("content", [b"", b"GGUF\x03\x00\x00\x00 and nothing", b"no model at all"])
def test_54_a_broken_model_is_one_line(run_here: RunHere, tmp_path: Path, data: Path, content: bytes) -> None:
    (tmp_path / "broken.gguf").write_bytes(content)

    ended = run_here("exec", "-m", str(tmp_path / "broken.gguf"), "liste os arquivos")

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (54, "", 1)
    assert "broken.gguf" in ended.stderr
    assert commands(data) == []


def test_130_interrupted(begin: Begin, folder: Path, data: Path) -> None:
    with begin("exec", "!touch begun; sleep 69; touch late") as process:
        wait_for(folder / "begun")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)

    assert process.returncode == 130
    assert output == "Interrupted.\n" and "Traceback" not in errors
    assert os.listdir(folder) == ["begun"]
    assert commands(data)[0][1] == "cancelled"


def test_a_reader_that_goes_away_ends_the_program_and_the_command(begin: Begin, folder: Path, data: Path) -> None:
    with begin("exec", "--json", "!for i in $(seq 600); do echo $i; sleep 0.1; done; touch late") as process:
        assert process.stdout is not None and process.stderr is not None
        lines = [process.stdout.readline() for _ in range(8)]
        assert any("item.output_delta" in line for line in lines)
        process.stdout.close()
        assert process.wait(20) == 141
        assert process.stderr.read() == ""

    assert os.listdir(folder) == []
    assert commands(data)[0][1] == "cancelled"


def test_the_order_comes_from_stdin(fazai: Fazai, folder: Path) -> None:
    ended = fazai("exec", "-", stdin="\n!echo from stdin; touch made\n")

    assert ended.returncode == 0 and "from stdin" in ended.stdout
    assert os.listdir(folder) == ["made"]


def test_a_stdin_that_never_ends_does_not_hang(begin: Begin, tmp_path: Path) -> None:
    with begin("exec", "-m", str(tmp_path / "none.gguf"), "list the files") as process:
        assert process.stdin is not None
        process.stdin.write("a beginning without an end\n")
        process.stdin.flush()

        assert process.wait(20) == 54


def test_a_command_does_not_read_the_programs_stdin(fazai: Fazai) -> None:
    ended = fazai("exec", "--timeout", "5", "!ls /proc/self/fd/0 && echo alive", stdin="rm -rf everything\n")

    assert ended.returncode == 0 and "alive" in ended.stdout


def test_dry_run_and_ephemeral_leave_nothing(run_here: RunHere, folder: Path, data: Path) -> None:
    dry = run_here("exec", "--dry-run", "!touch made")
    ephemeral = run_here("exec", "--ephemeral", "!echo seen")

    assert (dry.returncode, ephemeral.returncode) == (0, 0)
    assert "touch made" in dry.stdout and "seen" in ephemeral.stdout
    assert list(folder.iterdir()) == []
    assert commands(data) == []


def test_commands_run_in_the_directory_asked_for(run_here: RunHere, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "chosen").mkdir()

    ended = run_here("exec", "-C", "../chosen", "!touch made; pwd")

    assert ended.returncode == 0
    assert os.listdir(tmp_path / "chosen") == ["made"] and os.listdir(folder) == []
    assert str(tmp_path / "chosen") in ended.stdout


def test_by_default_a_command_changes_the_directory_it_runs_in_and_no_other(run_here: RunHere, folder: Path) -> None:
    place = "/var/tmp/fazai-test-made"

    ended = run_here("exec", f"!touch made; touch {place}")

    assert ended.returncode == 1 and place in ended.stdout
    assert os.listdir(folder) == ["made"] and not os.path.exists(place)


def test_an_explicit_sandbox_wins_over_full_auto(run_here: RunHere, folder: Path) -> None:
    ended = run_here("exec", "--full-auto", "-s", "read-only", "!touch made")

    assert ended.returncode == 1
    assert list(folder.iterdir()) == []


def test_full_auto_asks_nobody_whatever_the_settings(run_here: RunHere, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "careful.toml").write_text('[session]\napproval = "untrusted"\nsandbox = "read-only"\n')
    settings = ("--config", str(tmp_path / "careful.toml"))

    assert run_here("exec", "!touch made", *settings).returncode == 3
    assert run_here("exec", "--approval", "never", "!touch made", *settings).returncode == 1
    assert list(folder.iterdir()) == []
    assert run_here("exec", "--full-auto", "!touch made", *settings).returncode == 0
    assert os.listdir(folder) == ["made"]


def test_settings_of_this_program_do_not_reach_commands(fazai: Fazai) -> None:
    ended = fazai("exec", "!env | grep -c ^FAZAI_; echo end", FAZAI_INTERFACE__LANGUAGE="pt")

    assert ended.returncode == 0 and "\n0\nend\n" in ended.stdout
    assert ended.stdout.startswith("Feito")


def test_an_order_goes_through_the_model(fazai: Fazai, folder: Path, data: Path) -> None:
    """Whatever the model proposes: the events are the contract's, and what ran is what was planned."""
    ended = fazai("exec", "--json", "--max-steps", "6", ORDER)

    events = [json.loads(line) for line in ended.stdout.splitlines()]
    for line in ended.stdout.splitlines():
        WIRE_ADAPTER.validate_json(line)
    assert [event["type"] for event in events[:2]] == ["thread.started", "turn.started"]
    assert events[-1]["type"] == ("turn.completed" if ended.returncode == 0 else "turn.failed")
    plans = [event["item"] for event in events if event["type"] == "item.started" and event["item"]["type"] == "plan"]
    planned = [step["command"] for plan in plans for step in plan["steps"]]
    ran = [command for command, _ in commands(data)]
    assert set(ran) <= set(planned) and bool(ran) == bool(planned)
    if ended.returncode == 0:
        assert events[-1]["usage"]["output_tokens"] > 0
    assert "Traceback" not in ended.stderr


def test_the_main_job(fazai: Fazai, folder: Path) -> None:
    """The order of the first page: a script that counts to ten, made and run."""
    ended = fazai("exec", "--full-auto", ORDER)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    script = folder / "conta.sh"
    assert script.read_text().startswith("#!") and os.access(script, os.X_OK)
    counted = fazai("exec", "!./conta.sh").stdout
    assert [line for line in counted.splitlines() if line.isdigit()] == [str(number) for number in range(1, 11)]
