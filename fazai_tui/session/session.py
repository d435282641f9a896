"""A session: the one object that front ends talk to."""

import asyncio
import time
from collections.abc import Callable, Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, FazaiError, LedgerError, LimitError, ModelError
from fazai_tui.core.events import (
    EngineStateChanged,
    ErrorOccurred,
    Event,
    InputAwaited,
    SessionStarted,
    TurnFinished,
    TurnKind,
    TurnStarted,
    TurnStatus,
)
from fazai_tui.core.policy import ApprovalReply, Assessment
from fazai_tui.core.ports import (
    CommandManual,
    Engine,
    EventSink,
    HostProbe,
    Ledger,
    Planner,
    PolicyEngine,
    Retriever,
    Shell,
    VersionControl,
)
from fazai_tui.session.approvals import ApprovalQueue
from fazai_tui.session.briefing import Briefing
from fazai_tui.session.card import CardWriter
from fazai_tui.session.execution import StepRunner
from fazai_tui.session.explanation import Explainer
from fazai_tui.session.planner import PlanMaker, new_id
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.stream import EventStream
from fazai_tui.session.turn import Turn, TurnParts, TurnRequest


class Session:
    """Takes orders one at a time and tells subscribers everything that happens.

    Attributes:
        id: Unique; resumes the session.
        settings: What the session is set to. Replacing it takes effect at the next turn.
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
        manual: CommandManual | None = None,
        versions: VersionControl | None = None,
    ) -> None:
        self.id = new_id()
        self.settings = profile
        self._engine = engine
        self._shell = shell
        self._policy = policy
        self._stream = EventStream(self.id, ledger)
        self._approvals = ApprovalQueue()
        self._texts = texts
        self._cards = CardWriter(texts, versions)
        self._runner = StepRunner(shell, policy, self._approvals, self._cards, texts, self._stream.emit)
        self._briefing = Briefing(retriever, host)
        self._explainer = Explainer(manual, retriever, self._briefing, engine, planner, texts)
        self._parts = TurnParts(
            maker=PlanMaker(engine, planner, policy, self._stream.emit),
            runner=self._runner,
            briefing=self._briefing,
            policy=policy,
            shell=shell,
            texts=texts,
            emit=self._stream.emit,
        )
        self._turn: asyncio.Task[TurnStatus] | None = None
        self._is_interrupted = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def cwd(self) -> str:
        """The shell's working directory."""
        return self._shell.cwd

    @property
    def is_busy(self) -> bool:
        """Whether a turn is going on."""
        return self._turn is not None

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
        self._stream.emit(SessionStarted(session_id=self.id, cwd=self._shell.cwd))

    async def load_engine(self) -> None:
        """Load the model and the knowledge; a failure is told by events, and the session lives on."""
        self._stream.emit(EngineStateChanged(state="loading"))
        try:
            info = await self._engine.load()
        except ModelError as error:
            self._stream.emit(EngineStateChanged(state="error", detail=str(error)))
            self._report(error)
            return
        self._stream.emit(EngineStateChanged(state="ready", model=info.name))
        await self._briefing.warm_up()

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
        if self.is_busy:
            raise self._bad_input("busy")
        if not text.strip().removeprefix("!").strip():
            raise self._bad_input("empty")
        chosen: TurnKind = kind or ("literal" if text.lstrip().startswith("!") else "order")
        request = TurnRequest(order=text.strip(), kind=chosen, is_dry_run=dry_run, stdin=stdin)
        self._is_interrupted = False
        self._turn = asyncio.ensure_future(self._run(request))
        try:
            return await self._turn
        finally:
            self._turn = None

    def reply(self, approval_id: str, reply: ApprovalReply) -> bool:
        """Answer an approval request; False when it is no longer pending."""
        return self._approvals.reply(approval_id, reply)

    def assess(self, command: str) -> Assessment:
        """Grade a command, for example one being edited."""
        return self._policy.assess(command, self._shell.cwd)

    async def explain(self, command: str) -> Sequence[str]:
        """Return lines that say what a command is for; empty when nobody knows it."""
        return await self._explainer.explain(self.assess(command), self.settings.language, self._shell.cwd)

    async def touches(self, assessment: Assessment) -> Sequence[str]:
        """Return what a command does to which files, as a card says it."""
        return await asyncio.to_thread(self._cards.touches, assessment, self._shell.cwd)

    def interrupt(self) -> bool:
        """Stop the running command, else what the turn is waiting for; False when no turn is going on.

        A command gets what Ctrl-C sends, and whoever watches may insist; where nobody does, it is made to end.
        """
        if self._turn is None:
            return False
        self._is_interrupted = True
        if self._runner.running_command and self.settings.can_ask:
            self._shell.interrupt()
        else:
            self._turn.cancel()
        return True

    def write_input(self, data: bytes) -> None:
        """Write to the program in the foreground."""
        self._shell.write(data)

    def resize(self, columns: int, rows: int) -> None:
        """Tell programs the size of the shell pane."""
        self._shell.resize(columns, rows)

    def input_awaited(self, *, is_secret: bool) -> None:
        """Tell subscribers that the running program waits for input."""
        if self._runner.running_command:
            self._stream.emit(InputAwaited(command_id=self._runner.running_command, is_secret=is_secret))

    def warn(self, error: FazaiError) -> None:
        """Tell subscribers, from any thread, of an error that the session can live with."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._report, error)

    async def close(self) -> None:
        """Stop what is going on, end the shell and free the model."""
        if self._turn is not None:
            self._turn.cancel()
            await asyncio.wait([self._turn])
        await self._shell.close()
        await self._engine.close()

    async def _run(self, request: TurnRequest) -> TurnStatus:
        began = time.monotonic()
        turn = Turn(self._parts, request, self.settings)
        turn_id = new_id()
        status: TurnStatus = "failed"
        reason = ""
        try:
            self._stream.emit(TurnStarted(turn_id=turn_id, order=request.order, kind=request.kind))
            status = await turn.run()
            reason = turn.reason
        except asyncio.CancelledError:
            status, reason = "interrupted", self._texts.get("session.interrupted")
            if not self._is_interrupted:
                raise
        except FazaiError as error:
            status = "limit" if isinstance(error, LimitError) else "failed"
            reason = str(error)
            self._report(error)
        finally:
            self._tell(
                TurnFinished(
                    turn_id=turn_id,
                    status=status,
                    input_tokens=turn.usage.input_tokens,
                    cached_input_tokens=turn.usage.cached_input_tokens,
                    output_tokens=turn.usage.output_tokens,
                    duration_ms=int((time.monotonic() - began) * 1000),
                    reason=reason,
                )
            )
        return status

    def _report(self, error: FazaiError) -> None:
        self._tell(ErrorOccurred(code=error.kind.value, message=f"{error.title}: {error.message}", hint=error.hint))

    def _tell(self, event: Event) -> None:
        """Emit an event that must reach the subscribers even when the ledger cannot be written."""
        try:
            self._stream.emit(event)
        except LedgerError:
            self._stream.tell(event)

    def _bad_input(self, name: str) -> BadInputError:
        texts = self._texts
        return BadInputError(
            texts.get(f"session.{name}_title"), texts.get(f"session.{name}"), texts.get(f"session.{name}_hint")
        )
