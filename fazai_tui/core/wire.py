"""What FazAI emits to programs: one JSON object a line, named as Codex `exec --json` names them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from fazai_tui.core.events import CommandStatus
from fazai_tui.core.lockout import GuardState
from fazai_tui.core.memory import MemoryAction
from fazai_tui.core.plan import Risk, StepStatus
from fazai_tui.core.undo import ChangeKind


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True)


class Usage(_Wire):
    """Tokens of a turn."""

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int


class WireError(_Wire):
    """An error in the terms of the exit codes."""

    code: str
    message: str


class PlanStep(_Wire):
    """A step as it is emitted."""

    id: str
    title: str
    command: str
    explain: str
    risk: Risk
    needs: tuple[str, ...]
    rollback: str
    check: str
    provenance: str = ""
    """A cookbook entry's id, or where imported knowledge was read: `runbook deploy.md`, `man tar`, `tldr tar`."""
    status: StepStatus


class PlanItem(_Wire):
    """A plan and where its steps stand."""

    id: str
    type: Literal["plan"] = "plan"
    goal: str
    steps: tuple[PlanStep, ...]


class CommandItem(_Wire):
    """A command, its output so far and its end."""

    id: str
    type: Literal["command_execution"] = "command_execution"
    step_id: str
    command: str
    cwd: str
    risk: Risk
    aggregated_output: str = ""
    exit_code: int | None = None
    duration_ms: int = 0
    status: CommandStatus = "in_progress"


class ApprovalItem(_Wire):
    """A request for approval and its answer."""

    id: str
    type: Literal["approval"] = "approval"
    step_id: str
    command: str
    risk: Risk
    reasons: tuple[str, ...] = ()
    decision: str = ""
    """Empty while it is pending."""
    decided_by: str = ""
    edited: bool = False


class MessageItem(_Wire):
    """What FazAI says."""

    id: str
    type: Literal["agent_message"] = "agent_message"
    text: str


class ReasoningItem(_Wire):
    """Why FazAI does what it does next: a repair, for example."""

    id: str
    type: Literal["reasoning"] = "reasoning"
    text: str


class FileChangeItem(_Wire):
    """A file that FazAI itself changed, as when it takes a step back, or a command in a layer that is thrown away."""

    id: str
    type: Literal["file_change"] = "file_change"
    path: str
    kind: ChangeKind
    discarded: bool = False
    """Whether the change is in a layer that is thrown away, and the file on the machine is as it was."""


class GuardItem(_Wire):
    """The lock-out guard: what it does unless somebody confirms.

    Attributes:
        guard_id: For `fazai guard confirm|revert`.
        left: Seconds until everything is put back; null while a step runs.
        put_back: What was put back.
        lost: What could not be.
    """

    id: str
    type: Literal["guard"] = "guard"
    guard_id: str
    state: GuardState
    subjects: tuple[str, ...]
    commands: tuple[str, ...]
    seconds: int
    left: float | None
    put_back: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class MemoryItem(_Wire):
    """Entries of long-term memory that were recalled, stored, changed or forgotten."""

    id: str
    type: Literal["memory"] = "memory"
    action: MemoryAction
    ids: tuple[str, ...]


class ErrorItem(_Wire):
    """An error that does not end the turn."""

    id: str
    type: Literal["error"] = "error"
    code: str
    message: str


Item = Annotated[
    PlanItem
    | CommandItem
    | ApprovalItem
    | MessageItem
    | MemoryItem
    | ReasoningItem
    | FileChangeItem
    | GuardItem
    | ErrorItem,
    Field(discriminator="type"),
]
"""Anything that a turn produces."""


class ThreadStarted(_Wire):
    """A session began; its id resumes it."""

    type: Literal["thread.started"] = "thread.started"
    thread_id: str


class WireTurnStarted(_Wire):
    """An order was accepted."""

    type: Literal["turn.started"] = "turn.started"


class ItemStarted(_Wire):
    """An item began."""

    type: Literal["item.started"] = "item.started"
    item: Item


class ItemUpdated(_Wire):
    """An item changed."""

    type: Literal["item.updated"] = "item.updated"
    item: Item


class ItemCompleted(_Wire):
    """An item is final."""

    type: Literal["item.completed"] = "item.completed"
    item: Item


class OutputDelta(_Wire):
    """Output of a running command."""

    type: Literal["item.output_delta"] = "item.output_delta"
    item_id: str
    text: str


class TurnCompleted(_Wire):
    """A turn ended as it should."""

    type: Literal["turn.completed"] = "turn.completed"
    usage: Usage
    status: str
    duration_ms: int


class WireTurnFailed(_Wire):
    """A turn ended otherwise."""

    type: Literal["turn.failed"] = "turn.failed"
    error: WireError


class WireErrorEvent(_Wire):
    """An error outside any turn."""

    type: Literal["error"] = "error"
    code: str
    message: str


WireEvent = Annotated[
    ThreadStarted
    | WireTurnStarted
    | ItemStarted
    | ItemUpdated
    | ItemCompleted
    | OutputDelta
    | TurnCompleted
    | WireTurnFailed
    | WireErrorEvent,
    Field(discriminator="type"),
]
"""One line of `exec --json`."""

WIRE_ADAPTER: TypeAdapter[WireEvent] = TypeAdapter(WireEvent)
"""Parses and serialises any emitted event, and gives their JSON Schema."""
