"""Telling what steps would do: by the policy, and by trying them out where nothing can be changed."""

import asyncio
from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.plan import Step
from fazai_tui.core.policy import Assessment
from fazai_tui.core.ports import PolicyEngine, Rehearser
from fazai_tui.core.redaction import redact
from fazai_tui.core.rehearsal import Rehearsal
from fazai_tui.session.approvals import is_grave
from fazai_tui.session.change_list import MARKS, plain
from fazai_tui.session.conclusion import fenced, literal
from fazai_tui.session.touches import human_size, resolve

_SHOWN = 30
_ENDLESS = frozenset(("policy.reason.fork_bomb", "policy.reason.endless_function"))


class DryRun:
    """Tells what steps would do.

    Args:
        policy: Grades them.
        rehearser: Tries them out; None tells only what the policy knows.
        texts: The user's language.
        has_layer: Whether the session's commands see a layer, which a trial does not.
    """

    def __init__(
        self, policy: PolicyEngine, rehearser: Rehearser | None, texts: Texts, *, has_layer: bool = False
    ) -> None:
        self._has_layer = has_layer
        self._policy = policy
        self._rehearser = rehearser
        self._texts = texts

    async def describe(self, steps: Sequence[Step], cwd: str, *, is_asked: bool = False) -> tuple[str, tuple[str, ...]]:
        """Return what steps would do, as Markdown, and the last one's rehearsal in short, for its card.

        Args:
            steps: Each sees what those before it would have changed, as far as they were tried out.
            cwd: Where they would run.
            is_asked: Whether a human asked for just this step; without, a critical one is not tried out.
        """
        parts = [self._texts.get("session.not_run")]
        short: tuple[str, ...] = ()
        before: list[str] = []
        for number, step in enumerate(steps):
            assessment = self._policy.assess(step.command, cwd)
            known = await asyncio.to_thread(self._known, step, assessment, cwd)
            rehearsal = await self._rehearsal(assessment, cwd, before, is_asked=is_asked)
            told = [] if rehearsal is None else self._told(rehearsal, number)
            if rehearsal is not None and rehearsal.how == "overlay":
                before.append(step.command)
            short = () if rehearsal is None else self.summary(rehearsal)
            parts.append("\n".join([*known, *told]).rstrip())
        return "\n\n".join(parts), short

    def summary(self, rehearsal: Rehearsal) -> tuple[str, ...]:
        """Return what came of trying a command out, in a few words a line."""
        if rehearsal.how == "none":
            return (self._texts.get("rehearsal.none", why=rehearsal.why),)
        end = "late" if rehearsal.is_late else "status"
        lines = [self._texts.get(f"rehearsal.{end}", status=rehearsal.status)]
        if rehearsal.how == "own":
            return (*lines, self._texts.get("rehearsal.own", command=rehearsal.command))
        counts = [f"{MARKS[kind]}{sum(c.kind == kind for c in rehearsal.changes)}" for kind in MARKS]
        return (*lines, self._texts.get("rehearsal.counts", counts=" ".join(counts)))

    async def _rehearsal(
        self, assessment: Assessment, cwd: str, before: Sequence[str], *, is_asked: bool
    ) -> Rehearsal | None:
        if self._rehearser is None or (is_grave(assessment) and not is_asked):
            return None
        if any(reason.key in _ENDLESS for reason in assessment.reasons):
            return None
        return await asyncio.to_thread(self._rehearser.rehearse, assessment, cwd, tuple(before))

    def _known(self, step: Step, assessment: Assessment, cwd: str) -> list[str]:
        """Return what the policy knows of a step: command, risk with reasons, and what its paths resolve to."""
        texts = self._texts
        risk = texts.get(f"session.risk.{assessment.risk}")
        reasons = "; ".join(texts.get(reason.key, **reason.params) for reason in assessment.reasons)
        lines = [texts.get("session.dry_run_step", title=literal(step.title)), "", *_fenced(step.command), ""]
        lines.append(texts.get("session.dry_run_risk", risk=risk) + (f": {reasons}" if reasons else ""))
        return [*lines, *(f"- {line}" for line in resolve(assessment.touched, cwd, texts)), ""]

    def _told(self, rehearsal: Rehearsal, number: int) -> list[str]:
        """Return what came of trying a step out, before which stand a number of others."""
        texts = self._texts
        lines = ["; ".join(self.summary(rehearsal)) + ".", ""]
        if rehearsal.how == "own":
            lines.insert(0, texts.get("rehearsal.no_overlay", why=rehearsal.why))
        if rehearsal.how == "overlay":
            if number:
                lines.insert(0, texts.get("rehearsal.after" if rehearsal.before == number else "rehearsal.not_after"))
            if self._has_layer:
                lines.insert(0, texts.get("rehearsal.beside_layer"))
            rows = [
                f"{MARKS[change.kind]} {plain(change.path)}"
                + (f"  ({human_size(change.size, texts)})" if change.size else "")
                for change in rehearsal.changes[:_SHOWN]
            ]
            more = len(rehearsal.changes) - len(rows) + rehearsal.left_out
            rows += [texts.get("rehearsal.more", count=more)] if more else []
            lines += ["````diff", *rows, "````", ""] if rows else [texts.get("rehearsal.no_changes"), ""]
        if rehearsal.output.strip():
            lines += [fenced(plain(redact(rehearsal.output), keeps="\n\t").strip("\n"), texts), ""]
        return lines


def _fenced(command: str) -> tuple[str, ...]:
    return ("````sh", *command.splitlines(), "````")
