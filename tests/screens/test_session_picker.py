"""The list of sessions: searched as one types, held, copied, named, deleted, and what a resumed one shows."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList, Static

from fazai_tui.cli.lazy_sessions import LazySessions
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import MessageProduced, SessionStarted, TurnFinished, TurnStarted
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.ledger.sessions import SessionBook
from fazai_tui.screens.confirmation import ConfirmationScreen
from fazai_tui.screens.past import show_past
from fazai_tui.screens.ports import SessionWish
from fazai_tui.screens.session_picker import SessionPicker

OpenScene = Callable[..., AbstractAsyncContextManager[Any]]
TEXTS = Texts("pt")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a ledger of two sessions that nobody has open, `bbb` used last."""
    place = tmp_path / "ledger.db"
    ledger = SqliteLedger(place, TEXTS)
    for session, order in (("aaa", "veja o [b]disco"), ("bbb", "instale o nginx")):
        ledger.record(session, SessionStarted(session_id=session, cwd="/srv"))
        ledger.record(session, TurnStarted(turn_id=f"t{session}", order=order, kind="order"))
        ledger.record(session, MessageProduced(text=f"fim de {order}"))
        ledger.record(session, TurnFinished(turn_id=f"t{session}", status="fulfilled"))
        ledger.leave(session)
    ledger.close()
    return place


class Picked:
    """A picker over a running app, and what it came back with."""

    def __init__(self, scene: Any, file: Path) -> None:
        self.scene = scene
        self.book = SessionBook(file, TEXTS)
        self.wishes: list[SessionWish | None] = []
        self.picker = SessionPicker(TEXTS, LazySessions(file, TEXTS), {})

    async def open(self) -> None:
        """Show the picker and wait until it lists what there is."""
        self.scene.app.push_screen(self.picker, self.wishes.append)
        await self.shows(2)

    async def shows(self, count: int) -> None:
        """Wait until so many sessions are listed."""
        await self.scene.until(lambda: self.picker.is_mounted and self.options.option_count == count)

    @property
    def options(self) -> OptionList:
        return self.picker.query_one(OptionList)


async def test_a_session_is_searched_and_taken(open_scene: OpenScene, file: Path) -> None:
    async with open_scene() as scene:
        picked = Picked(scene, file)
        await picked.open()
        assert "instale o nginx" in str(picked.options.get_option_at_index(0).prompt)

        await scene.type("disc")
        await picked.shows(1)
        assert "veja o [b]disco" in str(picked.options.get_option_at_index(0).prompt)
        await scene.press("enter")
        await scene.until(lambda: picked.wishes)

        assert picked.wishes == [SessionWish("aaa")]
        assert picked.book.find("aaa").holder is not None


async def test_a_copy_leaves_the_session_as_it_is(open_scene: OpenScene, file: Path) -> None:
    async with open_scene() as scene:
        picked = Picked(scene, file)
        await picked.open()
        await scene.press("ctrl+o")
        await scene.until(lambda: picked.wishes)

        (wish,) = picked.wishes
        assert wish is not None and picked.book.find(wish.session).forked_from == "bbb"


async def test_a_session_that_is_held_is_not_taken(
    open_scene: OpenScene, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_scene() as scene:
        picked = Picked(scene, file)
        picked.book.claim("bbb")
        # To what follows, this process is another one.
        monkeypatch.setattr("fazai_tui.ledger.sessions.this_process", lambda: "another 1 1")
        await picked.open()
        await scene.press("enter")
        await scene.until(lambda: "aberta no processo" in str(picked.picker.query_one(Static).render()))

        assert picked.wishes == []


async def test_a_session_is_renamed_and_deleted_only_after_a_yes(open_scene: OpenScene, file: Path) -> None:
    async with open_scene() as scene:
        picked = Picked(scene, file)
        await picked.open()
        await scene.press("ctrl+r")
        await scene.type("web")
        await scene.press("enter")
        await scene.until(lambda: picked.book.find("bbb").title == "web")

        await scene.press("ctrl+d")
        assert isinstance(scene.app.screen, ConfirmationScreen)
        await scene.press("n")
        assert len(picked.book.sessions()) == 2
        await scene.press("ctrl+d", "s")
        await picked.shows(1)

        assert [entry.id for entry in picked.book.sessions()] == ["aaa"]


async def test_what_was_said_comes_back_to_the_chat(open_scene: OpenScene, file: Path) -> None:
    async with open_scene() as scene:
        past = SessionBook(file, TEXTS).past("aaa")
        await show_past(scene.screen.parts.chat, past, "disco", TEXTS)
        await scene.settle()

        shown = scene.chat_text
        assert shown.index("veja o [b]disco") < shown.index("fim de veja") < shown.index("retomada: disco")
