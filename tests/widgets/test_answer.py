"""An answer that is written while keys are typed."""

import asyncio

import pytest
from textual.app import App, ComposeResult

from fazai_tui.widgets.answer import Answer

HELD_SECONDS = 0.4


class AnswerApp(App[None]):
    """An application that is an answer."""

    def compose(self) -> ComposeResult:
        """Show the answer alone."""
        yield Answer()


@pytest.mark.parametrize("is_waiting", [False, True])
async def test_what_comes_while_keys_are_typed_is_laid_out_after_them(is_waiting: bool) -> None:
    app = AnswerApp()
    async with app.run_test() as pilot:
        answer = app.query_one(Answer)
        answer.write("first")
        await asyncio.sleep(0.2)
        await pilot.pause()
        assert answer.source == "first"

        if is_waiting:
            answer.write(" second")
        answer.hold(HELD_SECONDS, 10)
        if not is_waiting:
            answer.write(" second")
        await asyncio.sleep(HELD_SECONDS / 2)
        assert answer.source == "first"
        await asyncio.sleep(HELD_SECONDS)
        await pilot.pause()
        assert answer.source == "first second"


async def test_typing_does_not_hold_an_answer_for_ever() -> None:
    app = AnswerApp()
    async with app.run_test() as pilot:
        answer = app.query_one(Answer)
        answer.write("first")
        await asyncio.sleep(0.2)
        answer.write(" second")

        for _ in range(20):
            answer.hold(10, HELD_SECONDS)
            await asyncio.sleep(HELD_SECONDS / 10)
        await pilot.pause()

        assert answer.source == "first second"


async def test_the_end_of_an_answer_waits_for_nothing() -> None:
    app = AnswerApp()
    async with app.run_test():
        answer = app.query_one(Answer)
        answer.write("first")
        answer.hold(10, 10)
        answer.write(" second")

        await answer.finish("first second")

        assert answer.source == "first second"
