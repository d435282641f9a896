"""How turns are marked, in the chat and in the history alike."""

from collections.abc import Mapping

TURN_ENDS: Mapping[str, tuple[str, str]] = {
    "fulfilled": ("✓", "$success"),
    "answered": ("✓", "$success"),
    "failed": ("×", "$error"),
    "declined": ("∅", "$warning"),
    "interrupted": ("■", "$warning"),
    "limit": ("×", "$error"),
}
"""The mark of each `TurnStatus` and the style of it."""
