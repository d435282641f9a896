"""Asks, while the time runs, whether the user still gets in after a step that could have locked everybody out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from fazai_tui.config.keymap import DEFAULT_KEYS, key_name
from fazai_tui.config.texts import Texts
from fazai_tui.widgets.key_hints import KeyHints
from fazai_tui.widgets.plain import summary, visible

if TYPE_CHECKING:
    from fazai_tui.core.lockout import GuardStatus

ARMED_SECONDS = 0.4
"""Keys within this time after the card appeared were meant for something else."""

_TICK_SECONDS = 0.25
_COMMAND_COLUMNS = 60


class GuardCard(Vertical, can_focus=True):
    """Counts down; what was changed is put back at the end, whether FazAI is there or not.

    Args:
        status: The guard.
        subjects: What is put back, in words.
        keys: The user's keymap.
        clock: Tells the time in seconds.
        on_tick: Is told whenever the time was shown anew.
    """

    DEFAULT_CSS: ClassVar[str] = """
    GuardCard {
        height: auto; width: 1fr; padding: 0 1; background: $surface;
        border: heavy $error; border-title-color: $error; border-title-style: bold;
    }
    GuardCard > Static { height: auto; width: 1fr; }
    GuardCard #guard-left { color: $error; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(DEFAULT_KEYS["guard_keep"], "decide(True)", show=False, id="guard_keep"),
        Binding(DEFAULT_KEYS["guard_revert"], "decide(False)", show=False, id="guard_revert"),
    ]

    class Decided(Message):
        """The user decided."""

        def __init__(self, *, is_keeping: bool) -> None:
            super().__init__()
            self.is_keeping = is_keeping

    def __init__(
        self,
        status: GuardStatus,
        subjects: str,
        texts: Texts,
        keys: Mapping[str, str],
        *,
        clock: Callable[[], float],
        on_tick: Callable[[], None],
    ) -> None:
        super().__init__()
        self._on_tick = on_tick
        self._subjects = subjects
        self._texts = texts
        self._keys = keys
        self._clock = clock
        self._opened_at = clock()
        self._status = status
        self._deadline = self._opened_at + (status.left or 0.0)

    @property
    def guard_id(self) -> str:
        """The guard's id."""
        return self._status.id

    @property
    def left(self) -> int | None:
        """Whole seconds that are left; None where nothing counts any more."""
        return None if self._status.is_orphan else max(0, math.ceil(self._deadline - self._clock()))

    def compose(self) -> ComposeResult:
        """Build the question, the command and the keys."""
        yield Static(markup=False, id="guard-left")
        yield Static(markup=False, id="guard-command")
        yield KeyHints()

    def on_mount(self) -> None:
        """Begin to count."""
        get = self._texts.get
        self.border_title = get("screen.guard.title")
        self.query_one(KeyHints).show(
            [
                (self._both("guard_keep", "keep_access"), get("screen.guard.keep")),
                (self._both("guard_revert", "put_back"), get("screen.guard.revert")),
            ]
        )
        self.set_interval(_TICK_SECONDS, self.show_time)
        self.take(self._status, self._subjects)

    def take(self, status: GuardStatus, subjects: str) -> None:
        """Show the guard as it stands now, for example with more time."""
        self._status, self._subjects = status, subjects
        self._deadline = self._clock() + (status.left or 0.0)
        commands = " · ".join(summary(command, _COMMAND_COLUMNS) for command in status.commands)
        self.query_one("#guard-command", Static).update(f"$ {visible(commands)}")
        self.show_time()

    def show_time(self) -> None:
        """Show how much time is left."""
        name = "orphan" if self._status.is_orphan else "left"
        text = self._texts.get(f"screen.guard.{name}", seconds=self.left, subjects=self._subjects)
        self.query_one("#guard-left", Static).update(text)
        self._on_tick()

    def action_decide(self, is_keeping: bool) -> None:
        """Hand the decision over."""
        if self._clock() - self._opened_at >= ARMED_SECONDS:
            self.post_message(self.Decided(is_keeping=is_keeping))

    def _both(self, on_card: str, anywhere: str) -> str:
        return f"{key_name(on_card, self._keys)}/{key_name(anywhere, self._keys)}"
