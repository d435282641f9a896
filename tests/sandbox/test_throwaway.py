"""The layer that is thrown away: what changes in it, how long it lasts, and that nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import SandboxMode
from fazai_tui.core.ports import CommandResult, SandboxLauncher
from fazai_tui.sandbox import create_launcher
from fazai_tui.shell import BashShell
from tests.overlays import overlay_refusal

pytestmark = pytest.mark.skipif(bool(overlay_refusal()), reason=f"no overlay here: {overlay_refusal()}")


class Bench:
    """A directory with files, and shells in a layer over it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "tree/deep").mkdir(parents=True)
        (place / "tree/deep/file").write_text("kept")
        (place / "text").write_text("one\n")
        self.launcher: SandboxLauncher = create_launcher(
            SandboxMode.EPHEMERAL, workspace=str(place), env=dict(os.environ), texts=Texts("en")
        )
        assert self.launcher.layer is not None
        self.layer = self.launcher.layer
        self.shells: list[BashShell] = []

    async def shell(self) -> BashShell:
        shell = BashShell(cwd=str(self.place), sandbox=self.launcher, texts=Texts("en"), env=dict(os.environ))
        self.shells.append(shell)
        await shell.start()
        return shell

    def news(self) -> dict[str, str]:
        return {os.path.relpath(change.path, self.place): change.kind for change in self.layer.news()}


async def run(shell: BashShell, command: str) -> CommandResult:
    return await shell.run(command, lambda text: None, timeout=15)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    for shell in bench.shells:
        await shell.close()
    bench.layer.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text", "tree"]
    assert (tmp_path / "text").read_text() == "one\n"
    assert (tmp_path / "tree/deep/file").read_text() == "kept"


async def test_each_command_is_followed_by_its_own_changes(bench: Bench) -> None:
    shell = await bench.shell()
    await run(shell, "echo a > new; echo two >> text; rm -r tree")
    assert bench.news() == {"new": "add", "text": "update", "tree": "delete"}
    await run(shell, "cat new text")
    assert bench.news() == {}
    await run(shell, "echo b >> new; mkdir tree; echo x > tree/again")
    assert bench.news() == {"new": "update", "tree": "add", "tree/again": "add"}
    await run(shell, "rm -r new tree")
    assert bench.news() == {"new": "delete", "tree": "delete", "tree/again": "delete"}


async def test_a_replaced_directory_is_told(bench: Bench) -> None:
    await run(await bench.shell(), "rm -r tree && mkdir tree && touch tree/other")
    assert bench.news() == {"tree": "update", "tree/*": "delete", "tree/other": "add"}


async def test_the_layer_outlasts_its_shell(bench: Bench) -> None:
    shell = await bench.shell()
    assert (await run(shell, "mkdir -p made/deep; cd made/deep; echo kept > file; exit 7")).exit_code == 7
    assert (await run(shell, "pwd; cat file")).output == f"{bench.place}/made/deep\nkept\n"
    assert (await run(shell, "rm -r ../../made; kill -9 $$")).status == "failed"
    assert (await run(shell, "pwd; ls -1")).output == f"{bench.place}\ntext\ntree\n"


async def test_two_shells_share_the_layer_and_nothing_else(bench: Bench) -> None:
    one, other = await bench.shell(), await bench.shell()
    await run(one, "echo here > new; sleep 987 &")
    assert (await run(other, "cat new; pgrep -x sleep")).output == "here\n"


async def test_secrets_of_the_place_are_masked_in_it(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text("top secret")
    (tmp_path / ".netrc").write_text("top secret")
    env = {**os.environ, "HOME": str(tmp_path)}
    launcher = create_launcher(SandboxMode.EPHEMERAL, workspace=str(tmp_path), env=env, texts=Texts("en"))
    shell = BashShell(cwd=str(tmp_path), sandbox=launcher, texts=Texts("en"), env=env)
    result = await run(shell, "cat ~/.aws/credentials ~/.netrc /etc/shadow; echo mine > ~/.netrc; rm -rf ~/.aws")
    assert "top secret" not in result.output and "root:" not in result.output
    await shell.close()
    assert launcher.layer is not None
    launcher.layer.close()
    assert (tmp_path / ".netrc").read_text() == (tmp_path / ".aws/credentials").read_text() == "top secret"


async def test_a_full_layer_is_an_error_of_the_command(tmp_path: Path) -> None:
    launcher = create_launcher(
        SandboxMode.EPHEMERAL,
        workspace=str(tmp_path),
        env=dict(os.environ),
        texts=Texts("en"),
        layer_size=4 << 20,
    )
    shell = BashShell(cwd=str(tmp_path), sandbox=launcher, texts=Texts("en"), env=dict(os.environ))
    result = await run(shell, "head -c 8M /dev/zero > large")
    assert result.status == "failed" and "No space left" in result.output
    await shell.close()
    assert launcher.layer is not None
    launcher.layer.close()


PROGRAM = """
import asyncio, os, sys
from fazai_tui.config.texts import Texts
from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox import create_launcher
from fazai_tui.shell import BashShell

async def main():
    texts, nap = Texts("en"), sys.argv[1]
    launcher = create_launcher(SandboxMode.EPHEMERAL, workspace=os.getcwd(), env=dict(os.environ), texts=texts)
    print("holder", launcher.layer.holder, flush=True)
    shell = BashShell(cwd=os.getcwd(), sandbox=launcher, texts=texts, env=dict(os.environ))
    await shell.start()
    await shell.run(f"(setsid {nap} &); nohup {nap} & {nap}", print)

asyncio.run(main())
"""


def test_death_of_the_program_leaves_nothing(tmp_path: Path) -> None:
    nap = f"sleep 8{os.getpid()}"
    argv = [sys.executable, "-c", PROGRAM, nap]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        holder = int(program.stdout.readline().split()[1])
        assert until(lambda: count(nap) == 3)
        program.send_signal(signal.SIGKILL)
    assert until(lambda: count(nap) == 0)
    assert until(lambda: not Path(f"/proc/{holder}").exists())
    assert list(tmp_path.iterdir()) == []


def count(command: str) -> int:
    return len(subprocess.run(["pgrep", "-fx", command], capture_output=True, text=True, check=False).stdout.split())


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_folder_that_cannot_be_laid_over_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"changes below /dev\S* cannot be laid aside") as caught:
        create_launcher(SandboxMode.EPHEMERAL, workspace="/dev/shm", env=dict(os.environ), texts=Texts("en"))
    assert "workspace-write" in caught.value.hint
