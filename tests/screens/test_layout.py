"""What shows at which size."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fazai_tui.core import events as ev
from fazai_tui.core.plan import Risk

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]

PANES = ("chat", "plan", "shell", "memory")


def visible_panes(scene: Any) -> list[str]:
    """Return the panes that have room on the screen."""
    return [name for name in PANES if scene.screen.query_one(f"#{name}").region.area > 0]


@pytest.mark.parametrize("size", [(160, 48), (120, 40)])
async def test_from_120_columns_all_panes_show_at_once(open_scene: OpenScene, size: tuple[int, int]) -> None:
    async with open_scene(size) as scene:
        assert visible_panes(scene) == list(PANES)
        assert scene.screen.query_one("#tabs").region.area == 0
        assert scene.screen.query_one("#status").region.height == 1
        regions = [scene.screen.query_one(f"#{name}").region for name in PANES]
        assert not any(a.overlaps(b) for a in regions for b in regions if a is not b)


@pytest.mark.parametrize("size", [(119, 40), (80, 24)])
async def test_below_120_columns_one_pane_shows_and_function_keys_change_it(
    open_scene: OpenScene, size: tuple[int, int]
) -> None:
    async with open_scene(size) as scene:
        assert visible_panes(scene) == ["chat"]
        for key, pane in zip(("f6", "f7", "f8", "f5"), ("plan", "shell", "memory", "chat"), strict=True):
            await scene.press(key)
            assert visible_panes(scene) == [pane]
            assert scene.screen.query_one("#prompt").region.height >= 1


async def test_a_click_on_a_tab_shows_its_pane(open_scene: OpenScene) -> None:
    async with open_scene((80, 24)) as scene:
        await scene.pilot.click("#tab-shell")

        assert visible_panes(scene) == ["shell"]


async def test_a_tab_out_of_sight_tells_of_news(open_scene: OpenScene) -> None:
    async with open_scene((80, 24)) as scene:
        await scene.emit(ev.ContextBuilt(parts=(ev.ContextPart(name="order", text="x", tokens=3),), budget=10))
        assert scene.screen.query_one("#tab-memory").has_class("-news")

        await scene.press("f8")

        assert not scene.screen.query_one("#tab-memory").has_class("-news")


async def test_the_layout_follows_the_size_of_the_terminal(open_scene: OpenScene) -> None:
    async with open_scene((80, 24)) as scene:
        await scene.pilot.resize_terminal(140, 44)
        await scene.settle()

        assert visible_panes(scene) == list(PANES)


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("size", [(160, 48), (120, 40), (80, 24)])
async def test_an_approval_has_its_facts_and_keys_in_sight(
    open_scene: OpenScene, size: tuple[int, int], language: str
) -> None:
    async with open_scene(size, language=language) as scene:
        await scene.ask("systemctl restart nginx", Risk.HIGH)
        await scene.settle()

        screen = scene.app.screen.region
        for part in ("#approval-command", "#approval-risk", "#approval-facts", "#approval-keys"):
            region = scene.card.query_one(part).region
            assert region.height >= 1
            assert screen.contains_region(region)
        body = scene.card.query_one("#approval-body")
        assert body.max_scroll_y == 0
        assert scene.screen.query_one("#chat").region.height >= 3


async def test_a_long_command_scrolls_and_its_facts_stay(open_scene: OpenScene) -> None:
    async with open_scene((80, 24)) as scene:
        await scene.ask("\n".join(f"echo {number}" for number in range(40)), Risk.MEDIUM)
        await scene.settle()
        command = scene.card.query_one("#approval-command-scroll")
        assert command.max_scroll_y > 0
        assert scene.app.screen.region.contains_region(scene.card.query_one("#approval-facts").region)

        await scene.press("down", "down")

        assert command.scroll_offset.y == 2


@pytest.mark.parametrize("size", [(160, 48), (120, 40), (80, 24)])
async def test_the_status_line_shows_every_field(open_scene: OpenScene, size: tuple[int, int]) -> None:
    async with open_scene(size) as scene:
        await scene.emit(
            ev.GenerationFinished(input_tokens=9, cached_input_tokens=0, output_tokens=9, tokens_per_second=142.4)
        )
        await scene.until(lambda: scene.screen.parts.status.usage)

        text = str(scene.screen.parts.status.render())
        for field in (
            "pronto",
            "faisca",
            "142 tok/s",
            "claudio",
            "ordem",
            "danger-full-access",
            "untrusted",
            "projeto",
            "CPU 12%",
            "RAM 3.1/16G",
        ):
            assert field in text
