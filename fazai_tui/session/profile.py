"""What a session is set to."""

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.cookbook import Language
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode


class SessionProfile(BaseModel):
    """The choices a session works under; a changed choice is a new profile.

    Attributes:
        can_ask: Whether somebody is there to answer approvals; without, what would be asked is declined.
        repairs: How often a failed step may be mended by a new plan.
        max_plans: How many plans a turn may have, the first one counted.
        max_steps: How many commands a turn may run.
        max_identical: How often a turn may run the same command.
        timeout: Seconds a turn's commands may take together; None for no limit.
    """

    model_config = ConfigDict(frozen=True)

    language: Language = "pt"
    approval: ApprovalPolicy = ApprovalPolicy.UNTRUSTED
    sandbox: SandboxMode = SandboxMode.DANGER_FULL_ACCESS
    persona: str = "claudio"
    can_ask: bool = True
    repairs: int = 2
    max_plans: int = 3
    max_steps: int = 20
    max_identical: int = 5
    timeout: float | None = None
