"""What the policy says of a command."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.plan import Risk


class Decision(StrEnum):
    """What the policy does with a command."""

    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


class ApprovalPolicy(StrEnum):
    """When a human is asked."""

    UNTRUSTED = "untrusted"
    ON_REQUEST = "on-request"
    ON_FAILURE = "on-failure"
    NEVER = "never"


class SandboxMode(StrEnum):
    """What a command can reach."""

    READ_ONLY = "read-only"
    WORKSPACE_WRITE = "workspace-write"
    EPHEMERAL = "ephemeral"
    DANGER_FULL_ACCESS = "danger-full-access"


class Reason(BaseModel):
    """Why a command got its grade: a message key and its parameters."""

    model_config = ConfigDict(frozen=True)

    key: str
    """A message of the catalogue, `policy.reason.…`."""
    params: dict[str, str] = {}


class Assessment(BaseModel):
    """A command, graded by code. Nothing was run to obtain it."""

    model_config = ConfigDict(frozen=True)

    command: str
    risk: Risk
    decision: Decision
    """`allow`: known as read-only. `ask`: a human decides. `refuse`: never runs unattended."""
    reasons: tuple[Reason, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    """The argument vectors found, wrappers looked through."""
    writes: tuple[str, ...] = ()
    """Files and globs the command writes or deletes, as written."""


class ApprovalDecision(StrEnum):
    """What a human answers on an approval card."""

    RUN = "run"
    DECLINE = "decline"
    APPROVE_REST = "approve_rest"
    SKIP = "skip"
    DRY_RUN = "dry_run"
    ABORT = "abort"


class ApprovalReply(BaseModel):
    """An answer to an approval request.

    Attributes:
        command: The edited command when the human changed it, else None. An edited command is graded anew.
        reason: Why it was declined; goes back to the planner.
        typed: What was typed to confirm a critical command; must be the host's name.
        decided_by: The front end or person that answered.
    """

    model_config = ConfigDict(frozen=True)

    decision: ApprovalDecision
    command: str | None = None
    reason: str = ""
    typed: str = ""
    decided_by: str = "user"
