"""Programs that wait for the keyboard are noticed, secrets are told apart, and nothing waits where nobody is."""

import asyncio
import functools
import re
import sys
import time
from collections.abc import Callable

import pytest

from fazai_tui.core.events import AskingProgram
from fazai_tui.shell import BashShell
from tests.shell.conftest import ShellFactory

PASSWORD = f"{sys.executable} -c \"import getpass; print('got', len(getpass.getpass()))\""
RAW = (
    f'{sys.executable} -c "import select, sys, tty; tty.setcbreak(0); select.select([0], [], []);'
    " print('key', sys.stdin.read(1))\""
)


def noting(told: list[bool]) -> Callable[[AskingProgram, bool], None]:
    """Return what notes of each question whether it is for a secret."""

    def note(asker: AskingProgram, is_secret: bool) -> None:
        told.append(is_secret)

    return note


ASKING: dict[str, tuple[str, bool, bytes, str]] = {
    "read": ("read -p 'name? ' n; echo; echo got $n", False, b"Ana\n", "got Ana"),
    "read -s": ("read -s -p 'password: ' p; echo; echo got ${#p}", True, b"1234\n", "got 4"),
    "getpass": (PASSWORD, True, b"12345\n", "got 5"),
    "cat": ("cat", False, b"text\n\x04", "text"),
    "script with a question": ("bash -c 'read -p \"go on? [Y/n] \" a; echo; echo $a'", False, b"y\n", "y"),
    "single key": (RAW, False, b"k", "key k"),
    "inside a pipe": ("bash -c 'read x </dev/tty; echo; echo $x' | cat", False, b"piped\n", "piped"),
}


@pytest.mark.parametrize("name", ASKING)
async def test_waiting_is_told_once_and_answered(make_shell: ShellFactory, name: str) -> None:
    command, is_secret, answer, last_line = ASKING[name]
    told: list[bool] = []
    shell = await make_shell(on_waiting=noting(told))
    running = asyncio.create_task(shell.run(command, lambda text: None))
    await _until(lambda: bool(told))
    await asyncio.sleep(0.4)
    assert told == [is_secret]
    shell.write(answer)
    result = await asyncio.wait_for(running, 5)
    assert result.output.splitlines()[-1] == last_line
    if is_secret:
        assert answer.decode().strip() not in result.output


async def test_each_question_is_told(make_shell: ShellFactory) -> None:
    told: list[bool] = []
    shell = await make_shell(on_waiting=noting(told))
    running = asyncio.create_task(shell.run("read a; read -s b; read c; echo $a$b$c", lambda text: None))
    for number, answer in enumerate((b"1\n", b"2\n", b"3\n"), 1):
        await _until(functools.partial(_has_length, told, number))
        shell.write(answer)
    assert (await asyncio.wait_for(running, 5)).output.endswith("123\n")
    assert told == [False, True, False]


BUSY = {
    "sleep": "sleep 1",
    "loop": "for i in 1 2 3 4 5; do sleep 0.2; done",
    "computing": "timeout 1 bash -c 'while :; do :; done'; true",
    "reading a file": "sleep 1 | cat",
    "background reader": "(sleep 1; true) & wait",
    "noisy": "for i in 1 2 3 4 5 6; do echo $i; sleep 0.15; done",
    "hidden echo, no reader": "stty -echo; sleep 1; stty echo",
}


@pytest.mark.parametrize("name", BUSY)
async def test_work_is_not_waiting(make_shell: ShellFactory, name: str) -> None:
    told: list[bool] = []
    shell = await make_shell(on_waiting=noting(told), is_interactive=False, input_wait_s=0.4)
    result = await shell.run(BUSY[name], lambda text: None)
    assert (told, result.status) == ([], "completed")


@pytest.mark.parametrize("name", ASKING)
async def test_without_a_human_a_question_fails_and_says_so(make_shell: ShellFactory, name: str) -> None:
    shell = await make_shell(is_interactive=False, input_wait_s=0.5)
    pieces: list[str] = []
    started = time.monotonic()
    result = await asyncio.wait_for(shell.run(ASKING[name][0], pieces.append), 10)
    assert 0.5 < time.monotonic() - started < 30
    assert (result.status, result.exit_code) == ("failed", None)
    last_line = result.output.splitlines()[-1]
    if ASKING[name][1]:
        assert re.match(r"\S+ \(process \d+\) asked for a password\. Nobody is here to type it", last_line)
        assert "NOPASSWD" in last_line
    else:
        assert last_line == "The command waited 0.5 s for an answer that nobody could give and was interrupted."
    assert last_line in "".join(pieces)
    assert (await shell.run("echo alive", lambda text: None)).output == "alive\n"


async def test_with_a_human_a_question_waits(make_shell: ShellFactory) -> None:
    shell: BashShell = await make_shell(input_wait_s=0.3)
    running = asyncio.create_task(shell.run("read x; echo got $x", lambda text: None))
    await asyncio.sleep(1)
    assert not running.done()
    shell.write(b"it\n")
    assert (await running).output.endswith("got it\n")


def _has_length(told: list[bool], length: int) -> bool:
    return len(told) == length


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.02)
