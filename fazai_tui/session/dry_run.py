"""Telling what a plan would do without running any of it."""

from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.plan import Step
from fazai_tui.core.ports import PolicyEngine
from fazai_tui.session.touches import resolve


def describe(steps: Sequence[Step], policy: PolicyEngine, cwd: str, texts: Texts) -> str:
    """Return what the policy knows of each step: command, risk with reasons, and what its paths resolve to."""
    lines = [texts.get("session.not_run"), ""]
    for step in steps:
        assessment = policy.assess(step.command, cwd)
        risk = texts.get(f"session.risk.{assessment.risk}")
        reasons = "; ".join(texts.get(reason.key, **reason.params) for reason in assessment.reasons)
        lines += [texts.get("session.dry_run_step", title=step.title), "", *_fenced(step.command), ""]
        lines.append(texts.get("session.dry_run_risk", risk=risk) + (f": {reasons}" if reasons else ""))
        lines += [f"- {line}" for line in resolve(assessment.touched, cwd, texts)] + [""]
    return "\n".join(lines).rstrip()


def _fenced(command: str) -> tuple[str, ...]:
    return ("````sh", *command.splitlines(), "````")
