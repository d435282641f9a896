"""The screen on a terminal of its own, with a generation and a flood of output running. Started by the benchmark."""

import asyncio
from collections.abc import Callable, Sequence

from fazai_tui.app import FazaiApp, OpenedSession
from fazai_tui.config.texts import Texts
from fazai_tui.core import events as ev
from fazai_tui.core.jobs import Job
from fazai_tui.core.plan import Plan, Risk, Step
from fazai_tui.core.policy import ApprovalReply, Assessment, Decision
from fazai_tui.core.ports import EventSink
from fazai_tui.core.secret import Secret
from fazai_tui.screens.ports import ScreenOptions
from fazai_tui.session.profile import SessionProfile
from fazai_tui.themes.registry import DARK_THEME, load_themes
from fazai_tui.widgets.status_bar import Usage

CHUNK = "".join(
    f"\x1b[3{number % 8}m{number:08d}\x1b[0m 0123456789012345678901234567890123456789\r\n" for number in range(1000)
)
"""About 64 KB, as the shell hands it over."""

CHUNK_SECONDS = 0.003
TOKEN_SECONDS = 0.01
GRADE = Assessment(command="seq", risk=Risk.LOW, decision=Decision.ALLOW)


class FloodingSession:
    """A session in which a command prints 20 MB/s while a model answers."""

    id = "flood"
    cwd = "/"
    is_busy = True

    def __init__(self) -> None:
        self.settings = SessionProfile()
        self._sinks: list[EventSink] = []
        self._tasks: list[asyncio.Task[None]] = []

    def subscribe(self, sink: EventSink) -> Callable[[], None]:
        self._sinks.append(sink)
        return lambda: self._sinks.remove(sink)

    def _emit(self, event: ev.Event) -> None:
        for sink in self._sinks:
            sink(event)

    async def start(self) -> None:
        self._emit(ev.SessionStarted(session_id=self.id, cwd=self.cwd))

    async def load_engine(self) -> None:
        self._emit(ev.TurnStarted(turn_id="t", order="flood", kind="order"))
        plan = Plan(goal="flood", steps=(Step(id="s1", title="flood", command="seq"),))
        self._emit(ev.PlanProposed(plan=plan))
        self._emit(ev.CommandStarted(command_id="c", step_id="s1", command="seq", cwd="/", assessment=GRADE))
        self._tasks = [asyncio.create_task(self._print()), asyncio.create_task(self._answer())]

    async def _print(self) -> None:
        while True:
            self._emit(ev.OutputReceived(command_id="c", text=CHUNK))
            await asyncio.sleep(CHUNK_SECONDS)

    async def _answer(self) -> None:
        for number in range(1_000_000):
            end = "\n\n" if number % 40 == 39 else " "
            self._emit(ev.TokenGenerated(text=f"word{end}", purpose="answer"))
            await asyncio.sleep(TOKEN_SECONDS)

    async def submit(self, text: str, kind: ev.TurnKind | None = None, *, dry_run: bool = False) -> ev.TurnStatus:
        return "fulfilled"

    def reply(self, approval_id: str, reply: ApprovalReply) -> bool:
        return False

    async def explain(self, command: str, cwd: str) -> Sequence[str]:
        return (f"{command.split()[0]}: explained",)

    async def touches(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        return tuple(f"resolved {path}" for path in assessment.writes)

    async def ways_back(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        return ()

    def assess(self, command: str, cwd: str) -> Assessment:
        return GRADE

    def interrupt(self) -> bool:
        return False

    def can_take(self, text: str) -> bool:
        return False

    def write_input(self, data: bytes, command_id: str = "") -> None:
        pass

    def write_secret(self, secret: Secret, command_id: str, asker: ev.AskingProgram) -> bool:
        return False

    def jobs(self) -> Sequence[Job]:
        return ()

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        return False

    def resize(self, columns: int, rows: int) -> None:
        pass

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()


class QuietMachine:
    """A machine whose load stands still."""

    def usage(self) -> Usage:
        return Usage(cpu=1, memory_used=1, memory_total=2)

    def list_paths(self, fragment: str, cwd: str, limit: int) -> Sequence[str]:
        return ()


async def open_session() -> OpenedSession:
    """Return the flooding session."""
    return OpenedSession(FloodingSession())


if __name__ == "__main__":
    texts = Texts("en")
    FazaiApp(
        open_session,
        texts=texts,
        themes=load_themes(None, texts),
        theme=DARK_THEME,
        options=ScreenOptions(),
        surroundings=QuietMachine(),
    ).run()
