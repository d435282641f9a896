"""Which step is next."""

from collections.abc import Sequence

from fazai_tui.core.plan import Plan, Step, StepStatus, chained


def next_step(plan: Plan) -> Step | None:
    """Return the first pending step whose needs are met, or None."""
    met = {step.id for step in plan.steps if step.status in (StepStatus.DONE, StepStatus.SKIPPED)}
    return next((s for s in plan.steps if s.status is StepStatus.PENDING and met.issuperset(s.needs)), None)


def repaired_plan(plan: Plan, failed: Step, repair: Sequence[Step], *, attempt: int) -> Plan:
    """Return the plan that mends a failed step: the repair, the failed step again unless replaced, then the rest.

    The failed step is run again unless the repair itself runs the same program. Steps keep their order; the repair's
    ids are made unique by the attempt.
    """
    mending = [step.model_copy(update={"id": f"r{attempt}.{n}", "needs": ()}) for n, step in enumerate(repair, 1)]
    if not any(program(step.command) == program(failed.command) for step in repair):
        mending.append(failed.model_copy(update={"id": f"{failed.id}.{attempt}", "status": StepStatus.PENDING}))
    rest = [step for step in plan.steps if step.status is StepStatus.PENDING and step.id != failed.id]
    return Plan(goal=plan.goal, steps=chained([*mending, *rest]))


def program(command: str) -> str:
    """Return the name of the first program of a command, sudo looked through."""
    words = command.split()
    while words and (words[0] == "sudo" or words[0].startswith("-") or "=" in words[0]):
        words.pop(0)
    return words[0] if words else ""
