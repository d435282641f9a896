"""The one crossing from the session's event stream to Textual messages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from fazai_tui.core.flood import Flood, FloodPiece, pieces_of

if TYPE_CHECKING:
    # Events are pydantic models, which take longer to import than the screen takes to paint.
    from fazai_tui.core.events import AskingProgram, Event, OutputReceived, TokenGenerated, TurnKind, TurnStatus
    from fazai_tui.core.jobs import Job
    from fazai_tui.core.memory_ports import MemoryDesk
    from fazai_tui.core.policy import ApprovalReply, Assessment, SandboxMode
    from fazai_tui.core.ports import EventSink
    from fazai_tui.core.secret import Secret
    from fazai_tui.session.context_desk import ContextPreview
    from fazai_tui.session.profile import SessionProfile

FRAME_SECONDS = 1 / 30
"""How often a batch goes to the screen while events keep coming."""

FLOOD_SECONDS = 1 / 12
"""How often while output comes faster than anyone reads: each frame of a full pane costs time that keys wait."""

KEY_SECONDS = 0.15
"""How long after a key the next batch of a flood waits, so that what is typed is painted first."""

TYPING_SECONDS = 0.6
"""The longest that keys hold a batch of a flood back."""

FRAME_OUTPUT = 8 * 1024
"""Characters of one command's output that a batch carries to be read at once; what is older goes along unread."""

FRAME_EARLIER = 8 * 1024 * 1024
"""Characters of such older output; what is still older is counted and left out."""


class GuardPort(Protocol):
    """The lock-out guard as the screen uses it."""

    def lines(self, assessment: Assessment, sandbox: SandboxMode) -> Sequence[str]:
        """Return what would be put back after a command. Called in a thread."""
        ...

    async def decide(self, *, is_keeping: bool, by: str) -> bool:
        """Keep what was changed, or have it put back now; False when there is nothing to decide."""
        ...


class ShellsPort(Protocol):
    """The session's shells as the screen uses them."""

    @property
    def hides_typing(self) -> bool:
        """Whether a running command has set its terminal as for a password."""
        ...


class ContextPort(Protocol):
    """Personas and context as the screen uses them. Every method may raise a FazaiError."""

    async def preview(self, order: str, profile: SessionProfile, cwd: str) -> ContextPreview:
        """Return what the model would get for an order."""
        ...

    async def choose(self, name: str) -> str:
        """Make sure that a persona may be chosen, and return how it greets."""
        ...

    async def persona_names(self) -> Sequence[str]:
        """Return the names of the personas there are."""
        ...


