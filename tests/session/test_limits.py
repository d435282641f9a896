"""The limits of a turn: where it stops, and that it says so."""

import asyncio
import os
import time

import pytest

from fazai_tui.core.events import CommandFinished, ErrorOccurred, PlanProposed, TimeLimitReached, TurnFinished
from fazai_tui.core.policy import ApprovalDecision, ApprovalReply
from tests.session.conftest import Opener, plan, step


async def test_twenty_steps_and_no_more(open_session: Opener) -> None:
    bench = await open_session(plan(*(f"touch f{n}" for n in range(19)), "cat missing"), plan("touch mended"))

    assert await bench.order() == "limit"

    assert len(bench.commands) == 20
    assert len(list(bench.folder.iterdir())) == 19 and not (bench.folder / "mended").exists()
    (error,) = bench.of(ErrorOccurred)
    assert error.code == "limit" and "20 commands" in error.message and error.hint
    assert bench.of(TurnFinished)[0].status == "limit"


async def test_five_times_the_same_command_and_no_more(open_session: Opener) -> None:
    bench = await open_session(plan(*["echo x >> file"] * 7))

    assert await bench.order() == "limit"

    assert (bench.folder / "file").read_text() == "x\n" * 5
    assert "5 times" in bench.of(ErrorOccurred)[0].message


async def test_three_plans_and_no_more(open_session: Opener) -> None:
    bench = await open_session(*(plan(f"cat missing{number}") for number in range(5)), repairs=9)

    assert await bench.order() == "limit"

    assert [proposed.attempt for proposed in bench.of(PlanProposed)] == [0, 1, 2]
    assert "3 plans" in bench.of(ErrorOccurred)[0].message


async def test_the_time_ends_a_running_command(open_session: Opener) -> None:
    bench = await open_session(plan("echo begun; sleep 30; touch late", "touch after"), timeout=0.6, can_ask=False)
    began = time.monotonic()

    assert await bench.order() == "limit"

    assert time.monotonic() - began < 50
    (finished,) = bench.of(CommandFinished)
    assert (finished.status, finished.exit_code) == ("timed_out", None)
    assert "begun" in finished.output
    assert list(bench.folder.iterdir()) == []
    assert bench.recorded("SELECT status FROM commands") == ["timed_out"]


async def test_the_time_is_of_the_whole_turn(open_session: Opener) -> None:
    bench = await open_session(plan(*(f"sleep 0.4; touch f{number}" for number in range(20))), timeout=1, can_ask=False)

    assert await bench.order() == "limit"

    assert 0 < len(list(bench.folder.iterdir())) < 4


async def test_a_human_is_asked_and_lets_the_command_go_on(open_session: Opener) -> None:
    bench = await open_session(plan("sleep 1.2; touch late"), timeout=0.5)
    turn = asyncio.create_task(bench.order())
    asked = await bench.until(TimeLimitReached)
    assert bench.session.reply(asked.question_id, ApprovalReply(decision=ApprovalDecision.RUN))
    again = await bench.until(TimeLimitReached, 2)
    assert again.question_id != asked.question_id and again.seconds >= asked.seconds

    assert await asyncio.wait_for(turn, 10) == "fulfilled"

    assert os.listdir(bench.folder) == ["late"]
    assert not bench.session.reply(again.question_id, ApprovalReply(decision=ApprovalDecision.ABORT))


async def test_a_human_has_the_command_stopped_for_its_time(open_session: Opener) -> None:
    bench = await open_session(plan("sleep 30; touch late", "touch after"), timeout=0.4)
    turn = asyncio.create_task(bench.order())
    asked = await bench.until(TimeLimitReached)
    assert bench.session.reply(asked.question_id, ApprovalReply(decision=ApprovalDecision.ABORT))

    assert await asyncio.wait_for(turn, 10) == "limit"

    assert bench.of(CommandFinished)[0].status == "timed_out" and os.listdir(bench.folder) == []


async def test_limits_begin_anew_with_each_turn(open_session: Opener) -> None:
    bench = await open_session(max_identical=1, max_steps=1)

    assert [await bench.order("!true") for _ in range(3)] == ["fulfilled"] * 3


async def test_a_declined_command_does_not_count(open_session: Opener) -> None:
    bench = await open_session(plan("wipefs -a /dev/sdzz"), can_ask=False, max_steps=1)

    assert await bench.order() == "declined"


@pytest.mark.parametrize("language", ["pt", "en"])
async def test_the_limit_is_told_in_the_users_language(open_session: Opener, language: str) -> None:
    bench = await open_session(plan("true", step("false")), max_steps=1, language=language)

    assert await bench.order() == "limit"

    (error,) = bench.of(ErrorOccurred)
    assert ("comando" in error.message) is (language == "pt")
    assert "{" not in error.message + error.hint
