"""What keys do outside of an approval card."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fazai_tui.core import events as ev
from fazai_tui.core.plan import Risk
from fazai_tui.screens.help import HelpScreen
from fazai_tui.screens.order_search import OrderSearch
from fazai_tui.screens.quit import QuitScreen
from fazai_tui.screens.settings import SettingsScreen

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


async def test_shift_tab_walks_through_the_modes_and_each_says_so(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        seen: list[tuple[str, str]] = []
        for _ in range(4):
            seen.append((scene.screen.mode, str(scene.screen.query_one("#prompt-frame").border_title)))
            assert seen[-1][1] in str(scene.screen.parts.status.render())
            await scene.press("shift+tab")

        assert seen == [("order", "ordem"), ("chat", "conversa"), ("dry-run", "ensaio"), ("order", "ordem")]


@pytest.mark.parametrize(
    ("presses", "text", "submitted"),
    [
        (0, "liste", ("liste", None, False)),
        (1, "liste", ("liste", "chat", False)),
        (2, "liste", ("liste", None, True)),
        (1, "!ls", ("!ls", None, False)),
    ],
)
async def test_the_mode_says_what_enter_does(
    open_scene: OpenScene, presses: int, text: str, submitted: tuple[str, str | None, bool]
) -> None:
    async with open_scene() as scene:
        await scene.press(*["shift+tab"] * presses)
        await scene.type(text)
        await scene.press("enter")
        await scene.settle()

        assert scene.session.submitted == [submitted]


async def test_ctrl_j_starts_a_new_line_and_enter_sends_both(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("um")
        await scene.press("ctrl+j")
        await scene.type("dois")
        await scene.press("enter")
        await scene.settle()

        assert scene.session.submitted == [("um\ndois", None, False)]
        assert scene.screen.parts.prompt.editor.text == ""


async def test_the_arrows_bring_earlier_orders_to_an_empty_prompt_only(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        prompt = scene.screen.parts.prompt
        for order in ("/mode", "/lang"):
            await scene.type(order)
            await scene.press("enter")
        await scene.press("up")
        assert prompt.editor.text == "/lang"
        await scene.press("up")
        assert prompt.editor.text == "/mode"
        await scene.press("down", "down")
        assert prompt.editor.text == ""

        await scene.type("novo")
        await scene.press("up")

        assert prompt.editor.text == "novo"


async def test_ctrl_r_searches_earlier_orders(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        for order in ("instale o nginx", "liste arquivos", "pare o nginx"):
            scene.screen.parts.prompt.history.add(order)
        await scene.press("ctrl+r")
        assert isinstance(scene.app.screen, OrderSearch)
        await scene.type("ngi inst")
        await scene.press("enter")

        assert scene.screen.parts.prompt.editor.text == "instale o nginx"


@pytest.mark.parametrize(("key", "screen"), [("f1", HelpScreen), ("f2", SettingsScreen)])
async def test_a_screen_opens_with_its_key_and_closes_with_escape(
    open_scene: OpenScene, key: str, screen: type[object]
) -> None:
    async with open_scene() as scene:
        await scene.press(key)
        assert isinstance(scene.app.screen, screen)

        await scene.press("escape")

        assert scene.app.screen is scene.screen


async def test_ctrl_c_interrupts_what_runs(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        scene.session.can_interrupt = True
        await scene.order()
        await scene.press("ctrl+c", "ctrl+c", "ctrl+c")

        assert scene.session.interrupts == 3
        assert scene.app.is_running


async def test_ctrl_c_twice_with_nothing_running_quits(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.press("ctrl+c")
        assert scene.app.is_running
        scene.clock.now += 2.1
        await scene.press("ctrl+c")
        assert scene.app.is_running

        scene.clock.now += 1.9
        await scene.press("ctrl+c")
        await scene.until(lambda: not scene.app.is_running)


async def test_ctrl_c_copies_a_selection_rather_than_count_towards_quitting(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.type("copie isto")
        await scene.press("ctrl+shift+left")
        await scene.press("ctrl+c", "ctrl+c")

        assert scene.app.clipboard == "isto"
        assert scene.app.is_running


async def test_ctrl_q_quits_at_once_when_nothing_runs(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.press("ctrl+q")
        await scene.until(lambda: not scene.app.is_running)


async def test_ctrl_q_asks_while_something_runs(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order()
        await scene.press("ctrl+q")
        assert isinstance(scene.app.screen, QuitScreen)
        await scene.press("n")
        assert scene.app.is_running

        await scene.press("ctrl+q", "y")
        await scene.until(lambda: not scene.app.is_running)


async def test_escape_stops_a_generation_and_a_command(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        scene.session.can_interrupt = True
        await scene.order()
        await scene.emit(ev.EngineStateChanged(state="thinking"))
        await scene.press("f5")
        await scene.press("escape")
        assert scene.session.interrupts == 1

        await scene.emit(ev.EngineStateChanged(state="ready"), scene.started())
        await scene.press("escape")
        assert scene.session.interrupts == 1, "it goes back to the prompt first"
        await scene.press("escape")

        assert scene.session.interrupts == 2


async def test_one_escape_too_many_for_the_keyboard_does_not_stop_the_command(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("!cat")
        await scene.emit(scene.started("cat"))
        await scene.press("ctrl+f")
        await scene.press("escape", "escape")
        await scene.settle()
        await scene.press("escape")
        assert scene.session.interrupts == 0

        scene.clock.now += 2
        await scene.press("escape")
        assert scene.session.interrupts == 1


async def test_escape_goes_from_a_pane_to_the_card_and_from_there_aborts(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.ask("ls", Risk.MEDIUM)
        await scene.press("f7")
        assert not scene.card.has_focus
        await scene.press("escape")
        assert scene.card.has_focus
        assert not scene.session.replies

        await scene.press("escape")

        assert len(scene.session.replies) == 1


async def test_an_order_waits_in_the_prompt_while_another_runs(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("primeira")
        await scene.type("segunda")
        await scene.press("enter")

        assert [text for text, _, _ in scene.session.submitted] == ["primeira"]
        assert scene.screen.parts.prompt.editor.text == "segunda"


async def test_keys_may_be_remapped(open_scene: OpenScene) -> None:
    async with open_scene(keys={"send": "ctrl+s", "help": "f4"}) as scene:
        await scene.type("liste")
        await scene.press("ctrl+s")
        await scene.settle()
        assert scene.session.submitted == [("liste", None, False)]

        await scene.press("f1")
        assert scene.app.screen is scene.screen
        await scene.press("f4")
        assert isinstance(scene.app.screen, HelpScreen)
