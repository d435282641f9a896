"""One row that says what is awaited and for how long."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from fazai_tui.widgets.plain import elapsed

_FRAMES = "◐◓◑◒"


class ActivityRow(Widget):
    """A spinner, what is awaited, the time so far, and the key that stops it."""

    DEFAULT_CSS: ClassVar[str] = """
    ActivityRow { height: 1; padding: 0 2; color: $foreground-muted; display: none; }
    ActivityRow.-active { display: block; }
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._label = ""
        self._hint = ""
        self._since = 0.0
        self._timer: Timer | None = None

    @property
    def label(self) -> str:
        """What is awaited; empty when nothing is."""
        return self._label

    def begin(self, label: str, hint: str = "") -> None:
        """Show what is awaited from now on; the time restarts when it is something else."""
        if label != self._label:
            self._since = self._clock()
        self._label, self._hint = label, hint
        self.add_class("-active")
        if self._timer is None:
            self._timer = self.set_interval(0.1, self.refresh)
        else:
            self._timer.resume()
        self.refresh()

    def end(self) -> None:
        """Nothing is awaited any more."""
        self._label = ""
        self.remove_class("-active")
        if self._timer is not None:
            self._timer.pause()

    def render(self) -> Content:
        """Draw the current frame."""
        seconds = self._clock() - self._since
        frame = _FRAMES[int(seconds * 8) % len(_FRAMES)]
        tail = f"  {elapsed(seconds)}" + (f" · {self._hint}" if self._hint else "")
        room = max(8, self.content_size.width - len(tail) - 2)
        label = self._label if len(self._label) <= room else self._label[: room - 1] + "…"
        return Content.assemble((f"{frame} ", "$accent bold"), (label, "$foreground"), tail)
