"""The status line: model and state, mode, what commands may do, where, and the machine's load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from fazai_tui.config.texts import Texts

if TYPE_CHECKING:
    from fazai_tui.core.events import EngineState

Mode = Literal["order", "chat", "dry-run"]
"""What Enter does with the prompt: carry out, answer only, or show without running."""

MODES: tuple[Mode, ...] = ("order", "chat", "dry-run")
"""The modes in the order that the key walks through."""

WIDE_COLUMNS = 120
"""From this width the status line is one row."""

_STATE_STYLES: dict[EngineState, str] = {
    "loading": "$warning",
    "ready": "$success",
    "thinking": "$accent",
    "running": "$secondary",
    "error": "$error",
}
_MODE_STYLES: dict[Mode, str] = {"order": "$primary bold", "chat": "$secondary bold", "dry-run": "$warning bold"}
_SEPARATOR = (" │ ", "$border-blurred")


@dataclass(frozen=True, slots=True)
class Usage:
    """The machine's load.

    Attributes:
        cpu: Per cent of all processors.
        memory_used: GiB in use.
        memory_total: GiB there are.
    """

    cpu: float
    memory_used: float
    memory_total: float


class StatusBar(Widget):
    """One row, or two where the screen is narrow."""

    DEFAULT_CSS: ClassVar[str] = """
    StatusBar { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    state: reactive[EngineState] = reactive("loading")
    model: reactive[str] = reactive("")
    rate: reactive[float] = reactive(0.0)
    persona: reactive[str] = reactive("")
    mode: reactive[Mode] = reactive("order")
    sandbox: reactive[str] = reactive("")
    approval: reactive[str] = reactive("")
    cwd: reactive[str] = reactive("")
    usage: reactive[Usage | None] = reactive(None)
    guard: reactive[str] = reactive("")
    """The lock-out guard's time; empty while none is armed."""

    def __init__(self, texts: Texts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts

    def render(self) -> Content:
        """Lay the fields out to the width there is."""
        width = self.content_size.width
        if self.content_size.height < 2:
            left = _joined(self._engine(), self._mode(), self._limits())
            load = self._load()
            room = width - left.cell_length - load.cell_length - len(_SEPARATOR[0]) - 2
            return _spread(_joined(left, self._place(room)), load, width)
        engine = self._engine()
        first = _spread(engine, self._place(width - engine.cell_length - 2), width)
        return Content("\n").join([first, _spread(_joined(self._mode(), self._limits()), self._load(), width)])

    def _engine(self) -> Content:
        style = _STATE_STYLES[self.state]
        parts = Content.assemble(
            ("● ", style), (self._texts.get(f"screen.state.{self.state}"), f"{style} bold"), f" {self.model}".rstrip()
        )
        if self.rate:
            parts = parts.append_text(f" {self.rate:.0f} tok/s", "$foreground-muted")
        return _joined(Content.styled(self.guard, "$error bold reverse"), parts) if self.guard else parts

    def _mode(self) -> Content:
        mode = (self._texts.get(f"screen.mode.{self.mode}"), _MODE_STYLES[self.mode])
        return _joined(Content(self.persona), Content.assemble(mode))

    def _limits(self) -> Content:
        open_sandbox = "$warning" if self.sandbox == "danger-full-access" else "$foreground"
        unasked = "$warning" if self.approval == "never" else "$foreground"
        return _joined(Content.styled(self.sandbox, open_sandbox), Content.styled(self.approval, unasked))

    def _place(self, room: int) -> Content:
        cwd = self.cwd if len(self.cwd) <= room else "…" + self.cwd[len(self.cwd) - max(1, room - 1) :]
        return Content.styled(cwd, "$foreground-muted")

    def _load(self) -> Content:
        if self.usage is None:
            return Content("")
        memory = f"{self.usage.memory_used:.1f}/{self.usage.memory_total:.0f}G"
        return Content.styled(f"CPU {self.usage.cpu:.0f}% RAM {memory}", "$foreground-muted")


def _joined(*parts: Content) -> Content:
    shown = [part for part in parts if part.plain]
    return Content.assemble(_SEPARATOR).join(shown) if shown else Content("")


def _spread(left: Content, right: Content, width: int) -> Content:
    """Put one part at each end; the left one gives way."""
    room = width - right.cell_length - (1 if right.plain else 0)
    return left.truncate(max(0, room), ellipsis=True).pad_right(max(0, room - left.cell_length)) + (
        Content(" ") + right if right.plain else Content("")
    )
