"""A session: the one object that front ends talk to."""

import asyncio
from collections.abc import Callable, Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, FazaiError, ModelError
from fazai_tui.core.events import (
    AskingProgram,
    EngineStateChanged,
    SessionStarted,
    ShellName,
    TurnKind,
    TurnStatus,
)
from fazai_tui.core.jobs import Job
from fazai_tui.core.lockout import LockoutGuard
from fazai_tui.core.memory_ports import Memory
from fazai_tui.core.policy import ApprovalReply, Assessment
from fazai_tui.core.ports import (
    ChangeLayer,
    CommandManual,
    Engine,
    EventSink,
    HostProbe,
    Ledger,
    Planner,
    PolicyEngine,
    Rehearser,
    Retriever,
    Shell,
    UndoKeeper,
    VersionControl,
)
from fazai_tui.core.secret import Secret
from fazai_tui.session.approvals import ApprovalQueue
from fazai_tui.session.briefing import Briefing
from fazai_tui.session.card import CardWriter
from fazai_tui.session.context_desk import ContextDesk, ContextSources
from fazai_tui.session.dry_run import DryRun
from fazai_tui.session.execution import StepRunner
from fazai_tui.session.explanation import Explainer
from fazai_tui.session.guarding import StepGuard
from fazai_tui.session.keeping import StepKeeper
from fazai_tui.session.lane import Lane
from fazai_tui.session.lanes import Lanes
from fazai_tui.session.planner import PlanMaker, new_id
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.remembering import Remembering
from fazai_tui.session.resuming import ResumedSession
from fazai_tui.session.stream import EventStream
from fazai_tui.session.turn import TurnParts, TurnRequest


