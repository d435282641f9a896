"""The lock-out guard on the screen: a countdown that asks, keys and commands that decide."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fazai_tui.core import events as ev
from fazai_tui.core.lockout import GuardOutcome, GuardState, GuardStatus
from fazai_tui.core.plan import Risk
from fazai_tui.screens.quit import QuitScreen
from fazai_tui.widgets.guard_card import ARMED_SECONDS

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


def guard(state: GuardState = "armed", left: float | None = 60.0, **facts: object) -> ev.GuardChanged:
    """Return what the session tells of a guard."""
    known = {"id": "ab12cd34", "state": state, "left": left, "subjects": ("firewall",), "is_own": True, **facts}
    return ev.GuardChanged(status=GuardStatus.model_validate({"commands": ("nft flush ruleset",), **known}))


async def test_it_counts_on_the_card_and_in_the_status_line(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(guard(left=None))
        assert scene.screen.parts.status.guard == "⛨"
        await scene.emit(guard(left=60.0))
        [card] = scene.screen.router.guards.cards
        assert card.left == 60
        assert scene.screen.focused is card

        scene.clock.now += 12.5
        await scene.until(lambda: scene.screen.parts.status.guard == "⛨ 48 s")

        assert card.left == 48
        assert "⛨ 48 s" in scene.screen.parts.status.render().plain
        await scene.emit(guard(left=60.0, commands=("nft flush ruleset", "ufw reload")))
        assert card.left == 60, "another step gives it more time"


@pytest.mark.parametrize(("key", "decided"), [("k", True), ("r", False), ("f3", True), ("f4", False)])
async def test_keys_decide(open_scene: OpenScene, key: str, decided: bool) -> None:
    async with open_scene() as scene:
        await scene.emit(guard())
        scene.clock.now += ARMED_SECONDS

        await scene.press(key)

        await scene.until(lambda: scene.session.guard.decided == [decided])


async def test_a_key_that_was_meant_for_something_else_decides_nothing(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(guard())

        await scene.press("k")

        assert scene.session.guard.decided == []


async def test_it_does_not_take_the_keys_from_who_is_typing(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("lis")
        await scene.emit(guard())
        scene.clock.now += ARMED_SECONDS

        await scene.type("k")

        assert scene.screen.parts.prompt.editor.text == "lisk"
        assert scene.session.guard.decided == []


@pytest.mark.parametrize(("command", "decided"), [("/keep", True), ("/revert", False)])
async def test_commands_decide(open_scene: OpenScene, command: str, decided: bool) -> None:
    async with open_scene() as scene:
        await scene.type(command)
        await scene.press("enter")

        await scene.until(lambda: scene.session.guard.decided == [decided])


async def test_the_end_is_told(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(guard())
        outcomes = (
            GuardOutcome(kind="firewall", name="nft", is_back=True),
            GuardOutcome(kind="link", name="wg[0]", is_back=False, detail="deleted"),
        )

        await scene.emit(guard("failed", 0.0, outcomes=outcomes))

        assert scene.screen.router.guards.cards == []
        assert scene.screen.parts.status.guard == ""
        assert "nem tudo pôde ser desfeito" in scene.chat_text
        assert "desfeito: nft" in scene.chat_text and "não desfeito: wg[0] (deleted)" in scene.chat_text


async def test_what_nobody_watches_is_offered(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(guard(left=3.0, is_orphan=True, is_own=False))

        [card] = scene.screen.router.guards.cards
        assert card.left is None
        assert "ninguém mais vigia" in scene.chat_text


async def test_quitting_asks_while_it_counts(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(guard())

        await scene.press("ctrl+q")

        assert isinstance(scene.app.screen, QuitScreen)
        await scene.press("n")
        await scene.emit(guard("confirmed", 0.0))
        await scene.press("ctrl+q")
        assert not scene.app.is_running or not isinstance(scene.app.screen, QuitScreen)


async def test_the_approval_card_says_it_for_an_edited_command_too(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("ls", Risk.LOW)
        await scene.press("e")
        scene.card.body.editor.text = "nft flush ruleset"
        await scene.until(lambda: "guards nft" in str(scene.card.body.query_one("#approval-facts").render()))
