"""/persona, /context, and who leads on the screen."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fazai_tui.core import events as ev
from fazai_tui.widgets.memory import MemoryPart

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


async def run(scene: Any, command: str) -> None:
    """Send a command."""
    scene.screen.send(command)
    await scene.settle()


async def test_a_persona_is_chosen_and_greets(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await run(scene, "/persona yui")
        await scene.until(lambda: "hello from yui" in scene.chat_text)
        assert scene.session.settings.persona == "yui"
        assert "yui" in str(scene.screen.parts.status.render())
        await run(scene, "/persona")
        await scene.until(lambda: "Persona: yui. Others: claudio, auto" in scene.chat_text)


async def test_one_that_is_not_there_changes_nothing(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await run(scene, "/persona nobody")
        await scene.until(lambda: "no nobody" in scene.chat_text)
        assert scene.session.settings.persona == "claudio"


async def test_context_shows_the_parts(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await run(scene, "/context")
        await scene.until(lambda: "Say for which order" in scene.chat_text)
        await run(scene, "/context show the disks")
        await scene.until(lambda: "9 of 100 tokens" in scene.chat_text)
        assert scene.session.context.asked == ["show the disks"]
        assert len(scene.screen.query(MemoryPart)) == 1
        assert isinstance(scene.screen.focused, MemoryPart)
        assert "compact model gets only the examples" in scene.chat_text


async def test_the_leader_and_why_are_shown_when_they_change(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        led = ev.PersonaLed(name="heathcliff", reason="memory [b]at[/b] 91 %", is_auto=True)
        await scene.emit(led)
        await scene.emit(led.model_copy(update={"is_new": False}))
        assert scene.chat_text.count("heathcliff leads: memory [b]at[/b] 91 %") == 1
        assert "heathcliff (auto)" in str(scene.screen.parts.status.render())
