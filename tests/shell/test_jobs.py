"""What is left in the background: found, told apart, ended; what it prints is not lost."""

import asyncio
import os
from collections.abc import Callable

from fazai_tui.core.jobs import Job
from fazai_tui.shell import BashShell
from tests.shell.conftest import ShellFactory

IsAlive = Callable[..., bool]


async def wait_for(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


def commands(shell: BashShell) -> list[str]:
    return [job.command for job in shell.jobs()]


async def run(shell: BashShell, command: str) -> None:
    await asyncio.wait_for(shell.run(command, lambda text: None), 10)


async def test_jobs_are_listed_and_the_running_command_is_none_of_them(shell: BashShell, nap: str) -> None:
    assert shell.jobs() == ()
    await run(shell, f"cd /usr; {nap} & (cd /; sleep 70; true) & setsid {nap}9 &")
    await wait_for(lambda: set(commands(shell)) == {nap, "( … )", f"{nap}9"})
    running = asyncio.create_task(shell.run("sleep 71 | sleep 72", lambda text: None))
    await asyncio.sleep(0.3)

    jobs = {job.command: job for job in shell.jobs()}
    assert set(jobs) == {nap, "( … )", f"{nap}9"}
    assert jobs[nap].cwd == "/usr" and jobs[nap].state == "sleeping" and jobs[nap].seconds < 10
    assert [process.command for process in jobs["( … )"].processes] == ["( … )", "sleep 70"]
    shell.interrupt()
    await running


async def test_a_job_is_asked_to_end_and_then_forced(shell: BashShell, nap: str, is_alive: IsAlive) -> None:
    await run(shell, f"{nap} & bash -c 'trap \"\" TERM; {nap}9; {nap}8' &")
    await wait_for(lambda: any(len(job.processes) == 2 for job in shell.jobs()))
    polite, deaf = sorted(shell.jobs(), key=lambda job: len(job.processes))

    assert shell.end_job(polite.id, by_force=False)
    await wait_for(lambda: len(shell.jobs()) == 1)
    assert shell.end_job(deaf.id, by_force=True)
    await wait_for(lambda: not shell.jobs())

    assert not is_alive(nap) and not is_alive(f"{nap}9")
    assert not shell.end_job(polite.id, by_force=True)
    assert not shell.end_job(os.getpid(), by_force=True)


async def test_a_stopped_program_is_a_job_that_can_be_ended(shell: BashShell, nap: str) -> None:
    running = asyncio.create_task(shell.run(nap, lambda text: None))
    await asyncio.sleep(0.2)
    shell.write(b"\x1a")
    assert (await asyncio.wait_for(running, 5)).exit_code == 148
    (job,) = shell.jobs()
    assert (job.command, job.state) == (nap, "stopped")

    assert shell.end_job(job.id, by_force=False)
    await wait_for(lambda: not shell.jobs())


async def test_what_a_job_prints_between_commands_is_told(make_shell: ShellFactory) -> None:
    printed: list[str] = []
    shell = await make_shell(on_idle_output=printed.append)
    await run(shell, "(sleep 0.3; echo from-the-back) &")
    await wait_for(lambda: "from-the-back" in "".join(printed))


async def test_somebody_at_the_keyboard_has_a_pager(make_shell: ShellFactory) -> None:
    outputs: list[Job | str] = []
    for has_pager in (False, True):
        shell = await make_shell(env={**os.environ, "PAGER": "less"}, has_pager=has_pager)
        outputs.append((await shell.run("echo $PAGER", lambda text: None)).output.strip())
    assert outputs == ["cat", "less"]
