"""What happens in a session, in order: frozen, past tense, one union told apart by `type`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from fazai_tui.core.lockout import GuardStatus
from fazai_tui.core.memory import MemoryAction, Recalled
from fazai_tui.core.plan import Plan, StepStatus
from fazai_tui.core.policy import ApprovalDecision, Assessment
from fazai_tui.core.undo import FileChange, FileOutcome

EngineState = Literal["loading", "ready", "thinking", "running", "error"]
"""What the status line shows."""

TurnKind = Literal["order", "ask", "chat", "literal", "undo"]
"""An order to plan, a question to answer in words alone, one that commands which only read may answer too, a command
given with `!`, or steps to take back."""

TurnStatus = Literal["fulfilled", "answered", "failed", "declined", "interrupted", "limit"]
"""How a turn ended."""

ShellName = Literal["plan", "own"]
"""Whose shell: the one that plans run in, or the user's own beside it."""

CommandStatus = Literal["in_progress", "completed", "failed", "declined", "cancelled", "timed_out"]
"""Where a command stands."""


ContextPartName = Literal[
    "system",
    "persona",
    "host",
    "machine",
    "workspace",
    "knowledge",
    "memory",
    "errors",
    "jobs",
    "transcript",
    "order",
    "observation",
]
"""What a prompt is made of."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class SessionStarted(_Event):
    """A session began, or was resumed."""

    type: Literal["session_started"] = "session_started"
    session_id: str
    cwd: str
    resumed: bool = False
    beside: str = ""
    """The session whose user's own shell this one records; empty for a session by itself."""


class EngineStateChanged(_Event):
    """The engine loads, waits, generates or failed."""

    type: Literal["engine_state_changed"] = "engine_state_changed"
    state: EngineState
    model: str = ""
    detail: str = ""
    """One line for the user: the error, or what is awaited."""


class TurnStarted(_Event):
    """An order, a question or a literal command was accepted."""

    type: Literal["turn_started"] = "turn_started"
    turn_id: str
    order: str
    kind: TurnKind


class PersonaLed(_Event):
    """It was settled who answers this turn."""

    type: Literal["persona_led"] = "persona_led"
    name: str
    reason: str
    """One line in the user's language."""
    is_auto: bool = False
    """Whether FazAI chose."""
    is_new: bool = True
    """Whether somebody else led before, or for another reason."""


class ContextPart(_Event):
    """One part of what the model was given."""

    name: ContextPartName
    text: str
    tokens: int
    detail: str = ""
    """Provenance: entry ids and scores, for example."""


class ContextBuilt(_Event):
    """The prompt for a generation was assembled; this is exactly what the model gets."""

    type: Literal["context_built"] = "context_built"
    parts: tuple[ContextPart, ...]
    budget: int
    """Tokens the prompt may take."""


class MemoryTouched(_Event):
    """Entries of long-term memory were recalled, stored, changed or forgotten."""

    type: Literal["memory_touched"] = "memory_touched"
    action: MemoryAction
    recalled: tuple[Recalled, ...]
    detail: str = ""
    """How entries are found just now: by words alone, for example."""


class TokenGenerated(_Event):
    """The engine produced a piece of text."""

    type: Literal["token_generated"] = "token_generated"
    text: str
    purpose: Literal["plan", "answer"] = "plan"


class GenerationFinished(_Event):
    """A generation ended; its cost."""

    type: Literal["generation_finished"] = "generation_finished"
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    tokens_per_second: float


class PlanProposed(_Event):
    """The model's plan, checked and graded; replaces an earlier plan of the turn."""

    type: Literal["plan_proposed"] = "plan_proposed"
    plan: Plan
    attempt: int = 0
    """0 for the first plan of a turn, then 1, 2 for repairs."""


class StepChanged(_Event):
    """A step moved to another status."""

    type: Literal["step_changed"] = "step_changed"
    step_id: str
    status: StepStatus


class ApprovalCard(_Event):
    """Everything an approval shows, from code and not from the model."""

    approval_id: str
    step_id: str
    title: str
    assessment: Assessment
    cwd: str
    user: str
    host: str
    sandbox: str
    rollback: str = ""
    explain: str = ""
    provenance: str = ""
    is_imported: bool = False
    """Whether the command came from imported knowledge."""
    touches: tuple[str, ...] = ()
    """Files and globs with what they resolve to, ready to show."""
    guard: tuple[str, ...] = ()
    """What is put back unless somebody confirms that people still get in, ready to show."""
    undo: tuple[str, ...] = ()
    """What could be taken back, and what could not, ready to show."""
    rehearsal: tuple[str, ...] = ()
    """What came of trying the command out, in short, ready to show."""
    needs_typing: bool = False
    """Whether only the host's name, typed, approves it."""


