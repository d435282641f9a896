"""What a command changed in a layer that is thrown away, on the screen."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fazai_tui.core import events as ev
from fazai_tui.core.undo import FileChange

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


async def test_changes_are_told_in_the_chat(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        changes = (FileChange(path="/srv/[b]a", kind="add"), FileChange(path="/srv/c", kind="delete"))
        await scene.emit(ev.FilesChanged(command_id="c1", step_id="s1", changes=changes, left_out=2))
        await scene.until(lambda: "/srv/c" in scene.chat_text)
        shown = scene.chat_text
        assert "+ /srv/[b]a" in shown and "- /srv/c" in shown
