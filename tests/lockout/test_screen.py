"""The countdown on a real terminal: a change that is put back, and one that is kept."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Tmux
from tests.lockout.conftest import Room, wait_for

CARD = "─ Aprovação ─|━ Aprovação ━"
GUARD = "━ Proteção de acesso ━"


@dataclass
class RoomTerminal(Tmux):
    """A terminal whose server runs in the room, and all that is typed with it."""

    room: Room | None = None

    def ask(self, variable: str) -> str:
        """Return what tmux knows of the terminal."""
        return self._ask(variable)

    def _command(self, *arguments: str) -> list[str]:
        assert self.room is not None
        return self.room.enter(*super()._command(*arguments))


@pytest.fixture
def terminal(room: Room, tmp_path: Path) -> Iterator[RoomTerminal]:
    """Give the assistant in the room, with little time to decide."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: the end-to-end tests type into a terminal of their own")
    with tempfile.TemporaryDirectory(prefix="fz-") as place:
        opened = RoomTerminal(Path(place), tmp_path, room.home, room)
        try:
            yield opened
        finally:
            opened.close()


def drop_the_route(terminal: RoomTerminal, seconds: int) -> str:
    """Have a step approved that takes a route away; return the screen with the countdown."""
    terminal.start(130, 40, variables={"FAZAI_GUARD__SECONDS": str(seconds)})
    terminal.wait_for("● pronto")
    terminal.order("!ip route del 10.8.0.0/16")
    shown = terminal.wait_for(f"se você não[\\s\\S]*{seconds} s depois|{seconds} s depois")
    assert "proteção" in shown
    return terminal.press_on("y executar", "y", until=GUARD)


def test_without_an_answer_it_is_put_back(terminal: RoomTerminal, room: Room) -> None:
    shown = drop_the_route(terminal, 4)

    assert "Você ainda tem" in shown and "k/F3 sim, manter a mudança" in shown
    terminal.wait_for(r"⛨ [1-3] s")
    terminal.wait_for("o tempo acabou sem")
    assert "10.8.0.0" in room.sh("ip route")
    terminal.wait_for(rf"\A(?![\s\S]*{GUARD})")


def test_what_is_kept_stays(terminal: RoomTerminal, room: Room) -> None:
    drop_the_route(terminal, 60)

    terminal.press("C-q")
    terminal.wait_for("A proteção de acesso espera")
    terminal.press("n")
    terminal.press_on(GUARD, "k", until="confirmado, o que mudou")

    assert "10.8.0.0" not in room.sh("ip route")
    terminal.press("C-q")
    wait_for(lambda: not terminal.is_open(), "the end")


def test_it_goes_on_when_fazai_is_killed(terminal: RoomTerminal, room: Room) -> None:
    drop_the_route(terminal, 3)

    pane = psutil.Process(int(terminal.ask("pane_pid")))
    for process in (*pane.children(recursive=True), pane):
        process.kill()

    wait_for(lambda: "10.8.0.0" in room.sh("ip route"), "the route")
