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


class Hit(_Entry):
    """A turn that a search found, and where."""

    turn: TurnEntry
    kind: Literal["order", "command", "output", "message"]
    excerpt: str
