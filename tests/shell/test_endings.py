"""How commands and shells end, by themselves and by force, and that nothing is left."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fazai_tui.core.ports import CommandResult
from fazai_tui.shell import BashShell
from tests.shell.conftest import ShellFactory

Run = Callable[..., Awaitable[CommandResult]]
IsAlive = Callable[..., bool]


@pytest.mark.parametrize(
    ("command", "code", "status"),
    [
        ("exit 3", 3, "failed"),
        ("exit", 0, "completed"),
        ("kill -9 $$", 137, "failed"),
        ("exec sh -c 'exit 4'", 4, "failed"),
        ("exec true", 0, "completed"),
        ("set -e; false", 1, "failed"),
    ],
)
async def test_end_of_the_shell_is_a_result_and_a_new_shell(
    run: Run, tmp_path: Path, command: str, code: int, status: str
) -> None:
    await run("mkdir kept; cd kept; export KEPT='a \"b\"\nc'; export -n TERM; local_one=1")
    result = await run(f"echo words; {command}")
    assert (result.exit_code, result.status, result.output.splitlines()[:1]) == (code, status, ["words"])
    after = await run('echo "$KEPT|$PWD|$local_one|${TERM-none}"')
    assert after.output == f'a "b"\nc|{tmp_path}/kept||none\n'


async def test_end_of_the_shell_at_its_next_look_for_a_command(run: Run) -> None:
    assert (await run("export KEPT=1; exec </dev/null")).exit_code == 0
    assert (await run("echo alive $KEPT")).output == "alive 1\n"


async def test_last_words_directory_and_variables_survive_exit(run: Run) -> None:
    await run("cd /usr; export LATE=1; echo bye; exit 0")
    result = await run("echo $LATE $PWD")
    assert result.output == "1 /usr\n"
    assert result.cwd == "/usr"


async def test_shell_killed_while_idle_is_replaced(run: Run) -> None:
    pid = int((await run("export KEPT=1; echo $$")).output)
    # The environment is saved right after a command's end.
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.3)
    assert (await run("echo alive $KEPT")).output == "alive 1\n"


async def test_own_exit_trap_works(run: Run) -> None:
    assert (await run("trap 'echo leaving' EXIT; exit 2")).output == "leaving\n"


async def test_interrupt_stops_a_command_at_once(shell: BashShell, run: Run, nap: str, is_alive: IsAlive) -> None:
    running = asyncio.create_task(shell.run(f"{nap}; echo never", lambda text: None))
    assert await asyncio.to_thread(is_alive, nap, within=2, expected=True)
    started = time.monotonic()
    shell.interrupt()
    result = await running
    assert time.monotonic() - started < 20
    assert (result.status, result.exit_code) == ("cancelled", None)
    assert "never" not in result.output
    assert (await run("echo $?")).output == "130\n"


@pytest.mark.parametrize("prepare", ["PROMPT_COMMAND=", "PROMPT_COMMAND='echo x'", "trap 'echo got it' INT"])
async def test_interrupt_with_a_changed_shell(shell: BashShell, run: Run, prepare: str) -> None:
    await run(prepare)
    running = asyncio.create_task(shell.run("sleep 60", lambda text: None))
    await asyncio.sleep(0.2)
    shell.interrupt()
    assert (await asyncio.wait_for(running, 3)).status == "cancelled"
    assert (await run("echo alive")).output == "alive\n"


async def test_interrupt_before_the_command_has_begun(shell: BashShell, run: Run) -> None:
    for _ in range(5):
        running = asyncio.create_task(shell.run("sleep 60", lambda text: None))
        await asyncio.sleep(0)
        shell.interrupt()
        assert (await asyncio.wait_for(running, 5)).status == "cancelled"
        assert (await run("echo alive")).output == "alive\n"


@pytest.mark.parametrize(
    ("how", "program"),
    [("timeout", "bash -c 'trap \"\" INT; {nap}'"), ("cancelled", "bash -c 'trap \"\" INT TERM; {nap}; {nap}'")],
)
async def test_what_follows_a_program_ended_by_force_is_not_run(
    shell: BashShell, run: Run, tmp_path: Path, nap: str, is_alive: IsAlive, how: str, program: str
) -> None:
    await run(f"job_of_before() {{ {nap}1; }}; job_of_before &")
    assert await asyncio.to_thread(is_alive, f"{nap}1", within=2, expected=True)
    command = f"{program.format(nap=nap)}; touch late"
    if how == "timeout":
        result = await run(command, timeout=0.5)
    else:
        running = asyncio.create_task(shell.run(command, lambda text: None))
        assert await asyncio.to_thread(is_alive, nap, within=2, expected=True)
        running.cancel()
        result = await running
    assert result.status == ("timed_out" if how == "timeout" else "cancelled")
    # The shell is still the same, and so are its background jobs.
    assert (await run("declare -F job_of_before; ls")).output == "job_of_before\n"
    assert is_alive(f"{nap}1")


async def test_interrupt_of_a_loop_in_the_shell_itself(shell: BashShell) -> None:
    running = asyncio.create_task(shell.run("while :; do :; done", lambda text: None))
    await asyncio.sleep(0.2)
    shell.interrupt()
    assert (await asyncio.wait_for(running, 3)).status == "cancelled"


async def test_interrupt_a_program_handles_is_no_cancellation(shell: BashShell) -> None:
    running = asyncio.create_task(shell.run("bash -c 'trap \"exit 0\" INT; sleep 60 & wait'", lambda text: None))
    await asyncio.sleep(0.3)
    shell.interrupt()
    result = await asyncio.wait_for(running, 3)
    assert (result.status, result.exit_code) == ("completed", 0)


async def test_insisting_kills_what_ignores_interrupts(shell: BashShell, nap: str, is_alive: IsAlive) -> None:
    running = asyncio.create_task(shell.run(f"bash -c 'trap \"\" INT TERM; {nap}; {nap}'", lambda text: None))
    assert await asyncio.to_thread(is_alive, nap, within=2, expected=True)
    for _ in range(3):
        shell.interrupt()
    assert (await asyncio.wait_for(running, 8)).status == "cancelled"
    assert not is_alive(nap, within=1)


async def test_interrupt_while_idle_does_nothing(shell: BashShell, run: Run) -> None:
    shell.interrupt()
    assert (await run("echo $?")).output == "0\n"


async def test_timeout_ends_a_command(run: Run, nap: str, is_alive: IsAlive) -> None:
    started = time.monotonic()
    result = await run(f"echo begun; {nap}", timeout=0.4)
    assert 0.3 < time.monotonic() - started < 20
    assert (result.status, result.exit_code) == ("timed_out", None)
    assert result.output.startswith("begun\n")
    assert not is_alive(nap, within=1)
    assert (await run("echo alive")).output == "alive\n"


HIDING = {
    "background": "{nap} & {nap}",
    "own session": "setsid {nap} & sleep 60",
    "orphan in its own session": "(setsid {nap} >/dev/null 2>&1 &); sleep 60",
    "nohup": "nohup {nap} >/dev/null 2>&1 & sleep 60",
    "ignores everything": "bash -c 'trap \"\" INT TERM HUP; setsid {nap}; sleep 60'",
    "shell ignores interrupts": "trap '' INT TERM; {nap}; {nap}",
}


@pytest.mark.parametrize("name", HIDING)
async def test_timeout_reaches_what_hides(run: Run, nap: str, is_alive: IsAlive, name: str) -> None:
    result = await run(HIDING[name].format(nap=nap), timeout=0.5)
    assert result.status == "timed_out"
    assert not is_alive(nap, within=1)
    assert (await run("echo alive")).output == "alive\n"


async def test_timeout_spares_jobs_of_earlier_commands(run: Run, nap: str, is_alive: IsAlive) -> None:
    await run(f"{nap} &")
    await run("sleep 60", timeout=0.3)
    assert is_alive(nap)


async def test_cancelling_the_task_gives_a_cancelled_result(
    shell: BashShell, run: Run, nap: str, is_alive: IsAlive
) -> None:
    running = asyncio.create_task(shell.run(f"setsid -w {nap}", lambda text: None))
    assert await asyncio.to_thread(is_alive, nap, within=2, expected=True)
    running.cancel()
    await asyncio.sleep(0.1)
    running.cancel()
    result = await asyncio.wait_for(running, 8)
    assert result.status == "cancelled"
    assert not is_alive(nap)
    assert (await run("echo alive")).output == "alive\n"


@pytest.mark.parametrize("name", HIDING)
async def test_close_leaves_nothing(make_shell: ShellFactory, nap: str, is_alive: IsAlive, name: str) -> None:
    shell = await make_shell()
    running = asyncio.create_task(shell.run(HIDING[name].format(nap=nap), lambda text: None))
    assert await asyncio.to_thread(is_alive, nap, within=2, expected=True)
    await shell.close()
    assert (await asyncio.wait_for(running, 2)).status == "cancelled"
    assert not is_alive(nap, within=5)


@pytest.mark.parametrize("detached", ["nohup {nap} >/dev/null 2>&1 &", "setsid {nap} &"])
async def test_close_spares_what_an_earlier_command_detached(
    make_shell: ShellFactory, nap: str, is_alive: IsAlive, detached: str
) -> None:
    shell = await make_shell()
    await shell.run(detached.format(nap=nap), lambda text: None)
    assert await asyncio.to_thread(is_alive, nap, within=2, expected=True)
    await shell.close()
    assert is_alive(nap)


async def test_close_is_quick_and_may_be_repeated(make_shell: ShellFactory) -> None:
    shell = await make_shell()
    started = time.monotonic()
    await asyncio.gather(shell.close(), shell.close())
    assert time.monotonic() - started < 20


PROGRAM = """
import asyncio, os, sys
from fazai_tui.config.texts import Texts
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.shell import BashShell

