"""Progress of a download on stderr: one line that changes on a terminal, a line every tenth elsewhere."""

import time
from typing import TextIO

from fazai_tui.config.texts import Texts

_INTERVAL = 0.1
_BAR = 24


class DownloadProgress:
    """Shows how far a download is. Call it with the bytes that are there and the bytes there will be."""

    def __init__(self, stream: TextIO, texts: Texts) -> None:
        """Prepare to write.

        Args:
            stream: Where to.
            texts: The language.
        """
        self._stream = stream
        self._texts = texts
        self._is_terminal = stream.isatty()
        self._started_at = 0.0
        self._started_with = 0
        self._shown_at = 0.0
        self._shown_tenth = -1

    def __call__(self, done: int, total: int) -> None:
        """Show progress, when it is time."""
        now = time.monotonic()
        if not self._started_at:
            self._started_at, self._started_with = now, done
        is_last = bool(total) and done >= total
        if self._is_terminal:
            if is_last or now - self._shown_at >= _INTERVAL:
                self._shown_at = now
                self._stream.write(f"\r\x1b[K{self._bar(done, total)} {self._line(done, total, now)}")
                self._stream.flush()
            return
        tenth = done * 10 // total if total else -1
        if tenth != self._shown_tenth:
            self._shown_tenth = tenth
            print(self._line(done, total, now), file=self._stream, flush=True)

    def close(self) -> None:
        """End the line."""
        if self._is_terminal and self._started_at:
            self._stream.write("\n")
            self._stream.flush()

    def _bar(self, done: int, total: int) -> str:
        filled = min(_BAR, done * _BAR // total) if total else 0
        return "█" * filled + "░" * (_BAR - filled)

    def _line(self, done: int, total: int, now: float) -> str:
        seconds = now - self._started_at
        speed = (done - self._started_with) / seconds if seconds > 0 else 0.0
        left = f"{(total - done) / speed:,.0f}" if speed > 0 and total else "?"
        percent = f"{done * 100 // total}" if total else "?"
        return self._texts.get(
            "model.pull.progress",
            percent=percent,
            done=f"{done / 1e6:,.1f}",
            total=f"{total / 1e6:,.1f}",
            speed=f"{speed / 1e6:,.1f}",
            seconds=left,
        )
