"""What people are told of the lock-out guard."""

import math
from collections.abc import Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.lockout import GuardOutcome, GuardProspect, GuardStatus

_SHOWN = 6


def foretold(prospect: GuardProspect | None, texts: Texts) -> tuple[str, ...]:
    """Return what a guard would do for a step, one line each; none where there is nothing to guard."""
    if prospect is None:
        return ()
    gaps = [texts.get("guard.card.gap", gap=texts.get(f"guard.gap.{gap}")) for gap in prospect.gaps]
    if not prospect.is_possible:
        return (texts.get("guard.card.impossible"), *gaps)
    named = subjects(prospect.subjects, texts)
    lines = [texts.get("guard.card.armed", subjects=named, seconds=prospect.seconds)]
    if prospect.needs_password:
        lines.append(texts.get("guard.card.password"))
    return (*lines, *gaps)


def subjects(names: Sequence[str], texts: Texts) -> str:
    """Return what a guard puts back, in words."""
    return ", ".join(texts.get(f"guard.subject.{name}") for name in names)


def told(status: GuardStatus, how: str, texts: Texts) -> str:
    """Return what has become of a guard, on one line or a few.

    Args:
        status: The guard as it stands.
        how: How to decide on it, in the words of the front end.
        texts: The user's language.
    """
    name = _name(status)
    params: dict[str, object] = {
        "id": status.id,
        "subjects": subjects(status.subjects, texts),
        "commands": " · ".join(status.commands),
        "left": math.ceil(status.left or 0),
        "how": how,
    }
    lines = [texts.get(f"guard.told.{name}", **params)]
    if status.state in ("reverted", "failed") and not status.is_orphan:
        lines += _outcomes(status.outcomes, texts)
    return "\n".join(lines)


def how_by_command(status: GuardStatus, texts: Texts) -> str:
    """Return how to decide on a guard from a command line."""
    return texts.get("guard.told.how_cli", id=status.id)


def state_in_words(status: GuardStatus, texts: Texts) -> str:
    """Return where a guard stands, in a few words."""
    name: str = status.state
    if status.is_orphan:
        name = "orphan"
    elif status.state == "armed" and status.left is None:
        name = "running"
    return texts.get(f"guard.state.{name}", left=math.ceil(status.left or 0))


def _name(status: GuardStatus) -> str:
    if status.is_orphan:
        return "orphan"
    if status.state == "armed":
        if status.left is None:
            return "armed"
        return "counting" if status.is_own else "other"
    return "reverted_by" if status.state == "reverted" and status.by else status.state


def _outcomes(outcomes: Sequence[GuardOutcome], texts: Texts) -> list[str]:
    if not outcomes:
        return [texts.get("guard.told.nothing")]
    back = [outcome.name for outcome in outcomes if outcome.is_back]
    lost = [f"{outcome.name} ({outcome.detail or '?'})" for outcome in outcomes if not outcome.is_back]
    lines = [("back", back), ("lost", lost)]
    return [texts.get(f"guard.told.{key}", names=_listed(names, texts)) for key, names in lines if names]


def _listed(names: Sequence[str], texts: Texts) -> str:
    more = [texts.get("guard.more", count=len(names) - _SHOWN)] if len(names) > _SHOWN else []
    return ", ".join([*names[:_SHOWN], *more])
