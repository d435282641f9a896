"""Whose turn it is on the one engine."""

import asyncio

from fazai_tui.engine.lent import FairTurns


async def test_those_who_wait_take_turns_whoever_asked_more_often() -> None:
    turns = FairTurns()
    order: list[str] = []

    async def take(user: str) -> None:
        async with turns.turn(user):
            order.append(user)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for user in ("greedy", "greedy", "greedy", "greedy", "modest", "third", "modest"):
            group.create_task(take(user))

    assert order == ["greedy", "greedy", "modest", "third", "greedy", "modest", "greedy"]
    assert not turns.is_taken and turns.waiting == 0


async def test_a_turn_that_nobody_wants_any_more_goes_to_the_next() -> None:
    turns = FairTurns()
    order: list[str] = []

    async def take(user: str) -> None:
        async with turns.turn(user):
            order.append(user)

    async with turns.turn("first"):
        waiting = [asyncio.create_task(take(user)) for user in ("second", "third", "fourth")]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    # The turn is the third one's by now, who has not been told.
    waiting[1].cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting, return_exceptions=True)

    assert order == ["fourth"]
    assert not turns.is_taken and turns.waiting == 0
