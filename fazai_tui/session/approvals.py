"""The one queue of approvals: any front end answers by id, the first answer wins."""

import asyncio

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply, Assessment, Decision, Tier

_ADVANCING = (ApprovalDecision.RUN, ApprovalDecision.APPROVE_REST)


class ApprovalQueue:
    """Requests that wait for an answer."""

    def __init__(self) -> None:
        self._pending: dict[str, asyncio.Future[ApprovalReply]] = {}

    async def ask(self, approval_id: str) -> ApprovalReply:
        """Wait for the answer to a request."""
        future: asyncio.Future[ApprovalReply] = asyncio.get_running_loop().create_future()
        self._pending[approval_id] = future
        try:
            return await future
        finally:
            del self._pending[approval_id]

    def reply(self, approval_id: str, reply: ApprovalReply) -> bool:
        """Answer a request; False when it is no longer pending."""
        future = self._pending.get(approval_id)
        if future is None or future.done():
            return False
        future.set_result(reply)
        return True


def needs_asking(policy: ApprovalPolicy, assessment: Assessment, *, rest_approved: bool) -> bool:
    """Tell whether a human must be asked before a command runs."""
    if is_grave(assessment):
        return True
    if asks_by_rule(assessment):
        # Whoever set the rule has also said that nobody is to be asked; the machine's rules are not theirs to loosen.
        is_theirs = assessment.rule is not None and assessment.rule.tier is not Tier.ADMIN
        return not (is_theirs and policy in (ApprovalPolicy.NEVER, ApprovalPolicy.ON_FAILURE))
    if rest_approved and assessment.risk.rank < Risk.HIGH.rank:
        return False
    match policy:
        case ApprovalPolicy.UNTRUSTED:
            return assessment.decision is not Decision.ALLOW
        case ApprovalPolicy.ON_REQUEST:
            return assessment.decision is not Decision.ALLOW and assessment.risk.rank >= Risk.MEDIUM.rank
        case ApprovalPolicy.ON_FAILURE | ApprovalPolicy.NEVER:
            return False


def asks_by_rule(assessment: Assessment) -> bool:
    """Tell whether a rule wants a human asked, whatever the grade."""
    return assessment.rule is not None and assessment.rule.decision is Decision.ASK


def is_forbidden(assessment: Assessment) -> bool:
    """Tell whether a rule refuses a command: nobody can approve it, only the rule's owner can change the rule."""
    return assessment.rule is not None and assessment.rule.decision is Decision.REFUSE


def is_grave(assessment: Assessment) -> bool:
    """Tell whether a command must never run without a human's typed confirmation."""
    return assessment.risk is Risk.CRITICAL or assessment.decision is Decision.REFUSE


def is_confirmed(reply: ApprovalReply, assessment: Assessment, hostname: str) -> bool:
    """Tell whether a reply lets a command run: a grave one takes the host's name, typed."""
    if reply.decision not in _ADVANCING or is_forbidden(assessment):
        return False
    return not is_grave(assessment) or reply.typed.strip() == hostname
