"""What the policy says of a command."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.lockout import Lockout
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


class Tier(StrEnum):
    """Where a rule comes from, the weakest first: a stronger one decides over a weaker one."""

    DEFAULT = "default"
    USER = "user"
    SESSION = "session"
    WORKSPACE = "workspace"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """How strong it is."""
        return list(Tier).index(self)


class RuleScope(StrEnum):
    """How long an answer on an approval card holds."""

    ONCE = "once"
    SESSION = "session"
    ALWAYS = "always"


class AppliedRule(BaseModel):
    """The rule that decided on a command.

    Attributes:
        id: Names it in `fazai policy list`.
        source: The file it stands in; empty for a rule of the session.
        reason: Why, in the words of whoever wrote it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    tier: Tier
    decision: Decision
    source: str = ""
    reason: str = ""


class StoredRule(BaseModel):
    """A rule that was taken from an answer.

    Attributes:
        ids: Take it back with `fazai policy remove`.
        file: Where it stands; empty while it holds for the session alone.
    """

    model_config = ConfigDict(frozen=True)

    ids: tuple[str, ...]
    file: str = ""


class Reason(BaseModel):
    """Why a command got its grade: a message key and its parameters."""

    model_config = ConfigDict(frozen=True)

    key: str
    """A message of the catalogue, `policy.reason.…`."""
    params: dict[str, str] = {}


class Touched(BaseModel):
    """A path that a command writes to.

    Attributes:
        path: As written.
        effect: What happens to it.
        cwd: Where a `cd` before it leads to; empty for the directory the command line runs in.
        is_pattern: Whether the shell expands it.
        is_known: Whether all of it is written out.
        is_home: Whether it begins with an unquoted `~`.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    effect: Literal["create", "append", "modify", "delete", "move", "permit", "search"]
    cwd: str = ""
    is_pattern: bool = False
    is_known: bool = True
    is_home: bool = False


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
    touched: tuple[Touched, ...] = ()
    """The same, with what happens to each."""
    rule: AppliedRule | None = None
    """The rule of a file or of the session that decided; None when the grade alone did."""
    lockout: Lockout = Lockout()
    """What the command could lock people out by."""
    offer: str = ""
    """The rules, as TOML, that would allow just this command from now on; empty where none can."""


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
        scope: How long an approval holds: beyond this time, the rules that the assessment offers are taken.
        typed: What was typed to confirm a critical command; must be the host's name.
        decided_by: The front end or person that answered.
    """

    model_config = ConfigDict(frozen=True)

    decision: ApprovalDecision
    command: str | None = None
    reason: str = ""
    scope: RuleScope = RuleScope.ONCE
    typed: str = ""
    decided_by: str = "user"
