"""Keep what a model thinks to itself out of its answer."""

from collections.abc import Mapping

OPEN, CLOSE = "<|channel>", "<channel|>"
"""What Gemma 4 writes around thoughts, even when no thinking was asked for."""


class ThoughtFilter:
    """Tells which tokens of an output are the answer: those outside of thoughts that are no marks themselves."""

    def __init__(self, marks: Mapping[int, str]) -> None:
        """Begin before the first token.

        Args:
            marks: The tokens that are marks and not text, each with its spelling.
        """
        self._marks = marks
        self._is_thinking = False

    def shows(self, token: int) -> bool:
        """Return whether the next token is part of the answer."""
        mark = self._marks.get(token)
        if mark is not None:
            self._is_thinking = mark == OPEN or (self._is_thinking and mark != CLOSE)
            return False
        return not self._is_thinking
