"""What the history shows of a turn, as styled text."""

from collections.abc import Mapping

from textual.content import Content
from textual.highlight import highlight

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalDecided
from fazai_tui.ledger.entries import CommandEntry, TurnDetail, TurnEntry
from fazai_tui.widgets.plain import duration, one_line, summary, visible
from fazai_tui.widgets.plan_node import RISK_STYLES
from fazai_tui.widgets.turn_marks import TURN_ENDS

_SHOWN_OUTPUT = 4000

_MARKS: Mapping[str, tuple[str, str]] = {
    **TURN_ENDS,
    "in_progress": ("◐", "$secondary"),
    "abandoned": ("■", "$error"),
}


def turn_row(turn: TurnEntry, texts: Texts) -> Content:
    """Return a turn as two lines of the list."""
    mark, _ = _MARKS[turn.status]
    facts = [
        turn.started_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        texts.get("screen.history.count", count=turn.commands),
    ]
    if turn.duration_ms is not None:
        facts.append(duration(turn.duration_ms))
    # The highlight has a colour of its own, in which a mark's would drown.
    order = Content.assemble((f"{mark} ", "bold"), one_line(turn.order))
    return Content("\n").join([order, Content.styled("  " + " · ".join(facts), "dim")])


def turn_facts(detail: TurnDetail, texts: Texts) -> Content:
    """Return everything about a turn: order, outcome, plan, decisions, commands with output, and what FazAI said."""
    turn = detail.turn
    mark, style = _MARKS[turn.status]
    outcome = texts.get(f"screen.history.status.{turn.status}")
    reason = f" · {visible(turn.reason)}" if turn.reason else ""
    blocks = [
        Content.styled(visible(turn.order), "bold"),
        Content.assemble((f"{mark} {outcome}", style), (f"{reason} · {turn.cwd} · {turn.id[:8]}", "$foreground-muted")),
    ]
    for number, plan in enumerate(detail.plans):
        title = texts.get("screen.history.plan") if number == 0 else texts.get("screen.plan.attempt", number=number + 1)
        blocks += [Content(""), _heading(title)]
        blocks += [
            Content.assemble((f"  {step.id} ", "$foreground-muted"), one_line(step.title)) for step in plan.steps
        ]
    if detail.approvals:
        blocks += [Content(""), _heading(texts.get("screen.history.decisions"))]
        blocks += [_decision(approval, texts) for approval in detail.approvals]
    blocks += [Content(""), _heading(texts.get("screen.history.commands"))]
    for command in detail.commands:
        blocks += _command(command, texts)
    if not detail.commands:
        blocks.append(Content.styled(f"  {texts.get('screen.history.no_commands')}", "$foreground-muted"))
    for text in (*detail.messages, *detail.errors):
        blocks += [Content(""), _heading(texts.get("screen.history.answer")), Content(visible(text))]
    return Content("\n").join(blocks)


def _heading(text: str) -> Content:
    return Content.styled(text, "$primary bold")


def _decision(approval: ApprovalDecided, texts: Texts) -> Content:
    verdict = texts.get(f"screen.history.decision.{approval.decision}")
    facts = [texts.get("screen.chat.by_policy")] if approval.decided_by == "policy" else []
    facts += [visible(approval.reason)] if approval.reason else []
    tail = "".join(f" · {fact}" for fact in facts)
    return Content.assemble((f"  {verdict}", "$accent"), f" {summary(approval.command)}", (tail, "$foreground-muted"))


def _command(entry: CommandEntry, texts: Texts) -> list[Content]:
    is_good = entry.exit_code == 0
    ended = texts.get("screen.plan.exit", code=entry.exit_code) if entry.exit_code is not None else entry.status
    took = f" · {duration(entry.duration_ms)}" if entry.duration_ms is not None else ""
    rows = [
        Content.assemble(("$ ", "$primary bold"), highlight(visible(entry.command), language="bash")),
        Content.assemble(
            (f"  {texts.get(f'screen.risk.{entry.risk}')}", RISK_STYLES[entry.risk]),
            (f" · {ended}", "$success" if is_good else "$error"),
            (took, "$foreground-muted"),
        ),
    ]
    if output := entry.output.strip("\n"):
        shown = output if len(output) <= _SHOWN_OUTPUT else output[:_SHOWN_OUTPUT] + "…"
        rows.append(Content(visible(shown)))
    return rows
