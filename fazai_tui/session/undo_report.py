"""What people are told of taking steps back: before a step on its card, and afterwards."""

from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.undo import FileOutcome, Gap, Prospect, UndoRecord
from fazai_tui.session.touches import human_size

_SHOWN = 12
_SHOWN_GAPS = 4


def foretold(prospect: Prospect, rollback: str, texts: Texts) -> tuple[str, ...]:
    """Return what could be taken back of a command and what could not, one line each; none for a reading command."""
    if prospect.is_reading:
        return ()
    lines: list[str] = []
    if prospect.files:
        lines.append(texts.get("undo.card.files", count=prospect.files, size=human_size(prospect.size, texts)))
    if prospect.kinds:
        kinds = ", ".join(texts.get(f"undo.kind.{kind}") for kind in prospect.kinds)
        lines.append(texts.get("undo.card.kinds", kinds=kinds))
    if rollback and not prospect.files and not prospect.kinds:
        lines.append(texts.get("undo.card.rollback", command=rollback))
    lines += gap_lines(prospect.gaps, texts)
    return tuple(lines) or (texts.get("undo.card.nothing"),)


def gap_lines(gaps: Sequence[Gap], texts: Texts) -> list[str]:
    """Return what cannot be taken back, one line each."""
    lines = [texts.get(f"undo.gap.{gap.key}", **gap.params) for gap in gaps[:_SHOWN_GAPS]]
    if len(gaps) > _SHOWN_GAPS:
        lines.append(texts.get("undo.gap.more", count=len(gaps) - _SHOWN_GAPS))
    return lines


def listed(records: Sequence[UndoRecord], texts: Texts) -> str:
    """Return the steps that could be taken back, as Markdown."""
    if not records:
        return texts.get("undo.none")
    lines = [texts.get("undo.list"), ""]
    for record in records[:_SHOWN]:
        state = texts.get(f"undo.state.{'undone' if record.undone_by else 'standing'}")
        facts = [state, record.at.astimezone().strftime("%Y-%m-%d %H:%M"), *_counts(record, texts)]
        command = " ".join(record.origin.command.split()).replace("`", "ˋ")
        lines.append(f"- `{record.id}` {record.origin.step_id} · `{command[:80]}` · {' · '.join(facts)}")
    return "\n".join(lines)


def told(outcomes: Sequence[FileOutcome], commands: int, gaps: Sequence[Gap], again: str, texts: Texts) -> str:
    """Return what was put back, what was not and why, as Markdown.

    Args:
        outcomes: What became of the files.
        commands: How many commands led other things back.
        gaps: What was never to be taken back.
        again: The id that takes this back; empty where nothing was done.
    """
    back = [file for file in outcomes if file.outcome in ("restored", "already")]
    left = [file for file in outcomes if file.outcome not in ("restored", "already")]
    lines = [texts.get("undo.done.files", count=len(back))] if back else []
    lines += [f"- {_outcome(file, texts)}" for file in back[:_SHOWN]]
    lines += [texts.get("undo.done.more", count=len(back) - _SHOWN)] if len(back) > _SHOWN else []
    lines += [texts.get("undo.done.commands", count=commands)] if commands else []
    if left:
        lines += ["", texts.get("undo.left.title", count=len(left))]
        lines += [f"- {_outcome(file, texts)}" for file in left[:_SHOWN]]
        if any(file.outcome == "changed_since" for file in left):
            lines.append(texts.get("undo.left.force"))
    if gaps:
        lines += ["", *(f"- {line}" for line in gap_lines(gaps, texts))]
    if not back and not left and not commands:
        lines = [texts.get("undo.nothing_done"), *lines]
    if again:
        lines += ["", texts.get("undo.again", id=again)]
    return "\n".join(lines)


def _outcome(file: FileOutcome, texts: Texts) -> str:
    path = "`" + file.path.replace("`", "ˋ").replace("\n", "␊") + "`"
    name = file.kind if file.outcome in ("restored", "already") else file.outcome
    text = texts.get(f"undo.outcome.{name}", path=path)
    return f"{text} ({file.detail})" if file.detail else text


def _counts(record: UndoRecord, texts: Texts) -> list[str]:
    files = [texts.get("undo.count", count=len(record.changes))] if record.changes else []
    return [*files, *(texts.get(f"undo.kind.{kind}") for kind in record.kinds)]
