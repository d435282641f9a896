"""The user's own shell beside the one that plans run in."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError
from fazai_tui.core.events import (
    BackgroundPrinted,
    CommandFinished,
    CommandNoted,
    CommandStarted,
    InputAwaited,
    PlanProposed,
    TurnFinished,
)
from fazai_tui.core.policy import ApprovalPolicy
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.memory.retrieval import CookbookRetriever
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.resources.host import LinuxHost
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.session import Session
from fazai_tui.shell import BashShell
from tests.session.conftest import Bench, ScriptedEngine, plan


@pytest.fixture
async def bench(
    tmp_path: Path, workspace: Path, policy: BashPolicy, small_cookbook: CookbookRetriever
) -> AsyncIterator[Bench]:
    """Return a session with both shells, whose engine plans a wait."""
    texts, file = Texts("en"), tmp_path / "ledger.db"
    engine = ScriptedEngine([plan("echo planned; read -r word; echo $word > said; cd /usr")])
    session: Session

    def shell(name: str) -> BashShell:
        return BashShell(
            cwd=str(workspace),
            sandbox=PlainLauncher(),
            texts=texts,
            env=dict(os.environ),
            on_waiting=lambda asker, is_secret: session.input_awaited(
                asker, is_secret=is_secret, shell="own" if name else "plan"
            ),
            on_notice=lambda text: session.noted(text, shell="own" if name else "plan"),
            on_idle_output=lambda text: session.printed(text, shell="own" if name else "plan"),
        )

    session = Session(
        engine=engine,
        planner=PromptPlanner(engine, max_tokens=256),
        shell=shell(""),
        own_shell=shell("own"),
        policy=policy,
        ledger=SqliteLedger(file, texts),
        retriever=small_cookbook,
        host=LinuxHost(os.environ),
        profile=SessionProfile(language="en", approval=ApprovalPolicy.NEVER),
        texts=texts,
    )
    opened = Bench(session, engine, file, workspace)
    session.subscribe(opened.take)
    await session.start()
    yield opened
    await session.close()


async def test_a_command_of_the_users_own_runs_while_a_plan_does(bench: Bench) -> None:
    turn = asyncio.create_task(bench.order())
    asked = await bench.until(InputAwaited)
    assert bench.session.can_take("!pwd") and not bench.session.can_take("another order")

    assert await bench.order("!echo own-$((6*7)); export MINE=1") == "fulfilled"

    planned, own = bench.of(CommandStarted)
    assert (planned.shell, own.shell) == ("plan", "own")
    assert "own-42" in bench.of(CommandFinished)[0].output
    assert len(bench.of(PlanProposed)) == 1, "the plan that is shown is the one that runs"
    with pytest.raises(BadInputError):
        await bench.order("another order")

    bench.session.write_input(b"word\n", asked.command_id)
    assert await turn == "fulfilled"
    assert (bench.folder / "said").read_text() == "word\n"
    assert bench.recorded("SELECT status FROM turns ORDER BY kind") == ["fulfilled", "fulfilled"]
    assert len(bench.recorded("SELECT DISTINCT session_id FROM turns")) == 2


async def test_both_shells_are_where_the_user_is_but_share_nothing_else(bench: Bench) -> None:
    await bench.order("!cd /; export MINE=1")
    assert bench.session.cwd == "/"
    turn = asyncio.create_task(bench.order())
    asked = await bench.until(InputAwaited)
    assert bench.of(CommandStarted)[-1].cwd == "/"
    bench.session.write_input(b"x\n", asked.command_id)
    await turn
    assert bench.session.cwd == "/usr"

    await bench.order("!pwd; echo mine:$MINE")

    assert bench.of(CommandFinished)[-1].output == "/usr\nmine:1\n"


async def test_an_interrupt_is_for_the_newer_turn(bench: Bench) -> None:
    turn = asyncio.create_task(bench.order())
    asked = await bench.until(InputAwaited)
    own = asyncio.create_task(bench.order("!sleep 60"))
    await bench.until(CommandStarted, 2)
    await asyncio.sleep(0.1)

    assert bench.session.interrupt()

    assert await own == "interrupted" and not turn.done()
    assert bench.of(CommandNoted)[0].command_id == bench.of(CommandStarted)[1].command_id
    bench.session.write_input(b"x\n", asked.command_id)
    assert await turn == "fulfilled"


async def test_jobs_of_both_shells_are_known_and_heard(bench: Bench) -> None:
    await bench.order("!(sleep 0.4; echo late-word) & sleep 81.5 &")
    heard = await bench.until(BackgroundPrinted)
    assert "late-word" in heard.text and heard.shell == "own"
    while len(jobs := bench.session.jobs()) != 1:
        await asyncio.sleep(0.02)
    assert (jobs[0].command, jobs[0].shell) == ("sleep 81.5", "own")

    assert bench.session.end_job(jobs[0].id, by_force=False)
    while bench.session.jobs():
        await asyncio.sleep(0.02)
    assert bench.of(TurnFinished)[0].status == "fulfilled"
