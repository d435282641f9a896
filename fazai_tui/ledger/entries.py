"""What the ledger gives back: frozen values."""

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.events import ApprovalDecided, CommandStatus, TurnKind, TurnStatus
from fazai_tui.core.plan import Plan, Risk

Abandoned = Literal["abandoned"]
"""FazAI ended, or was killed, before the entry did."""

TurnState: TypeAlias = TurnStatus | Literal["in_progress"] | Abandoned
CommandState: TypeAlias = CommandStatus | Abandoned


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)


class TurnEntry(_Entry):
    """One order and how it ended."""

    id: str
    session_id: str
    started_at: datetime
    order: str
    kind: TurnKind
    status: TurnState
    reason: str
    """Why it failed, on one line."""
    host: str = ""
    """The machine it ran on; empty where an earlier FazAI recorded it."""
    cwd: str
    """Where the session began."""
    commands: int
    """How many commands ran."""
    duration_ms: int | None
    input_tokens: int
    output_tokens: int


class CommandEntry(_Entry):
    """One command that ran."""

    id: str
    step_id: str
    command: str
    cwd: str
    risk: Risk
    status: CommandState
    exit_code: int | None
    output: str
    """Head and tail of what it printed; untrusted."""
    started_at: datetime
    duration_ms: int | None


class TurnDetail(_Entry):
    """Everything the ledger knows of one turn."""

    turn: TurnEntry
    plans: tuple[Plan, ...]
    """The first plan, then its repairs."""
    approvals: tuple[ApprovalDecided, ...]
    commands: tuple[CommandEntry, ...]
    messages: tuple[str, ...]
    """What FazAI said, in Markdown."""
    errors: tuple[str, ...]


class SessionEntry(_Entry):
    """One session: orders that belong together, and can be gone on with."""

    id: str
    title: str
    """The name it was given, else its first order."""
    is_named: bool
    started_at: datetime
    last_at: datetime
    """When its last order began, else when it did."""
    cwd: str
    """Where it was left."""
    host: str
    """Where its last order ran; empty where an earlier FazAI recorded it."""
    turns: int
    last_order: str
    holder: int | None
    """The process that has it open; None when none has."""
    forked_from: str


class PastTurn(_Entry):
    """One order of a session, in short."""

    id: str
    started_at: datetime
    order: str
    kind: TurnKind
    status: TurnState
    reason: str
    duration_ms: int | None
    input_tokens: int
    output_tokens: int
    message: str
    """The last thing FazAI said, in Markdown."""


class Hit(_Entry):
    """A turn that a search found, and where."""

    turn: TurnEntry
    kind: Literal["order", "command", "output", "message"]
    excerpt: str
