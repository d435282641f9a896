"""A real bash on a real PTY, and a way to see what it leaves behind."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.ports import CommandResult
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.shell import BashShell


class ShellFactory(Protocol):
    """Makes a started shell that is closed when the test ends."""

    async def __call__(self, **options: Any) -> BashShell: ...


@pytest.fixture
async def make_shell(tmp_path: Path) -> AsyncIterator[ShellFactory]:
    shells: list[BashShell] = []

    async def make(**options: Any) -> BashShell:
        settings: dict[str, Any] = {
            "cwd": str(tmp_path),
            "sandbox": PlainLauncher(),
            "texts": Texts("en"),
            "env": dict(os.environ),
        }
        shell = BashShell(**{**settings, **options})
        shells.append(shell)
        await shell.start()
        return shell

    yield make
    for shell in shells:
        await shell.close()


@pytest.fixture
async def shell(make_shell: ShellFactory) -> BashShell:
    return await make_shell()


@pytest.fixture
def run(shell: BashShell) -> Callable[..., Any]:
    async def run_command(command: str, **options: Any) -> CommandResult:
        return await asyncio.wait_for(shell.run(command, lambda text: None, **options), 20)

    return run_command


_NAPS = count(1)


@pytest.fixture
def nap() -> str:
    """A `sleep` that no other test and no other run of this one starts."""
    return f"sleep 8{os.getpid()}.{next(_NAPS)}"


@pytest.fixture
def is_alive() -> Callable[..., bool]:
    def look(command: str, *, within: float = 0.0, expected: bool = False) -> bool:
        """Whether a command line runs; waits for the expected answer for a while."""
        wanted = command.replace(" ", "\0").encode() + b"\0"
        deadline = time.monotonic() + within
        while True:
            found = False
            for name in os.listdir("/proc"):
                try:
                    found = found or (name.isdecimal() and Path(f"/proc/{name}/cmdline").read_bytes() == wanted)
                except OSError:
                    continue
            if found == expected or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    return look
