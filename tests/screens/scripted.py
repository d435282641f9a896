"""A session that does what a test says, and a machine whose load stands still."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fazai_tui.core import events as ev
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.jobs import Job
from fazai_tui.core.language import Language
from fazai_tui.core.memory import Recalled
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import ApprovalReply, Assessment, Decision, SandboxMode
from fazai_tui.core.ports import EventSink
from fazai_tui.core.secret import Secret
from fazai_tui.session.context_desk import ContextPreview
from fazai_tui.session.profile import SessionProfile
from fazai_tui.widgets.status_bar import Usage


@dataclass
class ScriptedMemory:
    """Records what the screen asks of memory, and finds what the test says."""

    asked: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    found: tuple[Recalled, ...] = ()

    async def remember(self, text: str, language: Language) -> None:
        self.asked.append(("remember", text, language))

    async def find(self, text: str) -> tuple[Recalled, ...]:
        self.asked.append(("find", text))
        return self.found

    async def forget(self, name: str) -> None:
        self.asked.append(("forget", name))

    async def edit(self, entry_id: str, text: str) -> None:
        self.asked.append(("edit", entry_id, text))

    async def pin(self, entry_id: str, *, is_pinned: bool) -> None:
        self.asked.append(("pin" if is_pinned else "unpin", entry_id))


@dataclass
class ScriptedContext:
    """Knows two personas, and previews what it is told to."""

    asked: list[str] = field(default_factory=list[str])

    async def preview(self, order: str, profile: SessionProfile, cwd: str) -> ContextPreview:
        self.asked.append(order)
        parts = (ev.ContextPart(name="knowledge", text="shows [b]=>df", tokens=4),)
        return ContextPreview(parts, "<x>", 9, 100, is_compact=True, persona=f"{profile.persona}: x")

    async def choose(self, name: str) -> str:
        if name not in ("yui", "auto"):
            raise ConfigurationError("Persona", f"no {name}", "yui")
        return f"hello from {name}"

    async def persona_names(self) -> tuple[str, ...]:
        return ("claudio", "yui")


@dataclass
class ScriptedGuard:
    """Records what the screen decides on the lock-out guard.

    Attributes:
        is_open: Whether there is anything to decide.
    """

    decided: list[bool] = field(default_factory=list[bool])
    is_open: bool = True

    def lines(self, assessment: Assessment, sandbox: SandboxMode) -> tuple[str, ...]:
        return (f"guards {assessment.command} in {sandbox}",) if "nft" in assessment.command else ()

    async def decide(self, *, is_keeping: bool, by: str) -> bool:
        if self.is_open:
            self.decided.append(is_keeping)
        return self.is_open


@dataclass
class ScriptedSession:
    """Records what the screen asks for; the test emits what a session would."""

    id: str = "t-1"
    cwd: str = "/home/ana/projeto"
    settings: SessionProfile = field(default_factory=SessionProfile)
    is_busy: bool = False
    hides_typing: bool = False
    submitted: list[tuple[str, ev.TurnKind | None, bool]] = field(
        default_factory=list[tuple[str, ev.TurnKind | None, bool]]
    )
    replies: list[tuple[str, ApprovalReply]] = field(default_factory=list[tuple[str, ApprovalReply]])
    written: list[bytes] = field(default_factory=list[bytes])
    secrets: list[tuple[bytes, str, ev.AskingProgram]] = field(
        default_factory=list[tuple[bytes, str, ev.AskingProgram]]
    )
    memory: "ScriptedMemory" = field(default_factory=lambda: ScriptedMemory())
    context: "ScriptedContext" = field(default_factory=lambda: ScriptedContext())
    guard: "ScriptedGuard" = field(default_factory=lambda: ScriptedGuard())
    takes_secrets: bool = True
    sizes: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    background: tuple[Job, ...] = ()
    ended_jobs: list[tuple[int, bool]] = field(default_factory=list[tuple[int, bool]])
    interrupts: int = 0
    can_interrupt: bool = False
    is_closed: bool = False
    sinks: list[EventSink] = field(default_factory=list[EventSink])
    turn_done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def shells(self) -> "ScriptedSession":
        return self

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

    async def explain(self, command: str, cwd: str) -> Sequence[str]:
        return (f"{command.split()[0]}: explained",)

    async def touches(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        return tuple(f"resolved {path}" for path in assessment.writes)

    async def ways_back(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        return ()

    def assess(self, command: str, cwd: str) -> Assessment:
        risk = Risk.CRITICAL if "rm -rf" in command else Risk.HIGH if "rm " in command else Risk.LOW
        return Assessment(command=command, risk=risk, decision=Decision.ASK, writes=("edited",))

    def interrupt(self) -> bool:
        self.interrupts += 1
        return self.can_interrupt

    def can_take(self, text: str) -> bool:
        return not self.is_busy

    def write_input(self, data: bytes, command_id: str = "") -> None:
        self.written.append(data)

    def write_secret(self, secret: Secret, command_id: str, asker: ev.AskingProgram) -> bool:
        assert not secret.is_spent
        self.secrets.append((bytes(secret.line()), command_id, asker))
        return self.takes_secrets

    def resize(self, columns: int, rows: int) -> None:
        self.sizes.append((columns, rows))

    def jobs(self) -> Sequence[Job]:
        return self.background

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        self.ended_jobs.append((job_id, by_force))
        return True

    async def close(self) -> None:
        self.is_closed = True


class QuietMachine:
    """A machine whose load stands still."""

    def usage(self) -> Usage:
        return Usage(cpu=12, memory_used=3.1, memory_total=16)

    def list_paths(self, fragment: str, cwd: str, limit: int) -> Sequence[str]:
        return [path for path in ("conta.sh", "contas/", "notas.md") if path.startswith(fragment)][:limit]
