"""Markdown that FazAI says, streamed while a model writes it."""

import asyncio
import time
from typing import ClassVar

from markdown_it import MarkdownIt
from textual.timer import Timer
from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownStream

from fazai_tui.widgets.plain import visible

_LAYOUT_SECONDS = 0.08
"""Each addition moves everything above it: laid out more often, an answer would keep keys waiting."""

_NOTICE_SECONDS = 0.002
"""How long a key that came while something was painted takes to be noticed."""


class Answer(Markdown):
    """An answer or a conclusion. Links are shown and never opened: the text is not trusted."""

    DEFAULT_CSS: ClassVar[str] = """
    Answer { width: 1fr; height: auto; padding: 0 1; margin: 1 0; background: transparent; }
    Answer > MarkdownBlock:last-child { margin-bottom: 0; }
    """

    def __init__(self, text: str = "") -> None:
        # Textual makes a parser for each addition otherwise.
        parser = MarkdownIt("gfm-like")
        super().__init__(visible(text), open_links=False, parser_factory=lambda: parser)
        self._stream: MarkdownStream | None = None
        self._written = text
        self._waiting: list[str] = []
        self._timer: Timer | None = None
        self._laid_out_at = float("-inf")
        self._held_until = float("-inf")

    @property
    def text(self) -> str:
        """All that was written so far."""
        return self._written

    def write(self, fragment: str) -> None:
        """Add a piece at the end; pieces that come close together are laid out together."""
        self._written += fragment
        self._waiting.append(fragment)
        self._arm()

    def hold(self, seconds: float, longest: float) -> None:
        """Lay nothing out for a while, so that a key that was just pressed is painted first.

        Args:
            seconds: How long.
            longest: How long after the last layout at the most, however often this is called.
        """
        now = time.monotonic()
        self._held_until = min(now + seconds, max(now, self._laid_out_at + longest))

    def _arm(self) -> None:
        if self._timer is None:
            # At once where that is allowed, so that it is painted together with what came with it.
            due = max(self._laid_out_at + _LAYOUT_SECONDS, self._held_until)
            self._timer = self.set_timer(max(due - time.monotonic(), 0.001), self._lay_out_in_turn)

    async def _lay_out_in_turn(self) -> None:
        await asyncio.sleep(_NOTICE_SECONDS)
        self._timer = None
        if time.monotonic() < self._held_until:
            self._arm()
        elif self._waiting:
            await self._lay_out()

    async def _lay_out(self) -> None:
        self._laid_out_at = time.monotonic()
        if self._stream is None:
            self._stream = Markdown.get_stream(self)
        fragment, self._waiting = "".join(self._waiting), []
        await self._stream.write(visible(fragment))

    async def finish(self, text: str) -> None:
        """End the stream; the final text replaces what was streamed where they differ."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            await self._lay_out()
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None
        if text and text.strip() != self._written.strip():
            self._written = text
            await self.update(visible(text))
