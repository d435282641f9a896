"""The session so far, in as many words as a prompt has room for."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from fazai_tui.core.generation import TurnRecord
from fazai_tui.engine.prompts_compact import one_line
from fazai_tui.engine.prompts_full import without_marks

_LONG: Final = 400
"""Characters of an order and of its outcome while there is room."""
_SHORT: Final = 80
"""Characters of an order once it is told without its outcome."""
_NEWEST: Final = 2
"""Orders that stay whole the longest."""


async def compacted(
    records: Sequence[TurnRecord], count_tokens: Callable[[str], Awaitable[int]], budget: int
) -> tuple[str, str]:
    """Return the transcript within a budget of tokens, and what was left out of it.

    The newest orders keep their outcome, older ones are told by their first words, the oldest are counted. The ledger
    has them all.
    """
    whole, told = len(records), len(records)
    while told:
        text = transcript_text(records, whole=whole, told=told)
        if await count_tokens(text) <= budget:
            return text, "" if whole == len(records) else f"{told} of {len(records)} orders, {whole} with their outcome"
        if whole > _NEWEST:
            whole //= 2
        elif told > _NEWEST:
            told = max(_NEWEST, told // 2)
        else:
            told -= 1
            whole = min(whole, told)
    return "", ""


def transcript_text(records: Sequence[TurnRecord], *, whole: int, told: int) -> str:
    """Return the earlier turns, oldest first.

    Args:
        records: Oldest first.
        whole: How many of the newest are told with their outcome.
        told: How many of the newest are told at all.
    """
    lines = [f"Earlier still: {len(records) - told} orders."] if told < len(records) else []
    for place, record in enumerate(records[len(records) - told :]):
        if place < told - whole:
            lines.append(f"Earlier: {_cut(record.order, _SHORT)}")
        else:
            lines.append(f"Earlier: {_cut(record.order, _LONG)} -> {_cut(record.outcome, _LONG)}")
    return "\n".join(lines)


def _cut(text: str, length: int) -> str:
    line = one_line(without_marks(text))
    return line if len(line) <= length else f"{line[:length]}…"
