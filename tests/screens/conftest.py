"""A session whose events the tests write, and an app on top of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from fazai_tui.app import FazaiApp
from fazai_tui.config.texts import Texts
from fazai_tui.core import events as ev
from fazai_tui.core.language import Language
from fazai_tui.core.plan import Plan, Risk, Step, chained
from fazai_tui.core.policy import ApprovalReply, Assessment, Decision, Reason
from fazai_tui.core.ports import EventSink
from fazai_tui.ledger.entries import TurnDetail, TurnEntry
from fazai_tui.screens.ports import HistoryReader, ScreenOptions
from fazai_tui.session.profile import SessionProfile
from fazai_tui.themes.registry import load_themes
from fazai_tui.widgets.status_bar import Usage


@dataclass
class ScriptedSession:
    """Records what the screen asks for; the test emits what a session would."""

    id: str = "t-1"
    cwd: str = "/home/ana/projeto"
    profile: SessionProfile = field(default_factory=SessionProfile)
    is_busy: bool = False
    submitted: list[tuple[str, ev.TurnKind | None, bool]] = field(
        default_factory=list[tuple[str, ev.TurnKind | None, bool]]
    )
    replies: list[tuple[str, ApprovalReply]] = field(default_factory=list[tuple[str, ApprovalReply]])
    written: list[bytes] = field(default_factory=list[bytes])
    sizes: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    interrupts: int = 0
    can_interrupt: bool = False
    is_closed: bool = False
    sinks: list[EventSink] = field(default_factory=list[EventSink])
    turn_done: asyncio.Event = field(default_factory=asyncio.Event)

    def subscribe(self, sink: EventSink) -> Callable[[], None]:
        self.sinks.append(sink)
        return lambda: self.sinks.remove(sink)

    def emit(self, *events: ev.Event) -> None:
        for event in events:
            for sink in self.sinks:
                sink(event)

    async def start(self) -> None:
        self.emit(ev.SessionStarted(session_id=self.id, cwd=self.cwd))

    async def load_engine(self) -> None:
        self.emit(ev.EngineStateChanged(state="ready", model="faisca"))

    async def submit(self, text: str, kind: ev.TurnKind | None = None, *, dry_run: bool = False) -> ev.TurnStatus:
        self.submitted.append((text, kind, dry_run))
        self.is_busy = True
        self.turn_done.clear()
        self.emit(ev.TurnStarted(turn_id="u1", order=text, kind=kind or ("literal" if text[0] == "!" else "order")))
        await self.turn_done.wait()
        self.is_busy = False
        return "fulfilled"

    def finish(self, status: ev.TurnStatus = "fulfilled") -> None:
        self.emit(ev.TurnFinished(turn_id="u1", status=status, duration_ms=2300, input_tokens=412, output_tokens=58))
        self.turn_done.set()

    def reply(self, approval_id: str, reply: ApprovalReply) -> bool:
        self.replies.append((approval_id, reply))
        return True

    def assess(self, command: str) -> Assessment:
        risk = Risk.CRITICAL if "rm -rf" in command else Risk.HIGH if "rm " in command else Risk.LOW
        return Assessment(command=command, risk=risk, decision=Decision.ASK, writes=("edited",))

    def interrupt(self) -> bool:
        self.interrupts += 1
        return self.can_interrupt

    def write_input(self, data: bytes) -> None:
        self.written.append(data)

    def resize(self, columns: int, rows: int) -> None:
        self.sizes.append((columns, rows))

    async def close(self) -> None:
        self.is_closed = True


class QuietMachine:
    """A machine whose load stands still."""

    def usage(self) -> Usage:
        return Usage(cpu=12, memory_used=3.1, memory_total=16)

    def list_paths(self, fragment: str, cwd: str, limit: int) -> Sequence[str]:
        return [path for path in ("conta.sh", "contas/", "notas.md") if path.startswith(fragment)][:limit]


class MemoryHistory:
    """A history held in memory."""

    def __init__(self, turns: Sequence[TurnDetail] = ()) -> None:
        self.turns = turns

    def list_turns(self, limit: int, text: str = "") -> Sequence[TurnEntry]:
        return [turn.turn for turn in self.turns if text in turn.turn.order][:limit]

    def turn(self, turn_id: str) -> TurnDetail:
        return next(turn for turn in self.turns if turn.turn.id == turn_id)


@dataclass
class Clock:
    """A clock that moves only when told."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


AppMaker = Callable[..., FazaiApp]


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

    async def open_session() -> ScriptedSession:
        return session

    return FazaiApp(
        open_session,
        texts=texts,
        themes=load_themes(None, texts),
        theme=theme,
        options=options or ScreenOptions(model="faisca", cwd=session.cwd),
        surroundings=QuietMachine(),
        history=history,
        clock=clock or Clock(),
    )


SCRIPT = "cat > conta.sh <<'EOF'\n#!/usr/bin/env bash\nfor i in $(seq 1 10); do\n  echo \"$i\"\ndone\nEOF"


def script_plan() -> Plan:
    """Return a plan of three steps."""
    return Plan(
        goal="Criar um script que conta até 10",
        steps=chained(
            [
                Step(id="s1", title="Escrever o script conta.sh", command=SCRIPT, risk=Risk.MEDIUM),
                Step(id="s2", title="Tornar o script executável", command="chmod +x conta.sh", risk=Risk.LOW),
                Step(id="s3", title="Rodar o script", command="./conta.sh", risk=Risk.LOW),
            ]
        ),
    )


def assessment(command: str = SCRIPT, risk: Risk = Risk.MEDIUM) -> Assessment:
    """Return a grade for a command."""
    return Assessment(
        command=command,
        risk=risk,
        decision=Decision.ASK,
        reasons=(Reason(key="policy.reason.create", params={"path": "conta.sh"}),),
        commands=(("cat",),),
        writes=("conta.sh",),
    )


def approval(command: str = SCRIPT, risk: Risk = Risk.MEDIUM, approval_id: str = "a1") -> ev.ApprovalRequested:
    """Return a request for approval."""
    return ev.ApprovalRequested(
        card=ev.ApprovalCard(
            approval_id=approval_id,
            step_id="s1",
            title="Escrever o script conta.sh",
            assessment=assessment(command, risk),
            cwd="/home/ana/projeto",
            user="ana",
            host="tupi",
            sandbox="danger-full-access",
            rollback="rm -f conta.sh",
            explain="Grava o script no diretório atual.",
            provenance="cookbook: script-count",
            touches=("/home/ana/projeto/conta.sh",),
        )
    )


@pytest.fixture
def session() -> ScriptedSession:
    """A session whose events the test writes."""
    return ScriptedSession()


@pytest.fixture
def clock() -> Clock:
    """A clock that moves only when told."""
    return Clock()
