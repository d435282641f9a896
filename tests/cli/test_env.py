"""`fazai env` as its users see it, from a terminal and from scripts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import FAZAI, Fazai, RunHere
from tests.environments.conftest import running, waited
from tests.overlays import overlay_refusal

COMMANDS = """
[say]
run = "printf '<%s>'"
aliases = ["diz"]
description = "Say it"

[deploy]
run = "echo deployed"
roles = ["ops"]
"""


@pytest.fixture
def owner() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process to make environments for."""
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


@pytest.fixture
def lab(run_here: RunHere, owner: subprocess.Popen[bytes], tmp_path: Path) -> Iterator[str]:
    """Return the name of an environment of role dev; commands of the user's own are there."""
    folder = tmp_path / "home" / "config" / "env" / "commands"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(COMMANDS)
    made = run_here("env", "up", "lab", "--role", "dev", "--memory", "256m", "--owner", str(owner.pid))
    if why := overlay_refusal():
        pytest.skip(f"no environment here: {why}")
    assert (made.returncode, made.stdout) == (0, "lab\n"), made
    assert made.stderr.startswith(f"lab: this machine, in memory; it ends with sleep ({owner.pid})")
    yield "lab"
    run_here("env", "rm", "--all")


def test_it_is_made_used_listed_and_removed(run_here: RunHere, lab: str, folder: Path) -> None:
    (folder / "kept").write_text("old")
    assert run_here("env", "run", lab, "bash", "-c", "rm kept; echo x > made; ls").stdout == "made\n"
    assert run_here("env", "run", lab, "cat kept || exit 4").returncode == 4
    assert [path.name for path in folder.iterdir()] == ["kept"]

    (listed,) = json.loads(run_here("env", "list", "--json").stdout)
    assert (listed["name"], listed["roles"], listed["memory"]) == ("lab", ["dev"], 256 * 1024**2)
    assert 0 < listed["memory_used"] < listed["memory"]
    head, row = run_here("env", "list").stdout.splitlines()
    assert head.split() == ["NAME", "AGE", "IMAGE", "MEMORY", "ROLES", "OWNER"]
    assert row.startswith("lab ") and "this machine" in row and "/ 256 MiB" in row

    assert run_here("env", "rm", lab).returncode == 0
    assert run_here("env", "list", "--json").stdout == "[]\n"


def test_options_after_the_command_are_the_commands(run_here: RunHere, lab: str) -> None:
    assert run_here("env", "run", lab, "echo", "-v", "--lang", "pt", "--help").stdout == "-v --lang pt --help\n"
    assert run_here("env", "run", "--cwd", "/etc", lab, "pwd").stdout == "/etc\n"
    assert run_here("env", "run", lab, "--", "echo", "--", "-v").stdout == "-- -v\n"


def test_a_directory_that_was_deleted_is_no_obstacle(run_here: RunHere, lab: str, folder: Path) -> None:
    folder.rmdir()
    done = run_here("env", "run", lab, "pwd")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout != f"{folder}\n"


def test_commands_of_ones_own_follow_their_roles(run_here: RunHere, lab: str) -> None:
    assert run_here("env", "run", lab, "diz", "a  b").stdout == "<a  b>"
    refused = run_here("env", "run", lab, "deploy")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "deploy is for ops; this environment admits dev" in refused.stderr
    said = run_here("env", "run", lab, "help").stdout
    assert "say, diz  Say it" in said and "deploy" not in said


def test_lines_from_a_pipe_are_carried_out(fazai: Fazai, lab: str) -> None:
    script = "say 'a b' \\\nc\ncd /etc\npwd\necho \"x\ny\"\nbash echo one | tr a-z A-Z\nfalse\nexit\necho never\n"
    ended = fazai("env", "shell", stdin=script)
    assert (ended.returncode, ended.stdout) == (1, "<a b><c>/etc\nx\ny\nONE\n"), ended
    assert fazai("env", "shell", lab, stdin="exit 9\n").returncode == 9


