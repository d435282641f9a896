"""What an approval card says of a command, gathered by code."""

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalCard
from fazai_tui.core.host import HostFacts
from fazai_tui.core.plan import Step
from fazai_tui.core.policy import Assessment
from fazai_tui.core.ports import UndoKeeper, VersionControl
from fazai_tui.session.approvals import is_grave
from fazai_tui.session.guarding import StepGuard
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.touches import resolve
from fazai_tui.session.undo_report import foretold


class CardWriter:
    """Writes approval cards. It looks at files: call it in a thread.

    Args:
        texts: The user's language.
        versions: Knows what version control keeps of files; None says nothing of it.
        undo: Knows what could be taken back; None says nothing of it.
        guard: Knows what is put back unless somebody confirms.
        is_discarded: Whether what commands change is thrown away.
    """

    def __init__(
        self,
        texts: Texts,
        versions: VersionControl | None,
        undo: UndoKeeper | None = None,
        *,
        guard: StepGuard,
        is_discarded: bool = False,
    ) -> None:
        self._texts = texts
        self._guard = guard
        self._undo = undo
        self._is_discarded = is_discarded
        self._versions = versions

    def card(
        self,
        approval_id: str,
        step: Step,
        assessment: Assessment,
        *,
        profile: SessionProfile,
        host: HostFacts,
        cwd: str,
    ) -> ApprovalCard:
        """Return the card that asks for a step."""
        return ApprovalCard(
            approval_id=approval_id,
            step_id=step.id,
            title=step.title,
            assessment=assessment,
            cwd=cwd,
            user=host.user,
            host=host.hostname,
            sandbox=profile.sandbox.value,
            rollback=step.rollback,
            explain=step.explain,
            provenance=step.provenance,
            is_imported=step.is_imported,
            touches=self.touches(assessment, cwd),
            undo=self.ways_back(assessment, cwd, step.rollback),
            guard=self._guard.lines(assessment, profile.sandbox),
            needs_typing=is_grave(assessment),
        )

    def touches(self, assessment: Assessment, cwd: str) -> tuple[str, ...]:
        """Return what a command does to which files, one line each."""
        return resolve(assessment.touched, cwd, self._texts, self._versions)

    def ways_back(self, assessment: Assessment, cwd: str, rollback: str = "") -> tuple[str, ...]:
        """Return what could be taken back of a command and what could not, one line each."""
        if self._is_discarded:
            return (self._texts.get("sandbox.layer.undo"),)
        if self._undo is None:
            return ()
        return foretold(self._undo.foresee(assessment, cwd), rollback, self._texts)
