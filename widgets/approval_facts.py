"""What an approval shows of a command, as styled text."""

from collections.abc import Sequence

from textual.content import Content
from textual.highlight import highlight

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalCard
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision, Reason
from fazai_tui.widgets.plain import visible
from fazai_tui.widgets.plan_node import RISK_STYLES
from fazai_tui.widgets.rule_chooser import Choice


def command_text(command: str) -> Content:
    """Return a command with bash colours; what hides in it is spelled out."""
    return highlight(visible(command), language="bash")


def risk_text(assessment: Assessment, texts: Texts) -> Content:
    """Return the grade with its reasons."""
    label = texts.get("screen.approval.risk", risk=texts.get(f"screen.risk.{assessment.risk}"))
    reasons = "; ".join(reason_text(reason, texts) for reason in assessment.reasons)
    grade = Content.styled(f" {label} ", f"{RISK_STYLES[assessment.risk]} bold")
    return Content.assemble(grade, " ", visible(reasons)) if reasons else grade


def reason_text(reason: Reason, texts: Texts) -> str:
    """Return a reason in the user's language; its key where the catalogue lacks it."""
    try:
        return texts.get(reason.key, **reason.params)
    except KeyError:
        return reason.key


def fact_rows(
    card: ApprovalCard,
    assessment: Assessment,
    texts: Texts,
    touches: Sequence[str],
    undo: Sequence[str] = (),
    guard: Sequence[str] = (),
) -> Content:
    """Return where and as whom the command runs, what it touches, and how to undo it: one labelled row each."""
    place = f"{card.user}@{card.host}  {card.cwd}"
    rows = [
        _row("where", place, texts),
        _row("touches", "  ".join(touches) or texts.get("screen.approval.touches_nothing"), texts),
        _row("sandbox", card.sandbox, texts, "$warning" if card.sandbox == "danger-full-access" else ""),
        _row("rollback", card.rollback or texts.get("screen.approval.no_rollback"), texts),
    ]
    if undo:
        rows[-1] = _row("rollback", " · ".join(undo), texts)
    if guard:
        rows.append(_row("guard", " · ".join(guard), texts, "$warning"))
    if card.rehearsal and assessment.command == card.assessment.command:
        rows.append(_row("rehearsal", " · ".join(card.rehearsal), texts))
    if card.is_imported and assessment.command == card.assessment.command:
        rows.insert(0, Content(visible(texts.get("screen.approval.imported", source=card.provenance))))
    return Content("\n").join(rows)


def explanation(card: ApprovalCard, assessment: Assessment, texts: Texts, told: Sequence[str] | None) -> Content:
    """Return what the step is for, where it came from, the commands found in it, and what is told of them.

    Args:
        told: What the manual, the cookbook or the model say; None while nobody has answered.
    """
    rows = [_row("explain", card.explain or card.title, texts)]
    if card.provenance and not card.is_imported:
        rows.append(_row("provenance", card.provenance, texts))
    for argv in assessment.commands:
        rows.append(_row("argv", " · ".join(argv), texts))
    if told is None:
        rows.append(_row("told", texts.get("screen.approval.asking"), texts))
    rows.extend(_row("told" if index == 0 else "", line, texts) for index, line in enumerate(told or ()))
    return Content("\n").join(rows)


def needs_host_name(assessment: Assessment) -> bool:
    """Tell whether only typing the host's name approves the command."""
    return not is_refused(assessment) and (assessment.risk is Risk.CRITICAL or assessment.decision is Decision.REFUSE)


def is_refused(assessment: Assessment) -> bool:
    """Tell whether a rule refuses the command, so that nobody can approve it."""
    return assessment.rule is not None and assessment.rule.decision is Decision.REFUSE


def scopes(assessment: Assessment) -> list[Choice]:
    """Return for how long the command can be approved beyond this once."""
    rest: list[Choice] = ["plan"] if assessment.risk.rank < Risk.HIGH.rank else []
    return [*rest, "session", "always"] if assessment.offer else rest


def _row(name: str, value: str, texts: Texts, style: str = "") -> Content:
    label = texts.get(f"screen.approval.{name}") if name else ""
    return Content.assemble((f"{label:<11}", "$foreground-muted"), (visible(value), style or "$foreground"))