class ApprovalRequested(_Event):
    """A human is asked; any front end may answer by id."""

    type: Literal["approval_requested"] = "approval_requested"
    card: ApprovalCard


class ApprovalDecided(_Event):
    """A human or the policy answered."""

    type: Literal["approval_decided"] = "approval_decided"
    approval_id: str
    step_id: str
    command: str
    assessment: Assessment
    decision: ApprovalDecision
    decided_by: str
    edited: bool = False
    reason: str = ""


class CommandStarted(_Event):
    """A command is about to run; the ledger has it before it starts."""

    type: Literal["command_started"] = "command_started"
    command_id: str
    step_id: str
    command: str
    cwd: str
    assessment: Assessment
    shell: ShellName = "plan"


class OutputReceived(_Event):
    """Output of the running command, as it came (escape sequences included)."""

    type: Literal["output_received"] = "output_received"
    command_id: str
    text: str


class AskingProgram(_Event):
    """The process that waits for the keyboard. Its name and command line are its own words: untrusted."""

    pid: int
    started: int
    """When it started, in clock ticks since boot: numbers come around."""
    name: str
    command: str = ""
    """Its command line; empty for the shell itself."""


class InputAwaited(_Event):
    """The running command waits for input."""

    type: Literal["input_awaited"] = "input_awaited"
    command_id: str
    is_secret: bool
    asker: AskingProgram


class CommandNoted(_Event):
    """FazAI does something to the running command, such as sending it a signal."""

    type: Literal["command_noted"] = "command_noted"
    command_id: str
    text: str
    """One line in the user's language."""


class TimeLimitReached(_Event):
    """The running command has had its time, and a human is asked whether it may go on."""

    type: Literal["time_limit_reached"] = "time_limit_reached"
    question_id: str
    command_id: str
    seconds: int
    """How long the order's commands have taken together."""


class BackgroundPrinted(_Event):
    """What was left running in the background printed something between two commands."""

    type: Literal["background_printed"] = "background_printed"
    text: str
    shell: ShellName = "plan"


class CommandFinished(_Event):
    """A command ended."""

    type: Literal["command_finished"] = "command_finished"
    command_id: str
    step_id: str
    status: CommandStatus
    exit_code: int | None
    output: str
    """Head and tail of the output, without escape sequences."""
    duration_ms: int
    cwd: str
    """The shell's directory afterwards."""


class FilesRestored(_Event):
    """Files that a step had changed were put back."""

    type: Literal["files_restored"] = "files_restored"
    record_id: str
    step_id: str
    outcomes: tuple[FileOutcome, ...]


class GuardChanged(_Event):
    """The lock-out guard was armed, its time runs, or it has come to an end."""

    type: Literal["guard_changed"] = "guard_changed"
    status: GuardStatus


class FilesChanged(_Event):
    """A command changed files in a layer that is thrown away; none of it happened on the machine."""

    type: Literal["files_changed"] = "files_changed"
    command_id: str
    step_id: str
    changes: tuple[FileChange, ...]
    left_out: int = 0
    """How many more there were."""


class RepairStarted(_Event):
    """A step failed and the engine is asked to mend it."""

    type: Literal["repair_started"] = "repair_started"
    attempt: int
    step_id: str
    observation: str


class MessageProduced(_Event):
    """FazAI says something to the user: an answer, or the conclusion of a turn."""

    type: Literal["message_produced"] = "message_produced"
    text: str
    """Markdown."""
    by_model: bool = False
    """Whether a model wrote it; otherwise code did, from what was observed."""


class ErrorOccurred(_Event):
    """Something went wrong that the user should know."""

    type: Literal["error_occurred"] = "error_occurred"
    code: str
    message: str
    hint: str = ""


class TurnFinished(_Event):
    """A turn ended."""

    type: Literal["turn_finished"] = "turn_finished"
    turn_id: str
    status: TurnStatus
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    duration_ms: int = 0
    reason: str = ""
    """Why it failed, on one line."""


Event = Annotated[
    SessionStarted
    | EngineStateChanged
    | TurnStarted
    | PersonaLed
    | ContextBuilt
    | MemoryTouched
    | TokenGenerated
    | GenerationFinished
    | PlanProposed
    | StepChanged
    | ApprovalRequested
    | ApprovalDecided
    | CommandStarted
    | OutputReceived
    | InputAwaited
    | CommandNoted
    | TimeLimitReached
    | BackgroundPrinted
    | CommandFinished
    | FilesRestored
    | FilesChanged
    | GuardChanged
    | RepairStarted
    | MessageProduced
    | ErrorOccurred
    | TurnFinished,
    Field(discriminator="type"),
]
"""Anything that happens in a session."""

EVENT_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)
"""Parses and serialises any event."""
