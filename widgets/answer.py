"""Markdown that FazAI says, streamed while a model writes it."""

import time
from typing import ClassVar

from textual.timer import Timer
from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownStream

from fazai_tui.widgets.plain import visible

_LAYOUT_SECONDS = 0.08
"""Each addition moves everything above it: laid out more often, an answer would keep keys waiting."""


class Answer(Markdown):
    """An answer or a conclusion. Links are shown and never opened: the text is not trusted."""

    DEFAULT_CSS: ClassVar[str] = """
    Answer { width: 1fr; height: auto; padding: 0 1; margin: 1 0; background: transparent; }
    Answer > MarkdownBlock:last-child { margin-bottom: 0; }
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(visible(text), open_links=False)
        self._stream: MarkdownStream | None = None
        self._written = text
        self._waiting: list[str] = []
        self._timer: Timer | None = None
        self._laid_out_at = float("-inf")

    @property
    def text(self) -> str:
        """All that was written so far."""
        return self._written

    def write(self, fragment: str) -> None:
        """Add a piece at the end; pieces that come close together are laid out together."""
        self._written += fragment
        self._waiting.append(fragment)
        if self._timer is None:
            # At once where that is allowed, so that it is painted together with what came with it.
            wait = self._laid_out_at + _LAYOUT_SECONDS - time.monotonic()
            self._timer = self.set_timer(max(wait, 0.001), self._lay_out)

    async def _lay_out(self) -> None:
        self._timer = None
        self._laid_out_at = time.monotonic()
        if self._stream is None:
            self._stream = Markdown.get_stream(self)
        fragment, self._waiting = "".join(self._waiting), []
        await self._stream.write(visible(fragment))

    async def finish(self, text: str) -> None:
        """End the stream; the final text replaces what was streamed where they differ."""
        if self._timer is not None:
            self._timer.stop()
            await self._lay_out()
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None
        if text and text.strip() != self._written.strip():
            self._written = text
            await self.update(visible(text))
