"""A secret goes to the process that asked for it while that still waits, and nowhere else."""

import asyncio
import sys
from collections.abc import Callable

import pytest

from fazai_tui.core.events import AskingProgram
from fazai_tui.core.secret import Secret
from fazai_tui.shell import BashShell
from tests.shell.conftest import ShellFactory

CANARY = "c4n4ry-s3cret"
GETPASS = f"{sys.executable} -c \"import getpass; print('got', len(getpass.getpass()))\""
BEHIND_RAW = (
    f'{sys.executable} -c "import os, sys, termios, tty; old = termios.tcgetattr(0); tty.setraw(0);'
    " print('[sudo] password for ana: ', end='', flush=True); line = b''\n"
    "while not line.endswith(b'\\n'): line += os.read(0, 99)\n"
    "termios.tcsetattr(0, termios.TCSANOW, old); print(); print('got', len(line))\""
)


def typed(text: str = CANARY) -> Secret:
    """Return a secret as the field makes it."""
    secret = Secret()
    assert secret.add(text)
    return secret


class Asked:
    """Notes who asks."""

    def __init__(self) -> None:
        self.secrets: list[AskingProgram] = []
        self.lines: list[AskingProgram] = []

    def __call__(self, asker: AskingProgram, is_secret: bool) -> None:
        (self.secrets if is_secret else self.lines).append(asker)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.02)


async def ask(make_shell: ShellFactory, command: str) -> tuple[BashShell, Asked, "asyncio.Task[str]"]:
    """Run a command until it asks for a secret."""
    asked = Asked()
    shell = await make_shell(on_waiting=asked)

    async def output() -> str:
        return (await shell.run(command, lambda _: None)).output

    running = asyncio.create_task(output())
    await asked.until(lambda: asked.secrets)
    return shell, asked, running


@pytest.mark.parametrize(
    ("command", "name", "last_line"),
    [
        ("read -s -p 'password: ' p; echo; echo got ${#p}", "bash", "got 13"),
        (GETPASS, "python", "got 13"),
        (BEHIND_RAW, "python", "got 14"),
    ],
    ids=["read -s", "getpass", "behind a raw terminal"],
)
async def test_a_secret_reaches_the_program_that_is_named(
    make_shell: ShellFactory, command: str, name: str, last_line: str
) -> None:
    shell, asked, running = await ask(make_shell, command)
    (asker,) = asked.secrets
    assert shell.hides_typing, "what is typed before the field opens would go elsewhere"
    assert asker.name.startswith(name)
    assert asker.command.startswith(sys.executable) or (name, asker.command) == ("bash", "")
    secret = typed()

    assert shell.write_secret(secret, asker)

    output = await asyncio.wait_for(running, 5)
    assert output.splitlines()[-1] == last_line and CANARY not in output
    assert secret.is_spent and secret.is_empty


async def test_a_secret_for_a_program_that_has_ended_is_not_written(make_shell: ShellFactory) -> None:
    command = "bash -c 'read -t 1 -s p'; read -r line; echo \"line=[$line]\""
    shell, asked, running = await ask(make_shell, command)
    await asked.until(lambda: asked.lines)
    secret = typed("touch executed")

    assert not shell.write_secret(secret, asked.secrets[0])

    assert secret.is_spent
    shell.write(b"after\n")
    assert (await asyncio.wait_for(running, 5)).endswith("line=[after]\n")


async def test_a_secret_for_a_command_that_has_ended_is_not_executed(make_shell: ShellFactory) -> None:
    shell, asked, running = await ask(make_shell, "bash -c 'read -t 0.6 -s p'")
    await running

    assert not shell.write_secret(typed("touch executed"), asked.secrets[0])

    result = await shell.run("ls; cat", lambda _: None, timeout=0.5)
    assert result.output == "^C\n"


async def test_a_secret_for_one_program_is_not_given_to_the_next(make_shell: ShellFactory) -> None:
    shell, asked, running = await ask(make_shell, "bash -c 'read -t 1 -s p'; bash -c 'read -s q; echo got ${#q}'")
    await asked.until(lambda: len(asked.secrets) == 2)
    first, second = asked.secrets

    assert not shell.write_secret(typed(), first)
    assert shell.write_secret(typed("12345"), second)

    assert (await asyncio.wait_for(running, 5)).endswith("got 5\n")


async def test_a_program_that_shows_what_is_typed_gets_no_secret(make_shell: ShellFactory) -> None:
    shell, asked, running = await ask(make_shell, "bash -c 'read -t 1 -s p; read -r line; echo \"line=[$line]\"'")
    await asked.until(lambda: asked.lines)
    assert asked.lines[0].pid == asked.secrets[0].pid

    assert not shell.write_secret(typed(), asked.secrets[0])

    shell.write(b"\n")
    assert (await asyncio.wait_for(running, 5)).endswith("line=[]\n")


async def test_a_secret_is_not_queued_behind_other_input(make_shell: ShellFactory) -> None:
    shell, asked, running = await ask(make_shell, "read -s p; echo got ${#p}")
    spent = typed()
    spent.wipe()

    assert not shell.write_secret(spent, asked.secrets[0])
    assert shell.write_secret(typed(""), asked.secrets[0])

    assert (await asyncio.wait_for(running, 5)).endswith("got 0\n")


async def test_the_command_line_of_the_program_that_asks_is_masked(make_shell: ShellFactory) -> None:
    shell, asked, running = await ask(make_shell, f"bash -c 'read -s p' --token {CANARY}")

    assert CANARY not in asked.secrets[0].command and "--token" in asked.secrets[0].command

    assert shell.write_secret(typed(), asked.secrets[0])
    await running
