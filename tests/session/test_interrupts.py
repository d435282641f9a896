"""Stopping: a running command, a generation, a check, a session that is closed."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from fazai_tui.core.events import (
    AskingProgram,
    CommandFinished,
    CommandStarted,
    Event,
    InputAwaited,
    OutputReceived,
    RepairStarted,
    StepChanged,
    TokenGenerated,
    TurnFinished,
)
from fazai_tui.core.plan import StepStatus
from tests.session.conftest import Opener, ScriptedEngine, plan, step

CHECK_SECONDS = f"60.{os.getpid()}"
SLOW_CHECK = f"sleep {CHECK_SECONDS}"


def is_running(argument: str) -> bool:
    """Tell whether a process has an argument."""
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if argument.encode() in words:
            return True
    return False


async def gone(argument: str) -> bool:
    """Wait until no process has an argument; False when one still has after a while."""
    deadline = time.monotonic() + 5
    while is_running(argument) and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return not is_running(argument)


async def test_a_running_command_is_interrupted(open_session: Opener) -> None:
    nap = f"61.{os.getpid()}"
    bench = await open_session(plan(f"echo begun; sleep {nap}", "touch after"), plan("touch mended"))
    turn = asyncio.create_task(bench.order())
    await bench.until(OutputReceived)
    began = time.monotonic()

    assert bench.session.interrupt()

    assert await turn == "interrupted"
    assert time.monotonic() - began < 3
    assert await gone(nap)
    assert bench.of(CommandFinished)[0].status == "cancelled"
    assert list(bench.folder.iterdir()) == [] and bench.of(RepairStarted) == []
    assert bench.of(TurnFinished)[0].status == "interrupted"
    assert bench.recorded("SELECT status FROM commands") == ["cancelled"]
    assert bench.recorded("SELECT status FROM turns") == ["interrupted"]


async def test_a_program_that_heeds_ctrl_c_ends_as_it_likes(open_session: Opener) -> None:
    bench = await open_session(
        plan("bash -c 'trap \"echo saved; exit 0\" INT; echo begun; sleep 60 & wait'", "touch after")
    )
    turn = asyncio.create_task(bench.order())
    await bench.until(OutputReceived)

    assert bench.session.interrupt()

    assert await turn == "fulfilled"
    assert "saved" in bench.of(CommandFinished)[0].output and os.listdir(bench.folder) == ["after"]


async def test_where_nobody_can_insist_a_command_is_made_to_end(open_session: Opener) -> None:
    deaf = "bash -c 'trap \"\" INT; echo begun; sleep 60; sleep 61'"
    bench = await open_session(plan(f"{deaf}; touch late", "touch after"), can_ask=False)
    turn = asyncio.create_task(bench.order())
    await bench.until(OutputReceived)

    assert bench.session.interrupt()

    assert await asyncio.wait_for(turn, 10) == "interrupted"
    assert bench.of(CommandFinished)[0].status == "cancelled" and os.listdir(bench.folder) == []


async def test_the_session_lives_on_after_an_interrupt(open_session: Opener) -> None:
    bench = await open_session()
    await bench.order("!export KEPT=yes; cd /tmp")
    turn = asyncio.create_task(bench.order("!sleep 62"))
    await bench.until(CommandStarted, 2)
    await asyncio.sleep(0.1)
    bench.session.interrupt()

    assert await turn == "interrupted"
    assert not bench.session.is_busy
    assert await bench.order("!echo $KEPT $PWD") == "fulfilled"
    assert "yes /tmp" in bench.message


@pytest.mark.parametrize("attempt", range(4))
async def test_an_interrupt_at_the_first_sign_of_a_command_is_not_lost(open_session: Opener, attempt: int) -> None:
    bench = await open_session(plan(f"sleep 63.{attempt}; touch late"))

    def interrupt(event: Event) -> None:
        if isinstance(event, CommandStarted):
            bench.session.interrupt()

    bench.session.subscribe(interrupt)

    assert await bench.order() == "interrupted"

    (finished,) = bench.of(CommandFinished)
    assert finished.status == "cancelled" and finished.duration_ms < 1000
    assert list(bench.folder.iterdir()) == []


async def test_a_generation_is_interrupted(open_session: Opener) -> None:
    bench = await open_session(None, plan("touch made"))
    turn = asyncio.create_task(bench.order())
    await bench.until(TokenGenerated)

    assert bench.session.interrupt()

    assert await turn == "interrupted"
    assert bench.commands == []
    assert bench.of(TurnFinished)[0].status == "interrupted"
    assert await bench.order() == "fulfilled"


async def test_an_interrupt_while_an_effect_is_checked_ends_the_turn(open_session: Opener) -> None:
    bench = await open_session(plan(step("touch made", check=SLOW_CHECK), "touch after"), plan("touch mended"))
    turn = asyncio.create_task(bench.order())
    await bench.until(CommandStarted)
    while not (bench.folder / "made").exists() or not is_running(CHECK_SECONDS):
        await asyncio.sleep(0.01)

    assert bench.session.interrupt()

    assert await turn == "interrupted"
    assert os.listdir(bench.folder) == ["made"]
    assert bench.of(RepairStarted) == []
    # The command itself had ended, and the record says so.
    assert bench.of(CommandFinished)[0].status == "completed"


async def test_closing_while_an_effect_is_checked_runs_nothing_more(open_session: Opener) -> None:
    bench = await open_session(plan(step("touch made", check=SLOW_CHECK), "touch after"), plan("touch mended"))
    turn = asyncio.create_task(bench.order())
    await bench.until(CommandStarted)
    while not (bench.folder / "made").exists() or not is_running(CHECK_SECONDS):
        await asyncio.sleep(0.01)

    await asyncio.wait_for(bench.session.close(), 10)

    await asyncio.wait([turn])
    assert os.listdir(bench.folder) == ["made"]
    assert bench.of(RepairStarted) == []


async def test_there_is_nothing_to_interrupt_between_turns(open_session: Opener) -> None:
    bench = await open_session()

    assert not bench.session.interrupt()
    assert await bench.order("!true") == "fulfilled"


async def test_closing_ends_the_turn_the_command_and_the_engine(open_session: Opener) -> None:
    nap = f"64.{os.getpid()}"
    bench = await open_session()
    turn = asyncio.create_task(bench.order(f"!sleep {nap} & sleep {nap}"))
    await bench.until(CommandStarted)
    while not is_running(nap):
        await asyncio.sleep(0.01)

    await asyncio.wait_for(bench.session.close(), 10)

    await asyncio.wait([turn])
    assert await gone(nap)
    assert isinstance(bench.engine, ScriptedEngine) and bench.engine.is_closed
    assert bench.of(CommandFinished)[0].status == "cancelled"
    # Whoever reads the history finds a turn with an end.
    assert bench.recorded("SELECT status IS NULL FROM turns") == [0]
    assert [change.status for change in bench.of(StepChanged)][-1] is StepStatus.FAILED


async def test_a_program_can_be_answered(open_session: Opener) -> None:
    bench = await open_session(approval="never")
    turn = asyncio.create_task(bench.order("!read -r name; echo hello $name"))
    await bench.until(CommandStarted)
    await asyncio.sleep(0.2)

    bench.session.write_input(b"Ana\n")

    assert await turn == "fulfilled"
    assert "hello Ana" in bench.message
    assert all(not awaited.is_secret for awaited in bench.of(InputAwaited))


async def test_waiting_for_input_is_told_only_while_a_command_runs(open_session: Opener) -> None:
    bench = await open_session()

    asker = AskingProgram(pid=1, started=1, name="sudo")
    bench.session.input_awaited(asker, is_secret=True)
    assert bench.of(InputAwaited) == []

    turn = asyncio.create_task(bench.order("!read -r name"))
    started = await bench.until(CommandStarted)
    bench.session.input_awaited(asker, is_secret=True)
    assert bench.of(InputAwaited)[0].command_id == started.command_id
    bench.session.write_input(b"x\n")
    bench.session.interrupt()
    await turn
