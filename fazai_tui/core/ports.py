"""What the session needs from the outside: Protocols that adapters implement."""

from collections.abc import Callable, Sequence
from typing import Protocol, Self, TypeAlias

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.cookbook import Language, Retrieved
from fazai_tui.core.events import AskingProgram, CommandStatus, Event
from fazai_tui.core.generation import BuiltPrompt, EngineInfo, GenerationRequest, GenerationResult, PlanningContext
from fazai_tui.core.host import HostFacts
from fazai_tui.core.jobs import Job
from fazai_tui.core.plan import Proposal
from fazai_tui.core.policy import Assessment, RuleScope, SandboxMode, StoredRule
from fazai_tui.core.rehearsal import Rehearsal
from fazai_tui.core.secret import Secret
from fazai_tui.core.undo import FileChange, FileOutcome, Prospect, UndoOrigin, UndoRecord

EventSink: TypeAlias = Callable[[Event], None]
"""Gets every event of a session, in order, on the session's event loop."""


class CommandResult(BaseModel):
    """How a command ended.

    Attributes:
        exit_code: The exit status; None when the command did not end by itself.
        output: Head and tail of the output, escape sequences removed, decoded with replacement.
        output_bytes: How much it printed in all.
        cwd: The shell's directory afterwards.
    """

    model_config = ConfigDict(frozen=True)

    status: CommandStatus
    exit_code: int | None
    output: str
    output_bytes: int
    cwd: str
    duration_ms: int

    @classmethod
    def cancelled(cls, cwd: str) -> Self:
        """Return the result of a command whose end was not waited for."""
        return cls(status="cancelled", exit_code=None, output="", output_bytes=0, cwd=cwd, duration_ms=0)


class Engine(Protocol):
    """A language model. Its methods are called on the event loop and never block it."""

    @property
    def info(self) -> EngineInfo | None:
        """The loaded model; None before `load` has finished."""
        ...

    async def load(self) -> EngineInfo:
        """Load the model; harmless when it is loaded.

        Raises:
            ModelError: The file is missing, broken or unsupported.
        """
        ...

    async def generate(self, request: GenerationRequest, on_text: Callable[[str], None]) -> GenerationResult:
        """Generate, calling `on_text` on the event loop with each piece.

        Cancelling the task stops the generation within one token.

        Raises:
            ModelError: The model cannot run the request, for example a prompt longer than the window.
        """
        ...

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes."""
        ...

    async def apply_chat_template(self, messages: Sequence[tuple[str, str]]) -> str:
        """Render (role, content) messages with the model's own template, ready for the model's turn."""
        ...

    async def close(self) -> None:
        """Stop generating and free the model."""
        ...


class Planner(Protocol):
    """Turns an order and its context into a prompt, and the model's output into a proposal."""

    async def plan_prompt(self, context: PlanningContext) -> BuiltPrompt:
        """Build the prompt whose output `parse` understands."""
        ...

    async def answer_prompt(self, context: PlanningContext) -> BuiltPrompt:
        """Build a prompt for an answer that `read_answer` understands."""
        ...

    def read_answer(self, text: str, context: PlanningContext) -> str:
        """Return the answer in the model's output for `answer_prompt`, as Markdown.

        Raises:
            ValueError: The output holds no answer.
        """
        ...

    def parse(self, text: str, context: PlanningContext) -> Proposal:
        """Read the model's output.

        Raises:
            ValueError: The output is not a proposal.
        """
        ...


class Shell(Protocol):
    """One persistent shell on a PTY. Output goes to the sink given at construction."""

    @property
    def cwd(self) -> str:
        """The shell's working directory."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether a command is running."""
        ...

    @property
    def hides_typing(self) -> bool:
        """Whether a command has set the terminal as for a password."""
        ...

    async def start(self) -> None:
        """Start the shell.

        Raises:
            ShellError: It could not be started.
            ConfigurationError: The sandbox asked for cannot be had.
        """
        ...

    async def run(
        self, command: str, on_output: Callable[[str], None], *, timeout: float | None = None
    ) -> CommandResult:
        """Run a command and wait for its end. Cancelling the task interrupts the command and kills what remains.

        Args:
            command: Any bash text, heredocs and several lines included.
            on_output: Gets decoded output on the event loop, coalesced.
            timeout: Seconds; None for no limit.
        """
        ...

    def interrupt(self) -> None:
        """Send the running command what Ctrl-C sends."""
        ...

    def write(self, data: bytes) -> None:
        """Write to the program in the foreground."""
        ...

    def write_secret(self, secret: Secret, asker: AskingProgram) -> bool:
        """Write a secret for the program that asked, if it still waits; overwrite the secret in any case.

        Returns:
            Whether it was written.
        """
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Tell programs the size of the screen."""
        ...

    def jobs(self) -> tuple[Job, ...]:
        """Return what earlier commands left running, the oldest first. May be called in any thread."""
        ...

    def end_job(self, job_id: int, *, by_force: bool) -> bool:
        """Ask a job to end, or end it by force; False when there is no such job."""
        ...

    async def close(self) -> None:
        """End the shell and everything it started."""
        ...


class ChangeLayer(Protocol):
    """A layer over the machine that takes every change and is thrown away. Called in a thread."""

    def news(self) -> Sequence[FileChange]:
        """Return what has changed in it since this was asked last."""
        ...

    def close(self) -> None:
        """Throw it away."""
        ...


class SandboxLauncher(Protocol):
    """Confines a program and everything it starts."""

    @property
    def mode(self) -> SandboxMode:
        """What the program can reach."""
        ...

    @property
    def gaps(self) -> tuple[str, ...]:
        """Message keys of what it does not cover on this machine."""
        ...

    @property
    def layer(self) -> ChangeLayer | None:
        """What takes the program's changes; None where they are made for real."""
        ...

    def wrap(self, argv: Sequence[str], *, cwd: str, scratch: str) -> tuple[str, ...]:
        """Return the argument vector that runs a program confined.

        Args:
            argv: The program with its arguments.
            cwd: Where it starts.
            scratch: A directory it may write to, whatever the mode; nobody else uses it.
        """
        ...