class Session:
    """Takes orders one at a time and tells subscribers everything that happens.

    Attributes:
        id: Unique; resumes the session.
        settings: What the session is set to. Replacing it takes effect at the next turn.
        engine: What infers.
        memory: What is remembered from one session to the next.
        guard: Puts back what locks people out.
        context: Shows what the model gets, and knows who may answer.
        shells: Know how the running commands have set their terminals.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        planner: Planner,
        shell: Shell,
        policy: PolicyEngine,
        ledger: Ledger,
        retriever: Retriever,
        host: HostProbe,
        profile: SessionProfile,
        texts: Texts,
        own_shell: Shell | None = None,
        manual: CommandManual | None = None,
        versions: VersionControl | None = None,
        undo: UndoKeeper | None = None,
        memory: Memory | None = None,
        rehearser: Rehearser | None = None,
        layer: ChangeLayer | None = None,
        guard: LockoutGuard | None = None,
        resumed: ResumedSession | None = None,
        sources: ContextSources | None = None,
    ) -> None:
        self.id = new_id() if resumed is None else resumed.session_id
        self._is_resumed = resumed is not None
        self.settings = profile
        self.engine = engine
        self._shell = shell
        self._policy = policy
        self._stream = EventStream(self.id, ledger)
        self._approvals = ApprovalQueue()
        self._texts = texts
        self._undo = undo
        self._layer = layer
        self._trial = DryRun(policy, rehearser, texts, has_layer=layer is not None)
        self.guard = StepGuard(guard, texts, self._stream.emit_anyway)
        self.guard.tells_human = profile.can_ask
        self._cards = CardWriter(texts, versions, undo, guard=self.guard, is_discarded=layer is not None)
        self.memory = Remembering(memory, host, texts, self._stream.emit, self.warn)
        kernel = None if sources is None else sources.kernel(engine, texts, self.jobs, self.warn)
        self._briefing = Briefing(retriever, host, self.memory, kernel)
        self.context = ContextDesk(kernel, self._briefing, engine, planner, texts)
        if resumed is not None:
            self._briefing.restore(resumed.transcript)
        self._explainer = Explainer(manual, retriever, self._briefing, engine, planner, texts)
        self._maker = PlanMaker(engine, planner, policy, self._stream.emit)
        own = None if own_shell is None else self._lane("own", own_shell, EventStream(new_id(), ledger))
        self._lanes = Lanes(self._lane("plan", shell, self._stream), own).joined_to(self._stream)
        self.shells = self._lanes
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def cwd(self) -> str:
        """Where the user is: the directory of the shell that was used last."""
        return self._lanes.cwd

    @property
    def is_busy(self) -> bool:
        """Whether a turn is going on."""
        return self._lanes.is_busy

    def can_take(self, text: str) -> bool:
        """Whether an order could be carried out now: a command of the user's own also goes beside a plan."""
        return not self._lanes.lane_for(_kind(text)).is_busy

    def subscribe(self, sink: EventSink) -> Callable[[], None]:
        """Get every event from now on, in order, on the event loop; the returned function ends it."""
        return self._stream.subscribe(sink)

    async def start(self) -> None:
        """Start the shell. The model is not loaded.

        Raises:
            ShellError: The shell could not be started.
            ConfigurationError: The sandbox asked for cannot be had.
            LedgerError: The ledger cannot be written.
        """
        self._loop = asyncio.get_running_loop()
        await self._shell.start()
        self._stream.emit(SessionStarted(session_id=self.id, cwd=self._shell.cwd, resumed=self._is_resumed))
        await self.guard.begin()

    async def load_engine(self) -> None:
        """Load the model and the knowledge; a failure is told by events, and the session lives on."""
        self._stream.emit(EngineStateChanged(state="loading"))
        try:
            info = await self.engine.load()
        except ModelError as error:
            self._stream.emit(EngineStateChanged(state="error", detail=str(error)))
            self._lanes.plan.report(error)
            return
        self._stream.emit(EngineStateChanged(state="ready", model=info.name))
        await self._briefing.warm_up()
        await self.context.warm_up()

    async def submit(
        self, text: str, kind: TurnKind | None = None, *, dry_run: bool = False, stdin: str = ""
    ) -> TurnStatus:
        """Carry out one order, answer one question, or run one literal command; return how it ended.

        Args:
            text: The order. One that begins with `!` is a literal command.
            kind: What it is; None lets the model tell an order from a question.
            dry_run: Plan and grade, but run nothing.
            stdin: Piped input that goes with the order.

        Raises:
            BadInputError: The order is empty, or another turn is going on.
        """
        chosen = kind or _kind(text)
        if self._lanes.lane_for(chosen).is_busy:
            raise _bad_input(self._texts, "busy")
        if not text.strip().removeprefix("!").strip():
            raise _bad_input(self._texts, "empty")
        request = TurnRequest(order=text.strip(), kind=chosen, is_dry_run=dry_run, stdin=stdin)
        return await self._lanes.run(request, self.settings)

    def reply(self, approval_id: str, reply: ApprovalReply) -> bool:
        """Answer an approval request; False when it is no longer pending."""
        return self._approvals.reply(approval_id, reply)

    def assess(self, command: str, cwd: str) -> Assessment:
        """Grade a command that would run in a directory, for example one being edited on a card."""
        return self._policy.assess(command, cwd)

    async def explain(self, command: str, cwd: str) -> Sequence[str]:
        """Return lines that say what a command is for; empty when nobody knows it."""
        return await self._explainer.explain(self.assess(command, cwd), self.settings.language, cwd)

    async def touches(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        """Return what a command does to which files, as a card says it."""
        return await asyncio.to_thread(self._cards.touches, assessment, cwd)

    async def ways_back(self, assessment: Assessment, cwd: str) -> Sequence[str]:
        """Return what could be taken back of a command and what could not, as a card says it."""
        return await asyncio.to_thread(self._cards.ways_back, assessment, cwd)

    def interrupt(self) -> bool:
        """Stop the running command, else what the turn is waiting for; False when no turn is going on.

        A command gets what Ctrl-C sends, and whoever watches may insist; where nobody does, it is made to end. With
        both shells busy the newer turn is meant.
        """
        return self._lanes.interrupt(can_ask=self.settings.can_ask)

    def write_input(self, data: bytes, command_id: str = "") -> None:
        """Write to the program in the foreground of the shell that a command runs in."""
        self._lanes.write(data, command_id)

    def write_secret(self, secret: Secret, command_id: str, asker: AskingProgram) -> bool:
        """Give a program the secret it asked for, and overwrite it; False when the program no longer waits for it."""
        return self._lanes.write_secret(secret, command_id, asker)

    def resize(self, columns: int, rows: int) -> None:
        """Tell programs the size of the shell pane."""
        self._lanes.resize(columns, rows)

    def jobs(self) -> tuple[Job, ...]:
        """Return what runs in the background of the shells. May be called in any thread."""
        return self._lanes.jobs()

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        """Ask a job to end, or end it by force; False when there is no such job."""
        return self._lanes.end_job(job_id, by_force=by_force)

    def input_awaited(self, asker: AskingProgram, *, is_secret: bool, shell: ShellName = "plan") -> None:
        """Tell subscribers that the running program waits for input."""
        self._lanes.named(shell).input_awaited(asker, is_secret=is_secret)

    def noted(self, text: str, *, shell: ShellName = "plan") -> None:
        """Tell subscribers what was done to the running command."""
        self._lanes.named(shell).noted(text)

    def printed(self, text: str, *, shell: ShellName = "plan") -> None:
        """Tell subscribers what was printed between two commands."""
        self._lanes.named(shell).printed(text)

    def warn(self, error: FazaiError) -> None:
        """Tell subscribers, from any thread, of an error that the session can live with."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._lanes.plan.report, error)

    async def close(self) -> None:
        """Stop what is going on, end the shell and free the model."""
        await self._lanes.close()
        await self.memory.close()
        await self.guard.close()
        await self.engine.close()
        if self._layer is not None:
            await asyncio.to_thread(self._layer.close)
        self._stream.leave()

    def _lane(self, name: ShellName, shell: Shell, stream: EventStream) -> Lane:
        keeper = StepKeeper(self._undo, self.id)
        runner = StepRunner(
            shell,
            self._policy,
            self._approvals,
            self._cards,
            self._texts,
            stream.emit,
            name,
            keeper=keeper,
            guard=self.guard,
            trial=self._trial,
            layer=self._layer,
        )
        parts = TurnParts(
            maker=self._maker,
            runner=runner,
            briefing=self._briefing,
            remembering=self.memory,
            policy=self._policy,
            shell=shell,
            texts=self._texts,
            emit=stream.emit,
            keeper=keeper,
            trial=self._trial,
            undo=self._undo,
        )
        return Lane(name, parts, stream, self._texts)


def _kind(text: str) -> TurnKind:
    return "literal" if text.lstrip().startswith("!") else "order"


def _bad_input(texts: Texts, name: str) -> BadInputError:
    return BadInputError(
        texts.get(f"session.{name}_title"), texts.get(f"session.{name}"), texts.get(f"session.{name}_hint")
    )
