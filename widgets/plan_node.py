"""One step of a plan as it is drawn: gutter, icon, title, command, risk, time and exit status."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from fazai_tui.config.texts import Texts
from fazai_tui.core.plan import Risk, Step, StepStatus
from fazai_tui.widgets.graph_lanes import NODE, GraphRow
from fazai_tui.widgets.plain import duration, elapsed, one_line

RISK_STYLES: dict[Risk, str] = {
    Risk.LOW: "$success",
    Risk.MEDIUM: "$warning",
    Risk.HIGH: "$error",
    Risk.CRITICAL: "$error bold reverse",
}
"""Colours of the grades."""

_ICONS: dict[StepStatus, tuple[str, str]] = {
    StepStatus.PENDING: ("○", "$foreground-muted"),
    StepStatus.AWAITING_APPROVAL: ("◆", "$warning bold"),
    StepStatus.RUNNING: ("◐", "$secondary bold"),
    StepStatus.DONE: ("✓", "$success bold"),
    StepStatus.FAILED: ("×", "$error bold"),
    StepStatus.SKIPPED: ("»", "$foreground-muted"),
    StepStatus.DECLINED: ("∅", "$warning bold"),
    StepStatus.ROLLED_BACK: ("⟳", "$accent bold"),
}
_RUNNING_FRAMES = "◐◓◑◒"
_EDGE = "$foreground 40%"


class PlanNode(Widget):
    """A node of the execution graph; its look follows the step's status."""

    DEFAULT_CSS: ClassVar[str] = """
    PlanNode { width: 1fr; height: auto; }
    PlanNode.-past { opacity: 60%; }
    PlanPane:focus PlanNode.-chosen { background: $boost; }
    """

    def __init__(self, step: Step, row: GraphRow, texts: Texts, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(classes="plan-node")
        self.step = step
        self._row = row
        self._texts = texts
        self._clock = clock
        self._started: float | None = None
        self._duration_ms: int | None = None
        self._exit_code: int | None = None
        self.styles.height = 2 + bool(row.merge) + bool(row.fork)

    @property
    def is_running(self) -> bool:
        """Whether the elapsed time moves."""
        return self.step.status is StepStatus.RUNNING

    def set_status(self, status: StepStatus) -> None:
        """Take a new status; the clock starts with `running`."""
        self.step = self.step.with_status(status)
        if status is StepStatus.RUNNING:
            self._started = self._clock()
        self.refresh()

    def set_command(self, command: str, risk: Risk) -> None:
        """Take the command as it runs and its grade, which an edit may have changed."""
        self.step = self.step.model_copy(update={"command": command, "risk": risk})
        self.refresh()

    def set_result(self, exit_code: int | None, duration_ms: int) -> None:
        """Take how the command ended."""
        self._exit_code, self._duration_ms = exit_code, duration_ms
        self.refresh()

    def render(self) -> Content:
        """Draw the node's rows to the width there is."""
        width = max(1, self.content_size.width)
        command = Content.assemble((self._row.detail, _EDGE), (f" {one_line(self.step.command)}", "$foreground-muted"))
        rows = [self._title_row(width), command.truncate(width, ellipsis=True)]
        if self._row.merge:
            rows.insert(0, Content.styled(self._row.merge, _EDGE))
        if self._row.fork:
            rows.append(Content.styled(self._row.fork, _EDGE))
        return Content("\n").join(rows)

    def _title_row(self, width: int) -> Content:
        icon, style = _ICONS[self.step.status]
        if self.is_running and self._started is not None:
            icon = _RUNNING_FRAMES[int((self._clock() - self._started) * 4) % len(_RUNNING_FRAMES)]
        before, _, after = self._row.node.partition(NODE)
        title = Content.assemble(
            (before, _EDGE), (icon, style), (after, _EDGE), f" {one_line(self.step.title or self.step.command)}"
        )
        facts = self._facts()
        room = max(8, width - facts.cell_length - 1)
        return title.truncate(room, ellipsis=True).pad_right(max(0, room - title.cell_length)) + Content(" ") + facts

    def _facts(self) -> Content:
        parts = [(f" {self._texts.get(f'screen.risk.{self.step.risk}')} ", RISK_STYLES[self.step.risk])]
        if self._duration_ms is not None:
            parts.append((f" {duration(self._duration_ms)}", "$foreground-muted"))
        elif self.is_running and self._started is not None:
            parts.append((f" {elapsed(self._clock() - self._started)}", "$secondary"))
        if self._exit_code is not None:
            exit_text = self._texts.get("screen.plan.exit", code=self._exit_code)
            parts.append((f" {exit_text}", "$success" if self._exit_code == 0 else "$error"))
        return Content.assemble(*parts)