async def main():
    shell = BashShell(cwd="/", sandbox=PlainLauncher(), texts=Texts("en"), env=dict(os.environ))
    await shell.start()
    await shell.run("echo $BASH_SOURCE", lambda text: print(text.strip(), flush=True))
    await shell.run(sys.argv[1], lambda text: None)

asyncio.run(main())
"""


@pytest.mark.parametrize("name", HIDING)
def test_death_of_the_program_leaves_nothing(nap: str, is_alive: IsAlive, name: str) -> None:
    argv = [sys.executable, "-c", PROGRAM, HIDING[name].format(nap=nap)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        folder = Path(program.stdout.readline().strip()).parent
        assert is_alive(nap, within=10, expected=True)
        program.kill()
    assert not is_alive(nap, within=3)
    deadline = time.monotonic() + 3
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()


LOOPS = [
    "while :; do :; done",
    "while true; do sleep 0.01; done",
    "while true; do /bin/true; done",
    "(while true; do sleep 0.01; done)",
    "while true; do date; done | cat",
]


@pytest.mark.parametrize("loop", LOOPS)
async def test_one_interrupt_stops_a_tight_loop_whenever_it_comes(shell: BashShell, loop: str) -> None:
    for number in range(3):
        running = asyncio.create_task(shell.run(loop, lambda text: None))
        await asyncio.sleep(0.1 + number * 0.007)
        shell.interrupt()
        assert (await asyncio.wait_for(running, 4)).status == "cancelled"


@pytest.mark.parametrize(
    ("ignored", "told"), [("INT", ["SIGINT", "SIGTERM"]), ("INT TERM", ["SIGINT", "SIGTERM", "SIGKILL"])]
)
async def test_one_interrupt_ends_what_ignores_it_and_says_how(
    make_shell: ShellFactory, nap: str, is_alive: IsAlive, ignored: str, told: list[str]
) -> None:
    notices: list[str] = []
    shell = await make_shell(on_notice=notices.append)
    running = asyncio.create_task(
        shell.run(f"bash -c 'trap \"\" {ignored}; {nap}; {nap}'; echo late", lambda text: None)
    )
    assert await asyncio.to_thread(is_alive, nap, within=2, expected=True)

    shell.interrupt()

    result = await asyncio.wait_for(running, 15)
    assert result.status == "cancelled" and "late" not in result.output
    assert [notice.split()[0] for notice in notices] == told
    assert not is_alive(nap, within=1)


async def test_an_interpreter_that_asks_on_after_an_interrupt_is_left_alone(make_shell: ShellFactory) -> None:
    notices: list[str] = []
    shell = await make_shell(on_notice=notices.append)
    asked: list[str] = []
    running = asyncio.create_task(
        shell.run('bash -c \'trap "echo again" INT; while :; do read -rp "> " x && exit 0; done\'', asked.append)
    )
    while ">" not in "".join(asked):
        await asyncio.sleep(0.02)
    shell.interrupt()
    while "again" not in "".join(asked):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.6)
    shell.write(b"word\n")

    assert (await asyncio.wait_for(running, 8)).status == "completed"
    assert [notice.split()[0] for notice in notices] == ["SIGINT"]
