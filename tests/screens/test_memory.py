"""The Memory pane: what was recalled, why and how strongly; edit, pin and forget there."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from textual.widgets import Static

from fazai_tui.core import events as ev
from fazai_tui.core.memory import MemoryAction, MemoryEntry, Recalled
from fazai_tui.widgets.memory import MemoryPart
from fazai_tui.widgets.memory_entries import MemoryRow
from tests.screens.conftest import Scene

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]


def recalled(number: int = 1, **fields: object) -> Recalled:
    """Return a recalled plan."""
    entry = MemoryEntry.model_validate(
        {
            "id": f"{number:08x}-aaaa",
            "kind": "plan",
            "text": "mostre [b]o espaço[/b]",
            "commands": ("df -h",),
            "created_at": 0.0,
            "used_at": 0.0,
            **fields,
        }
    )
    return Recalled(entry=entry, score=0.87, match="both")


async def _touch(scene: Scene, action: MemoryAction, *items: Recalled, detail: str = "") -> None:
    await scene.emit(ev.MemoryTouched(action=action, recalled=items, detail=detail))


def _text(scene: Scene) -> str:
    pane = scene.screen.parts.memory
    return "\n".join(str(line.render()) for line in pane.entries.query(Static) if line.display)


async def test_what_was_recalled_is_shown_with_why_and_how_much(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await _touch(scene, "recalled", recalled(1), recalled(2), detail="found by words alone")
        text = _text(scene)
        assert "found by words alone" in text
        assert "plan  mostre [b]o espaço[/b]" in text
        assert "0.87 · like it in words and meaning" in text
        assert "$ df -h" in text
        await _touch(scene, "recalled", recalled(3))
        assert [row.entry_id for row in scene.screen.query(MemoryRow)] == ["00000003-aaaa"]


async def test_the_parts_of_a_prompt_leave_the_entries_in_place(open_scene: OpenScene) -> None:
    async with open_scene() as scene:
        await _touch(scene, "recalled", recalled())
        parts = (ev.ContextPart(name="memory", text="Known: x", tokens=3),)
        await scene.emit(ev.ContextBuilt(parts=parts, budget=100))
        await scene.emit(ev.ContextBuilt(parts=parts, budget=100))
        assert len(scene.screen.query(MemoryRow)) == 1
        assert len(scene.screen.query(MemoryPart)) == 1


async def test_keys_pin_forget_and_edit_an_entry(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        await _touch(scene, "recalled", recalled())
        await scene.press("f8", "tab", "p", "f")
        assert scene.session.memory.asked == [("pin", "00000001-aaaa"), ("forget", "00000001-aaaa")]
        await scene.press("e", "!", "enter")
        assert scene.session.memory.asked[-1] == ("edit", "00000001-aaaa", "mostre [b]o espaço[/b]!")
        await scene.press("e", "x", "escape")
        assert len(scene.session.memory.asked) == 3
        await _touch(scene, "pinned", recalled(pinned=True))
        assert "★ plan" in _text(scene) and "pinned: does not fade" in _text(scene)
        await _touch(scene, "forgotten", recalled())
        assert not scene.screen.query(MemoryRow)


async def test_slash_commands_reach_memory(open_scene: OpenScene) -> None:
    async with open_scene(language="en") as scene:
        scene.session.memory.found = (recalled(5),)
        for text in ("/remember the printer is bertha", "/forget 1234abcd", "/memory printer"):
            await scene.type(text)
            await scene.press("enter")
            await scene.settle()
        assert scene.session.memory.asked == [
            ("remember", "the printer is bertha", "en"),
            ("forget", "1234abcd"),
            ("find", "printer"),
        ]
        assert isinstance(scene.screen.focused, MemoryRow)
        assert "In memory:" in _text(scene)
