"""The history screen."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.widgets import OptionList, Static

from fazai_tui.core.errors import LedgerError
from fazai_tui.core.events import ApprovalDecided
from fazai_tui.core.plan import Plan, Risk, Step
from fazai_tui.core.policy import ApprovalDecision, Assessment, Decision
from fazai_tui.ledger.entries import CommandEntry, TurnDetail, TurnEntry
from fazai_tui.screens.history import HistoryScreen

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]

ORDERS = ("instale o nginx", "liste [bold]arquivos", "pare o nginx")


def detail(order: str, number: int) -> TurnDetail:
    """Return a finished turn."""
    at = datetime(2025, 3, 4, 5, number, tzinfo=UTC)
    command = f"echo {number}"
    grade = Assessment(command=command, risk=Risk.MEDIUM, decision=Decision.ASK)
    return TurnDetail(
        turn=TurnEntry(
            id=f"turn-{number}",
            session_id="s",
            started_at=at,
            order=order,
            kind="order",
            status="failed" if number == 1 else "fulfilled",
            reason="",
            cwd="/srv",
            commands=1,
            duration_ms=2300,
            input_tokens=1,
            output_tokens=2,
        ),
        plans=(Plan(goal=order, steps=(Step(id="s1", title="Um passo", command=command),)),),
        approvals=(
            ApprovalDecided(
                approval_id="a",
                step_id="s1",
                command=command,
                assessment=grade,
                decision=ApprovalDecision.RUN,
                decided_by="user",
            ),
        ),
        commands=(
            CommandEntry(
                id=f"c{number}",
                step_id="s1",
                command=command,
                cwd="/srv",
                risk=Risk.MEDIUM,
                status="completed",
                exit_code=0,
                output=f"saiu {number} [/b]",
                started_at=at,
                duration_ms=12,
            ),
        ),
        messages=("Feito.",),
        errors=(),
    )


class Turns:
    """A history held in memory."""

    def __init__(self) -> None:
        self.details = {f"turn-{number}": detail(order, number) for number, order in enumerate(ORDERS)}

    def list_turns(self, limit: int, text: str = "") -> Sequence[TurnEntry]:
        return [item.turn for item in self.details.values() if text in item.turn.order][:limit]

    def turn(self, turn_id: str) -> TurnDetail:
        return self.details[turn_id]


class Broken(Turns):
    """A history that cannot be read."""

    def list_turns(self, limit: int, text: str = "") -> Sequence[TurnEntry]:
        raise LedgerError("Registro", "quebrado", "remova")


def rows(scene: Any) -> list[str]:
    """Return the first line of each row of the list."""
    options = scene.app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(index).prompt).split("\n")[0] for index in range(options.option_count)]


def detail_text(scene: Any) -> str:
    """Return what the detail shows."""
    return str(scene.app.screen.query_one("#history-detail", Static).render())


@pytest.mark.parametrize("size", [(160, 48), (80, 24)])
async def test_the_list_shows_turns_and_the_detail_of_the_first(open_scene: OpenScene, size: tuple[int, int]) -> None:
    async with open_scene(size, history=Turns()) as scene:
        await scene.press("f9")
        await scene.until(lambda: "saiu 0" in detail_text(scene))

        assert rows(scene) == ["✓ instale o nginx", "× liste [bold]arquivos", "✓ pare o nginx"]
        for part in ("instale o nginx", "Um passo", "aprovado echo 0", "$ echo 0", "saída 0", "saiu 0 [/b]", "Feito."):
            assert part in detail_text(scene)
        for part in ("#history-list", "#history-right", "#history-keys"):
            assert scene.app.screen.query_one(part).region.height >= 1


async def test_the_filter_narrows_the_list(open_scene: OpenScene) -> None:
    async with open_scene(history=Turns()) as scene:
        await scene.press("f9", "slash")
        await scene.type("nginx")
        await scene.until(lambda: len(rows(scene)) == 2)
        await scene.press("enter", "down")
        await scene.until(lambda: "saiu 2" in detail_text(scene))


async def test_r_runs_the_order_again(open_scene: OpenScene) -> None:
    async with open_scene(history=Turns()) as scene:
        await scene.press("f9")
        await scene.until(lambda: rows(scene))
        await scene.press("down", "down", "r")
        await scene.settle()

        assert [text for text, _, _ in scene.session.submitted] == ["pare o nginx"]
        assert scene.app.screen is scene.screen


async def test_r_in_the_filter_is_a_letter(open_scene: OpenScene) -> None:
    async with open_scene(history=Turns()) as scene:
        await scene.press("f9", "slash", "r")

        assert isinstance(scene.app.screen, HistoryScreen)


async def test_escape_goes_back_step_by_step(open_scene: OpenScene) -> None:
    async with open_scene(history=Turns()) as scene:
        await scene.press("f9")
        await scene.until(lambda: rows(scene))
        await scene.press("enter", "escape")
        assert isinstance(scene.app.screen, HistoryScreen)
        await scene.press("escape")

        assert scene.app.screen is scene.screen
        assert not scene.session.submitted


async def test_a_ledger_that_cannot_be_read_says_why(open_scene: OpenScene) -> None:
    async with open_scene(history=Broken()) as scene:
        await scene.press("f9")
        await scene.until(lambda: "quebrado" in str(scene.app.screen.query_one("#history-empty", Static).render()))


async def test_orders_of_earlier_sessions_come_with_the_arrows(open_scene: OpenScene) -> None:
    async with open_scene(history=Turns()) as scene:
        await scene.until(lambda: scene.screen.parts.prompt.history.orders)
        await scene.press("up")

        assert scene.screen.parts.prompt.editor.text == "instale o nginx"


async def test_without_a_history_the_key_says_so(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.press("f9")

        assert scene.app.screen is scene.screen