class SessionPort(Protocol):
    """The session as the screen uses it.

    Attributes:
        settings: What the session is set to; a new one takes effect at the next turn.
    """

    settings: SessionProfile

    @property
    def id(self) -> str:
        """What the ledger knows the session by."""
        ...

    @property
    def cwd(self) -> str:
        """The shell's working directory."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether a turn is under way."""
        ...

    @property
    def shells(self) -> ShellsPort:
        """Know how the running commands have set their terminals."""
        ...

    @property
    def memory(self) -> MemoryDesk:
        """What is remembered from one session to the next."""
        ...

    @property
    def context(self) -> ContextPort:
        """Shows what the model gets, and knows who may answer."""
        ...

    def subscribe(self, sink: EventSink) -> Callable[[], None]:
        """Send every event to the sink; return what ends that."""
        ...

    async def start(self) -> None:
        """Start the shell and gather host facts; the model is not loaded."""
        ...

    async def load_engine(self) -> None:
        """Load the model."""
        ...

    async def submit(self, text: str, kind: TurnKind | None = None, *, dry_run: bool = False) -> TurnStatus:
        """Carry out one turn."""
        ...

    def reply(self, approval_id: str, reply: ApprovalReply) -> bool:
        """Answer an approval; False when it is no longer pending."""
        ...

    def assess(self, command: str, cwd: str) -> Assessment:
        """Grade a command that would run in a directory."""
        ...

    async def explain(self, command: str, cwd: str) -> Sequence[str]:
        """Return lines that say what a command does."""
        ...

    async def touches(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        """Return what a command does to which files."""
        ...

    async def ways_back(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        """Return what could be taken back of a command and what could not."""
        ...

    @property
    def guard(self) -> GuardPort:
        """What puts back what locks people out."""
        ...

    def interrupt(self) -> bool:
        """Stop the running command, else the generation; False when idle."""
        ...

    def can_take(self, text: str) -> bool:
        """Whether an order could be carried out now: a command of the user's own also goes beside a plan."""
        ...

    def write_input(self, data: bytes, command_id: str = "") -> None:
        """Write to the program in the foreground of the shell that a command runs in."""
        ...

    def write_secret(self, secret: Secret, command_id: str, asker: AskingProgram) -> bool:
        """Give a program the secret it asked for, and overwrite it; False when the program no longer waits for it."""
        ...

    def jobs(self) -> Sequence[Job]:
        """Return what runs in the background. Called in a thread."""
        ...

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        """Ask a job to end, or end it by force; False when there is no such job."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Tell programs the size of their screen."""
        ...

    async def close(self) -> None:
        """End the session and everything it started."""
        ...


class SessionEvents(Message):
    """A batch of events, in order, with tokens and output joined.

    Attributes:
        floods: Output that comes before an event's text because it outran the screen, by the event's place.
    """

    def __init__(self, events: Sequence[Event], floods: Mapping[int, Flood], release: Callable[[], None]) -> None:
        super().__init__()
        self.events = tuple(events)
        self.floods = floods
        self._release = release

    def done(self) -> None:
        """Let the next batch come."""
        self._release()


class MessageTarget(Protocol):
    """What batches are posted to."""

    def post_message(self, message: Message) -> bool:
        """Queue a message."""
        ...


@dataclass(slots=True)
class _Flow:
    """Events that join into one; `parts` holds their texts."""

    event: Event
    parts: list[str] = field(default_factory=list[str])
    size: int = 0
    left_out: int = 0
    earlier: deque[FloodPiece] = field(default_factory=deque[FloodPiece])
    earlier_size: int = 0

    @property
    def is_stream(self) -> bool:
        """Whether this is text that keeps coming, which is shown apart from every other such text."""
        return self.event.type in ("token_generated", "output_received")

    def joins(self, event: Event) -> bool:
        """Tell whether an event continues this one."""
        mine = self.event
        if mine.type == "token_generated" and event.type == "token_generated":
            return event.purpose == mine.purpose
        if mine.type == "output_received" and event.type == "output_received":
            return event.command_id == mine.command_id
        return False

    def add(self, event: TokenGenerated | OutputReceived) -> None:
        """Join an event's text, setting the oldest output past the frame's share aside."""
        self.parts.append(event.text)
        self.size += len(event.text)
        if event.type == "output_received" and self.size > 4 * FRAME_OUTPUT:
            self._shorten()

    def joined(self) -> Event:
        """Return the event with all of its text."""
        if not self.parts:
            return self.event
        if self.event.type == "output_received" and self.size > FRAME_OUTPUT:
            self._shorten()
        return self.event.model_copy(update={"text": "".join(self.parts)})

    def _shorten(self) -> None:
        """Keep the newest output, from the start of a line where there is one."""
        text = "".join(self.parts)
        cut = text.find("\n", len(text) - FRAME_OUTPUT) + 1 or len(text) - FRAME_OUTPUT
        self.earlier.extend(pieces_of(text[:cut]))
        self.earlier_size += cut
        while self.earlier_size > FRAME_EARLIER:
            dropped = self.earlier.popleft()
            self.earlier_size -= len(dropped.text)
            self.left_out += dropped.lines
        self.parts = [text[cut:]]
        self.size = len(self.parts[0])


class EventBridge:
    """Gathers a session's events and posts one message a frame.

    At most one batch is on its way: while the screen is still busy with it, later events join the next.
    """

    def __init__(self, target: MessageTarget) -> None:
        self._target = target
        self._flows: list[_Flow] = []
        self._timer: asyncio.TimerHandle | None = None
        self._is_under_way = False
        self._last_post = 0.0
        self._pace = FRAME_SECONDS
        self._last_key = float("-inf")
        self._unsubscribe: Callable[[], None] | None = None

    def connect(self, session: SessionPort) -> None:
        """Listen to a session."""
        self.disconnect()
        self._unsubscribe = session.subscribe(self.receive)

    def disconnect(self) -> None:
        """Stop listening and forget what was not posted."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flows.clear()

    def receive(self, event: Event) -> None:
        """Take one event, on the event loop."""
        flow = self._joined_by(event)
        if flow is None:
            flow = _Flow(event)
            self._flows.append(flow)
        if event.type == "token_generated" or event.type == "output_received":
            flow.add(event)
        self._schedule()

    def give_way(self) -> None:
        """Let a key that was just pressed be painted before more of a flood."""
        self._last_key = asyncio.get_running_loop().time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._schedule()

    def _joined_by(self, event: Event) -> _Flow | None:
        """Return what an event continues: output and an answer that come at once take turns."""
        for flow in reversed(self._flows):
            if flow.joins(event):
                return flow
            if not flow.is_stream:
                break
        return None

    def _schedule(self) -> None:
        if self._timer is not None or self._is_under_way or not self._flows:
            return
        loop = asyncio.get_running_loop()
        due = self._last_post + self._pace
        if self._pace == FLOOD_SECONDS:
            due = max(due, min(self._last_key + KEY_SECONDS, self._last_post + TYPING_SECONDS))
        self._timer = loop.call_later(max(0.0, due - loop.time()), self._post)

    def _post(self) -> None:
        self._timer = None
        self._last_post = asyncio.get_running_loop().time()
        flows, self._flows = self._flows, []
        events = [flow.joined() for flow in flows]
        floods = {place: Flood(tuple(flow.earlier), flow.left_out) for place, flow in enumerate(flows) if flow.earlier}
        self._pace = FLOOD_SECONDS if floods else FRAME_SECONDS
        self._is_under_way = self._target.post_message(SessionEvents(events, floods, self._release))

    def _release(self) -> None:
        self._is_under_way = False
        self._schedule()
