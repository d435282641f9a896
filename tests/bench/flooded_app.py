"""The screen on a terminal of its own, with a generation and a flood of output running. Started by the benchmark."""

import asyncio
from dataclasses import dataclass, field

from fazai_tui.app import FazaiApp, OpenedSession
from fazai_tui.config.texts import Texts
from fazai_tui.core import events as ev
from fazai_tui.core.plan import Plan, Risk, Step
from fazai_tui.core.policy import Assessment, Decision
from fazai_tui.screens.ports import ScreenOptions, SessionWish
from fazai_tui.themes.registry import DARK_THEME, load_themes
from tests.screens.scripted import QuietMachine, ScriptedSession

CHUNK = "".join(
    f"\x1b[3{number % 8}m{number:08d}\x1b[0m 0123456789012345678901234567890123456789\r\n" for number in range(1000)
)
"""About 64 KB, as the shell hands it over."""

CHUNK_SECONDS = 0.003
TOKEN_SECONDS = 0.01
GRADE = Assessment(command="seq", risk=Risk.LOW, decision=Decision.ALLOW)


@dataclass
class FloodingSession(ScriptedSession):
    """A session in which a command prints 20 MB/s while a model answers."""

    cwd: str = "/"
    is_busy: bool = True
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    async def load_engine(self) -> None:
        self.emit(ev.TurnStarted(turn_id="t", order="flood", kind="order"))
        plan = Plan(goal="flood", steps=(Step(id="s1", title="flood", command="seq"),))
        self.emit(ev.PlanProposed(plan=plan))
        self.emit(ev.CommandStarted(command_id="c", step_id="s1", command="seq", cwd="/", assessment=GRADE))
        self.tasks = [asyncio.create_task(self._print()), asyncio.create_task(self._answer())]

    async def _print(self) -> None:
        while True:
            self.emit(ev.OutputReceived(command_id="c", text=CHUNK))
            await asyncio.sleep(CHUNK_SECONDS)

    async def _answer(self) -> None:
        for number in range(1_000_000):
            end = "\n\n" if number % 40 == 39 else " "
            self.emit(ev.TokenGenerated(text=f"word{end}", purpose="answer"))
            await asyncio.sleep(TOKEN_SECONDS)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()


async def open_session(_: SessionWish) -> OpenedSession:
    """Return the flooding session."""
    return OpenedSession(FloodingSession())


def main() -> None:
    """Run the screen."""
    texts = Texts("en")
    FazaiApp(
        open_session,
        texts=texts,
        themes=load_themes(None, texts),
        theme=DARK_THEME,
        options=ScreenOptions(),
        surroundings=QuietMachine(),
    ).run()
