"""A session whose events the tests write, and an app on top of it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fazai_tui.app import FazaiApp, OpenedSession
from fazai_tui.bridge import FRAME_SECONDS
from fazai_tui.config.texts import Texts
from fazai_tui.core import events as ev
from fazai_tui.core.language import Language
from fazai_tui.core.plan import Risk, StepStatus
from fazai_tui.core.policy import ApprovalDecision
from fazai_tui.ledger.entries import TurnDetail, TurnEntry
from fazai_tui.screens.main import MainScreen
from fazai_tui.screens.ports import HistoryReader, ScreenOptions, SessionWish
from fazai_tui.themes.registry import load_themes
from fazai_tui.widgets.answer import Answer
from fazai_tui.widgets.approval import InlineApproval
from tests.screens.samples import SCRIPT, approval, assessment, script_plan
from tests.screens.scripted import QuietMachine, ScriptedSession


class MemoryHistory:
    """A history held in memory."""

    def __init__(self, turns: Sequence[TurnDetail] = ()) -> None:
        self.turns = turns

    def list_turns(self, limit: int, text: str = "") -> Sequence[TurnEntry]:
        return [turn.turn for turn in self.turns if text in turn.turn.order][:limit]

    def export(self, wanted: str, kind: str, directory: str) -> str:
        return f"{directory}/{wanted}.{kind}"

    def turn(self, turn_id: str) -> TurnDetail:
        return next(turn for turn in self.turns if turn.turn.id == turn_id)


@dataclass
class Clock:
    """A clock that moves only when told."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def build_app(
    session: ScriptedSession,
    *,
    language: Language = "pt",
    theme: str = "fazai-dark",
    options: ScreenOptions | None = None,
    history: HistoryReader | None = None,
    clock: Clock | None = None,
) -> FazaiApp:
    """Return an app on a scripted session."""
    texts = Texts(language)

    async def open_session(_: SessionWish) -> OpenedSession:
        return OpenedSession(session, "faisca", (("engine.model", "faisca"), ("session.approval", "")))

    return FazaiApp(
        open_session,
        texts=texts,
        themes=load_themes(None, texts),
        theme=theme,
        options=options or ScreenOptions(cwd=session.cwd),
        surroundings=QuietMachine(),
        history=history,
        clock=clock or Clock(),
    )


