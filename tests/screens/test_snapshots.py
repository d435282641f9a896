"""How the screens look: two themes, two sizes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

LookOf = Callable[..., bool]

SIZES = [(160, 48), (80, 24)]
THEMES = ["fazai-dark", "fazai-light"]


async def _wait_for_approval(scene: Any) -> None:
    await scene.tell_until_approval()


async def _finish(scene: Any) -> None:
    await scene.tell_until_approval()
    await scene.tell_the_rest()


async def _open_history(scene: Any) -> None:
    await scene.press("f9")
    await scene.until(lambda: scene.app.screen.query_one("#history-detail").render().plain)


async def _open_help(scene: Any) -> None:
    await scene.press("f1")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "situation", [_wait_for_approval, _finish, _open_history, _open_help], ids=["approval", "done", "history", "help"]
)
def test_look(look_of: LookOf, situation: Callable[[Any], Awaitable[None]], size: tuple[int, int], theme: str) -> None:
    assert look_of(situation, size=size, theme=theme)