def test_the_prompt_on_a_terminal(lab: str, clean_environment: dict[str, str]) -> None:
    command, mark = [*FAZAI, "env", "shell", lab], f"5{os.getpid()}."
    child: pexpect.spawn[bytes] = pexpect.spawn(
        command[0], command[1:], env={**clean_environment, "TERM": "xterm"}, timeout=60, echo=True
    )
    try:
        child.expect("lab ❯ ".encode())
        child.sendline("echo one \\")
        child.expect("… ".encode())
        child.sendline("'two")
        child.expect("… ".encode())
        child.sendline("three'")
        child.expect(b"one two\r\nthree\r\n")
        child.expect("lab ❯ ".encode())
        child.sendline("bash --norc")
        child.expect(rb"[#$] ")
        child.sendline(f"set -m; sleep {mark}1")
        assert waited(lambda: running(f"{mark}1"))
        child.sendintr()
        child.sendline("echo after-$?")
        child.expect(b"after-130")
        child.sendline("exit")
        child.expect("lab ❯ ".encode())
        child.sendline(f"sleep {mark}2; echo not-this")
        child.expect(rb"not-this\r\n")
        assert waited(lambda: running(f"{mark}2"))
        child.sendintr()
        assert child.expect(["lab ❯ ".encode(), b"not-this"]) == 0
        child.sendline("exit 6")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 6


def test_it_goes_with_the_terminal_that_made_it(
    clean_environment: dict[str, str], run_here: RunHere, folder: Path
) -> None:
    shell = subprocess.Popen(
        ["bash", "-c", f"{' '.join(FAZAI)} env up mine; echo made; sleep 1000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean_environment,
        cwd=folder,
        start_new_session=True,
    )
    assert shell.stdout is not None
    with shell, shell.stdout as told:
        if told.readline() != "mine\n":
            os.killpg(shell.pid, signal.SIGKILL)
            why = overlay_refusal()
            assert why, "no environment was made"
            pytest.skip(f"no environment here: {why}")
        told.readline()
        (listed,) = json.loads(run_here("env", "list", "--json").stdout)
        assert listed["owner"] == {"pid": shell.pid, "name": "bash"}
        shell.kill()
        os.killpg(shell.pid, signal.SIGKILL)
    assert waited(lambda: run_here("env", "list", "--json").stdout == "[]\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run", "x", "ls"), 42, "there is no environment (make one with fazai env up)"),
        (("shell",), 42, "there is no environment"),
        (("rm", "x"), 42, "there is no environment"),
        (("rm",), 2, "names, or --all"),
        (("rm", "--all", "x"), 2, "names, or --all"),
        (("up", "A_b"), 2, "A_b cannot be a name"),
        (("up", "--memory", "much"), 2, "much is no size"),
        (("up", "--memory", "1k"), 2, "at least 16m"),
        (("up", "--cpus", "-1"), 2, "no number of processors"),
        (("up", "--cpus", "nan"), 2, "no number of processors"),
        (("up", "--role", "a b"), 2, "a b cannot be a role"),
        (("up", "--owner", "999999999"), 2, "there is no process 999999999"),
        (("up", "--port", "80"), 2, "--port needs --serve MODEL"),
        (("up", "--image", "/no/such"), 42, "/no/such is no directory"),
        (("run", "x"), 2, "COMMAND"),
        (("run", "x", "--"), 2, "COMMAND"),
    ],
)
def test_what_cannot_be_done_is_one_line(run_here: RunHere, arguments: tuple[str, ...], code: int, words: str) -> None:
    ended = run_here("env", *arguments)
    assert (ended.returncode, ended.stdout) == (code, ""), ended
    assert ended.stderr.count("\n") == 1 and words in ended.stderr


def test_a_broken_file_of_commands_is_said_before_anything_is_made(run_here: RunHere, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "config" / "env" / "commands"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("[x]\n")
    ended = run_here("env", "up")
    assert ended.returncode == 52 and "does not say what to run" in ended.stderr
    assert run_here("env", "list", "--json").stdout == "[]\n"


def test_help_brings_nothing_heavy() -> None:
    program = (
        "import sys; from fazai_tui.cli.program import Program; Program.from_environment().run(['env', '--help']);"
        "print([name for name in ('textual', 'rich', 'llama_cpp', 'numpy') if name in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "fazai env COMMAND" in ended.stdout or "fazai env" in ended.stdout
    assert ended.stderr == "[]\n"
