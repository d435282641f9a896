"""Draw the pictures in this folder from the running application, with a real session and the shipped model."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from fazai_tui.app import FazaiApp
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.screen import ScreenRequest, build_app
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.language import Language

FOLDER = Path(__file__).parent
THEMES = {"dark": "fazai-dark", "light": "fazai-light"}
ORDERS: dict[Language, str] = {
    "pt": "crie um script em bash de nome conta.sh que conte até 10",
    "en": "write a bash script called count.sh that counts to 10",
}
LIVE_COMMAND = "!for i in 1 2 3 4 5 6 7 8; do printf '\\e[3%dm%s\\e[0m  line %d\\n' $i '●●●' $i; done; sleep 30"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Stage:
    """A running application and the language it speaks."""

    app: FazaiApp
    pilot: Pilot[None]
    language: Language

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, and a little longer for the paint."""
        async with asyncio.timeout(SECONDS):
            while not holds():
                await self.pilot.pause(0.1)
        await self.pilot.pause(0.5)


Scene = Callable[[Stage], Awaitable[None]]


async def show_start(stage: Stage) -> None:
    """Show what a person sees first."""
    await stage.until(lambda: stage.app.main_screen.parts.status.state == "ready")


async def show_approval(stage: Stage) -> None:
    """Give an order and wait for the approval card."""
    await show_start(stage)
    stage.app.main_screen.send(ORDERS[stage.language])
    screen = stage.app.main_screen
    await stage.until(lambda: screen.parts.approvals.current or not screen.is_busy)
    if screen.parts.approvals.current is None:
        raise RuntimeError(f"no plan came of {ORDERS[stage.language]!r}: {screen.parts.chat.last_answer}")


async def show_result(stage: Stage) -> None:
    """Approve the plan and wait for its end."""
    await show_approval(stage)
    await stage.pilot.press("a")
    await stage.until(lambda: not stage.app.main_screen.is_busy)


async def show_running(stage: Stage) -> None:
    """Run a command after a plan was carried out."""
    await show_result(stage)
    screen = stage.app.main_screen
    screen.send(LIVE_COMMAND)
    await stage.until(lambda: screen.parts.status.state == "running" or screen.parts.approvals.current)
    if screen.parts.approvals.current is not None:
        await stage.pilot.press("y")
        await stage.until(lambda: screen.parts.status.state == "running")
    await stage.pilot.pause(1.2)


async def show_history(stage: Stage) -> None:
    """Look at what was done."""
    await show_result(stage)
    await stage.pilot.press("f9")
    await stage.pilot.pause(1.0)


SCENES: dict[str, tuple[Scene, tuple[int, int]]] = {
    "main": (show_start, (80, 24)),
    "approval": (show_approval, (160, 48)),
    "running": (show_running, (120, 40)),
    "done": (show_result, (160, 48)),
    "history": (show_history, (120, 40)),
}


async def draw(name: str, theme: str, language: Language, home: Path) -> Path:
    """Draw one picture and return where it is."""
    show, size = SCENES[name]
    project = home / "project"
    project.mkdir(parents=True)
    paths = Paths(home / "config", home / "data", home / "state", home / "run")
    environment = os.environ | {"FAZAI_INTERFACE__THEME": THEMES[theme]}
    invocation = Invocation(Texts(language), paths, environment)
    app = build_app(invocation, ScreenRequest(), str(project))
    async with app.run_test(size=size) as pilot:
        app.main_screen.parts.prompt.editor.cursor_blink = False
        await show(Stage(app, pilot, language))
        suffix = "" if language == "en" else f"-{language}"
        picture = Path(app.save_screenshot(f"{name}-{theme}-{size[0]}x{size[1]}{suffix}.svg", str(FOLDER)))
    if app.session is not None:
        await app.session.close()
    return picture


def main() -> None:
    """Draw every picture, or those whose names begin with an argument."""
    wanted = sys.argv[1:]
    for language in ORDERS:
        for theme in THEMES:
            for name in SCENES:
                if wanted and name not in wanted:
                    continue
                with tempfile.TemporaryDirectory(prefix="fazai-") as home:
                    print(asyncio.run(draw(name, theme, language, Path(home))).name, flush=True)


if __name__ == "__main__":
    main()
