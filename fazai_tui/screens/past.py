"""Showing what a resumed session has been through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.chat import ChatPane
from fazai_tui.widgets.plain import one_line

if TYPE_CHECKING:
    from fazai_tui.ledger.entries import PastTurn

_SHOWN_TURNS = 60


async def show_past(chat: ChatPane, turns: Sequence[PastTurn], title: str, texts: Texts) -> None:
    """Bring the newest orders of a session to the chat, each with its conclusion and how it ended."""
    from fazai_tui.core.events import TurnFinished

    if left_out := len(turns) - len(turns[-_SHOWN_TURNS:]):
        await chat.add_note("·", "$foreground-muted", texts.get("session.resumed.earlier", count=left_out))
    for turn in turns[-_SHOWN_TURNS:]:
        await chat.add_order(turn.order, turn.kind)
        if turn.message:
            await chat.add_message(turn.message, by_model=False)
        if turn.status == "abandoned" or turn.status == "in_progress":
            await chat.add_note("■", "$error", texts.get("session.resumed.abandoned"))
            continue
        ended = TurnFinished(
            turn_id=turn.id,
            status=turn.status,
            reason=turn.reason,
            duration_ms=turn.duration_ms or 0,
            input_tokens=turn.input_tokens,
            output_tokens=turn.output_tokens,
        )
        await chat.add_turn_end(ended)
    await chat.add_note("↻", "$accent bold", texts.get("session.resumed.title", title=one_line(title)))