def sample(name: str) -> str:
    """Return the text of a sample file."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@dataclass
class Scene:
    """A running app, its session, its clock, and the keyboard."""

    app: FazaiApp
    session: ScriptedSession
    clock: Clock
    pilot: Pilot[None]

    @property
    def screen(self) -> MainScreen:
        return self.app.main_screen

    @property
    def card(self) -> InlineApproval:
        card = self.screen.parts.approvals.current
        assert card is not None, "no card is shown"
        return card

    @property
    def chat_text(self) -> str:
        """Everything the chat shows, one entry a line."""
        entries = self.screen.parts.chat.log_scroll.children
        return "\n".join(entry.text if isinstance(entry, Answer) else str(entry.render()) for entry in entries)

    async def until(self, holds: Callable[[], object], seconds: float = 5) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(seconds):
            while not holds():
                await self.pilot.pause(0.02)

    async def press(self, *keys: str) -> None:
        """Press keys and let their effects happen."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.press(*("space" if character == " " else character for character in text))

    async def emit(self, *events: ev.Event) -> None:
        """Let the session tell of events, and the screen show them."""
        self.session.emit(*events)
        await self.settle()

    async def settle(self) -> None:
        """Wait until what was told is shown."""
        await self.pilot.pause(2 * FRAME_SECONDS)
        await self.pilot.pause()

    @staticmethod
    def requested(command: str, risk: Risk, approval_id: str) -> ev.ApprovalRequested:
        """Return a request for approval."""
        return approval(command, risk, approval_id)

    @staticmethod
    def decided(decision: ApprovalDecision, *, reason: str = "", by: str = "user") -> ev.ApprovalDecided:
        """Return the answer to the first request."""
        return ev.ApprovalDecided(
            approval_id="a1",
            step_id="s1",
            command=SCRIPT,
            assessment=assessment(),
            decision=decision,
            decided_by=by,
            reason=reason,
        )

    def started(self, command: str = "sleep 60", command_id: str = "c1") -> ev.CommandStarted:
        """Return the start of a command of the first step."""
        return ev.CommandStarted(
            command_id=command_id,
            step_id="s1",
            command=command,
            cwd=self.session.cwd,
            assessment=assessment(command, Risk.LOW),
        )

    def ended(self, exit_code: int | None = 0, command_id: str = "c1") -> ev.CommandFinished:
        """Return the end of a command of the first step."""
        return ev.CommandFinished(
            command_id=command_id,
            step_id="s1",
            status="completed" if exit_code == 0 else "failed" if exit_code else "cancelled",
            exit_code=exit_code,
            output="",
            duration_ms=1234,
            cwd="/tmp",
        )

    async def order(self, text: str = "crie um script") -> None:
        """Give an order."""
        self.screen.send(text)
        await self.until(lambda: self.session.submitted)
        await self.settle()

    async def tell_until_approval(self) -> None:
        """Tell of a turn up to its first approval."""
        built = ev.ContextBuilt.model_validate_json(sample("context.json"))
        await self.order("crie um script em bash de nome conta.sh que conte até 10")
        await self.emit(ev.EngineStateChanged(state="thinking"), built, ev.TokenGenerated(text="{"))
        await self.emit(
            ev.GenerationFinished(input_tokens=353, cached_input_tokens=0, output_tokens=58, tokens_per_second=142.3),
            ev.EngineStateChanged(state="ready"),
            ev.PlanProposed(plan=script_plan()),
            ev.StepChanged(step_id="s1", status=StepStatus.AWAITING_APPROVAL),
            approval(),
        )
        await self.until(lambda: self.screen.parts.approvals.current)
        await self.settle()

    async def tell_the_rest(self) -> None:
        """Tell of the approval, the commands and the conclusion."""
        await self.emit(self.decided(ApprovalDecision.APPROVE_REST))
        for number, step in enumerate(script_plan().steps, 1):
            output = "".join(f"\x1b[32m{count}\x1b[0m\r\n" for count in range(1, 11)) if number == 3 else ""
            events: list[ev.Event] = [
                ev.StepChanged(step_id=step.id, status=StepStatus.RUNNING),
                self.started(step.command, f"c{number}").model_copy(update={"step_id": step.id}),
                ev.OutputReceived(command_id=f"c{number}", text=output),
                self.ended(0, f"c{number}").model_copy(update={"step_id": step.id, "cwd": self.session.cwd}),
                ev.StepChanged(step_id=step.id, status=StepStatus.DONE),
            ]
            await self.emit(*events)
        await self.emit(ev.MessageProduced(text="Feito em 3 passos.\n\n- `conta.sh` conta até **10**\n"))
        self.session.finish()
        await self.until(lambda: not self.screen.is_busy and not self.screen.parts.chat.activity.label)
        await self.settle()

    async def ask(self, command: str = SCRIPT, risk: Risk = Risk.MEDIUM, *, is_armed: bool = True) -> None:
        """Let a card appear, and by default the time pass in which it ignores keys."""
        await self.order()
        await self.emit(ev.PlanProposed(plan=script_plan()), approval(command, risk))
        await self.until(lambda: self.screen.parts.approvals.current)
        if is_armed:
            self.clock.now += 1


@asynccontextmanager
async def opened_scene(
    size: tuple[int, int] = (160, 48),
    *,
    language: Language = "pt",
    theme: str = "fazai-dark",
    options: ScreenOptions | None = None,
    history: HistoryReader | None = None,
    keys: Mapping[str, str] | None = None,
) -> AsyncGenerator[Scene]:
    """Run the app on a scripted session."""
    session, clock = ScriptedSession(), Clock()
    if keys is not None:
        options = ScreenOptions(cwd=session.cwd, keys=tuple(keys.items()))
    app = build_app(session, language=language, theme=theme, options=options, history=history, clock=clock)
    async with app.run_test(size=size) as pilot:
        scene = Scene(app, session, clock, pilot)
        await scene.until(lambda: app.main_screen.parts.status.state != "loading")
        yield scene
        session.turn_done.set()


@pytest.fixture
def look_of(snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Compare how a situation looks with how it looked before."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    def compare(situation: Callable[[Scene], Awaitable[None]], *, size: tuple[int, int], theme: str) -> bool:
        session, clock = ScriptedSession(), Clock()
        app = build_app(
            session,
            theme=theme,
            history=MemoryHistory([TurnDetail.model_validate_json(sample("past_turn.json"))]),
            clock=clock,
        )

        async def arrange(pilot: Pilot[None]) -> None:
            scene = Scene(app, session, clock, pilot)
            await scene.until(lambda: app.main_screen.parts.status.state != "loading")
            await scene.until(lambda: app.main_screen.parts.status.usage)
            app.main_screen.parts.prompt.editor.cursor_blink = False
            await situation(scene)

        return snap_compare(app, terminal_size=size, run_before=arrange)

    return compare


@pytest.fixture
def open_scene() -> Callable[..., AbstractAsyncContextManager[Scene]]:
    """Run the app on a scripted session: `async with open_scene(size) as scene`."""
    return opened_scene
