"""Input for the running program: a line, a secret, or the whole keyboard."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from textual.widgets import Input

from fazai_tui.core import events as ev
from fazai_tui.widgets.input_card import InputCard
from fazai_tui.widgets.program_display import ProgramDisplay
from tests.screens.samples import ASKER

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


async def test_a_line_goes_to_the_program(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.order("!apt install x")
        await scene.emit(scene.started("apt install x"), ev.InputAwaited(command_id="c1", is_secret=False, asker=ASKER))
        card = scene.screen.query_one(InputCard)
        assert "espera" in scene.screen.parts.chat.activity.label
        assert card.query_one(Input).has_focus
        await scene.type("yes")
        await scene.press("enter")

        assert scene.session.written == [b"yes\n"]
        assert not scene.screen.query(InputCard)
        assert scene.screen.parts.prompt.editor.has_focus


async def test_escape_lets_the_program_wait(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started(), ev.InputAwaited(command_id="c1", is_secret=False, asker=ASKER))
        await scene.press("escape")

        assert not scene.screen.query(InputCard)
        assert not scene.session.written


async def test_ctrl_f_gives_the_program_every_key_and_escape_twice_takes_them_back(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("cat"))
        await scene.press("ctrl+f")
        await scene.press("a", "ctrl+c", "ctrl+q", "f1", "tab", "shift+tab", "up", "enter", "escape", "b")
        assert b"".join(scene.session.written) == b"a\x03\x11\x1bOP\t\x1b[Z\x1b[A\r\x1bb"
        assert scene.app.screen is scene.screen
        assert scene.session.interrupts == 0

        await scene.press("escape", "escape")
        await scene.settle()

        assert scene.screen.parts.prompt.editor.has_focus
        await scene.type("x")
        assert scene.screen.parts.prompt.editor.text == "x"


async def test_a_paste_goes_to_the_program_with_the_keyboard(open_scene: OpenScene) -> None:
    from textual import events

    async with open_scene() as scene:
        await scene.emit(scene.started("cat"))
        await scene.press("ctrl+f")
        scene.app.post_message(events.Paste("colado"))
        await scene.until(lambda: scene.session.written)

        assert scene.session.written == [b"colado"]


async def test_without_a_program_the_keyboard_stays(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.press("ctrl+f")
        await scene.type("x")

        assert not scene.session.written


async def test_the_end_of_the_command_gives_the_keyboard_back(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await scene.emit(scene.started("cat"))
        await scene.press("ctrl+f")
        await scene.emit(scene.ended())

        assert not scene.screen.has_given_keyboard
        assert scene.screen.parts.prompt.editor.has_focus


async def test_a_full_screen_program_has_a_screen_until_it_leaves(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        output = "before\r\n\x1b[?1049h\x1b[2J\x1b[3;5Hhello\x1b[>4;2m\x1b[6n"
        await scene.emit(scene.started("vim"), ev.OutputReceived(command_id="c1", text=output))
        display = scene.screen.query_one(ProgramDisplay)
        assert display.plain_text.splitlines()[2] == "    hello"
        assert scene.session.written == [b"\x1b[3;10R"]
        assert scene.screen.parts.shell.view.region.area == 0

        await scene.emit(ev.OutputReceived(command_id="c1", text="\x1b[?1049lafter\r\n"))

        assert not scene.screen.query(ProgramDisplay)
        lines = scene.screen.parts.shell.log_lines.plain_text.splitlines()
        assert lines[-2:] == ["before", "after"]


async def test_programs_are_told_the_size_they_may_fill(open_scene: OpenScene) -> None:
    async with open_scene((160, 48)) as scene:
        columns, rows = scene.session.sizes[-1]
        region = scene.screen.parts.shell.log_lines.scrollable_content_region
        assert region.width - 1 <= columns <= region.width
        assert rows <= scene.screen.parts.shell.region.height

        await scene.pilot.resize_terminal(100, 30)
        await scene.press("f7")
        await scene.settle()

        assert scene.session.sizes[-1] != (columns, rows)


async def test_an_escape_reaches_the_program_alone_but_not_the_two_that_give_the_keyboard_back(
    open_scene: OpenScene,
) -> None:
    async with open_scene() as scene:
        await scene.order("!vim")
        await scene.emit(scene.started("vim"))
        await scene.press("ctrl+f")

        await scene.press("escape")
        assert scene.session.written == [], "it may be the first of two"
        await scene.until(lambda: scene.session.written == [b"\x1b"])
        await scene.press("escape", "colon", "w")
        await scene.settle()
        assert b"".join(scene.session.written) == b"\x1b\x1b:w", "the next key does not wait"

        await scene.press("escape", "escape")
        await scene.settle()
        assert not scene.screen.has_given_keyboard
        assert b"".join(scene.session.written) == b"\x1b\x1b:w"
