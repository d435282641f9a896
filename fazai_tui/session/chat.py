"""Answering questions: by what a command that only reads has shown, else in words."""

from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.asking import asks_how, is_question
from fazai_tui.core.plan import Plan, Risk, Step
from fazai_tui.core.policy import Decision
from fazai_tui.core.ports import CommandResult, PolicyEngine
from fazai_tui.session.conclusion import fenced
from fazai_tui.session.excerpt import telling_lines


def is_probe(plan: Plan, policy: PolicyEngine, cwd: str) -> bool:
    """Tell whether the policy knows every step as reading only, so that it needs nobody's approval."""
    return all(policy.assess(step.command, cwd).decision is Decision.ALLOW for step in plan.steps)


def is_only_named(order: str, plan: Plan, *, is_chat: bool, can_ask: bool) -> bool:
    """Tell whether commands that do not only read are named and not run, as no more was asked for.

    Where nobody approves what runs, a question is no order to change anything: not one of how something is done, and
    none whose plan has some risk, for then it was most likely misread.

    Args:
        order: The sentence.
        plan: What would run.
        is_chat: Whether the sentence was given to be answered.
        can_ask: Whether somebody is there who approves what runs.
    """
    if is_chat or can_ask:
        return is_chat
    has_risk = any(step.risk is not Risk.LOW for step in plan.steps)
    return asks_how(order) or (has_risk and is_question(order) and order.strip().partition("?")[1:] == ("?", ""))


def named(plan: Plan, texts: Texts, *, is_chat: bool) -> str:
    """Return the commands of a plan that was not run, as Markdown, and how to have them run."""
    lines = [texts.get("session.chat.named"), *(_command(step) for step in plan.steps)]
    lines += [plan.steps[0].explain] if plan.steps[0].explain else []
    return "\n\n".join((*lines, texts.get("session.chat.as_order" if is_chat else "session.chat.as_command")))


def observed(order: str, results: Sequence[tuple[Step, CommandResult]], texts: Texts) -> str:
    """Return what probes have shown, as Markdown: each command and what it printed."""
    parts = [texts.get("session.chat.observed", count=len(results))]
    for step, result in results:
        parts.append(_command(step))
        printed = result.output.strip("\n")
        if not printed.strip():
            parts.append(texts.get("session.chat.nothing"))
            continue
        quoted = telling_lines(printed, order)
        parts.append(fenced("\n".join(quoted), texts))
        if len(quoted) < len(printed.splitlines()):
            parts.append(texts.get("session.chat.quoted", count=len(quoted), total=len(printed.splitlines())))
    return "\n\n".join(parts)


def is_answered_by(order: str, plan: Plan, policy: PolicyEngine, cwd: str, *, is_chat: bool) -> bool:
    """Tell whether what a plan's commands print is the answer, and not the sign that something was done."""
    is_asked = is_chat or is_question(order) or order.rstrip().endswith("?")
    return is_asked and is_probe(plan, policy, cwd)


def _command(step: Step) -> str:
    fence = "```"
    while fence in step.command:
        fence += "`"
    return f"{fence}sh\n{step.command}\n{fence}"