class PolicyEngine(Protocol):
    """Grades commands without running them."""

    def assess(self, command: str, cwd: str = "") -> Assessment:
        """Grade a command line that would run in a directory; empty where that is not known."""
        ...

    def remember(self, assessment: Assessment, scope: RuleScope) -> StoredRule:
        """Take the rules that an assessment offers, for the session or for good.

        Raises:
            ConfigurationError: They cannot be written.
        """
        ...


class Ledger(Protocol):
    """The durable record. `record` returns when the event is on disk."""

    def record(self, session_id: str, event: Event) -> None:
        """Write an event.

        Raises:
            LedgerError: It could not be written, for example on a full disk.
        """
        ...

    def leave(self, session_id: str) -> None:
        """Let go of a session that this process recorded, so that another one may go on with it."""
        ...


class Retriever(Protocol):
    """Finds entries of the cookbook and of imported knowledge that resemble an order."""

    def warm_up(self) -> None:
        """Make ready what would cost the first search time; may take seconds."""
        ...

    def search(self, query: str, *, limit: int, language: Language | None = None) -> tuple[Retrieved, ...]:
        """Return the best entries, best first."""
        ...

    def strangeness(self, text: str) -> float:
        """Return the share of a sentence's words that nobody uses for what the cookbook knows, from 0 to 1."""
        ...

    def search_repairs(self, output: str, *, limit: int, language: Language) -> tuple[Retrieved, ...]:
        """Return the repair entries that fit what a failed command printed, best first."""
        ...


class VersionControl(Protocol):
    """Knows what version control keeps of files. Called in a thread."""

    def unsaved(self, files: Sequence[str]) -> int | None:
        """Return how many of some files are not kept as they are; None where none is under version control."""
        ...


class UndoKeeper(Protocol):
    """Keeps what steps touch, and puts it back. Called in a thread."""

    def foresee(self, assessment: Assessment, cwd: str) -> Prospect:
        """Return what could be taken back of a command."""
        ...

    def prepare(self, origin: UndoOrigin, assessment: Assessment) -> str:
        """Keep what a step is about to touch; return the record's id, empty when there is nothing to keep."""
        ...

    def settle(self, record_id: str) -> UndoRecord | None:
        """Note what a step has changed; None when it changed nothing, and its record is gone."""
        ...

    def records(self) -> tuple[UndoRecord, ...]:
        """Return what is kept, the newest first."""
        ...

    def way_back(self, record_id: str, *, is_forced: bool = False) -> tuple[str, ...]:
        """Return the commands that take back what are not files: packages, units, repositories."""
        ...

    def restore(self, record_id: str, *, is_forced: bool = False) -> tuple[FileOutcome, ...]:
        """Put the files of a step back, and make sure that they are.

        Args:
            is_forced: Whether files that changed again since the step are put back, too.
        """
        ...

    def mark(self, record_id: str, undone_by: str) -> None:
        """Note which turn took a step back."""
        ...


class Rehearser(Protocol):
    """Tries commands out without changing anything. Called in a thread."""

    def rehearse(self, assessment: Assessment, cwd: str, before: Sequence[str] = ()) -> Rehearsal:
        """Run a command where it can change nothing, and return what came of it; never raises.

        Args:
            assessment: The command, graded.
            cwd: Where it begins.
            before: Commands that are done first, whose effects it is to see.
        """
        ...


class CommandManual(Protocol):
    """Knows what installed programs and their options are for. Called in a thread."""

    def describe(self, argv: Sequence[str], language: Language) -> tuple[str, ...]:
        """Return lines on a command: what the program is for, then each option that is used; empty if unknown."""
        ...


class HostProbe(Protocol):
    """Gathers facts about the machine."""

    def facts(self) -> HostFacts:
        """Return the facts, gathered once."""
        ...
