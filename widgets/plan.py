"""The plan pane: the live execution graph of the turn, with earlier attempts above."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from fazai_tui.config.keymap import DEFAULT_KEYS
from fazai_tui.config.texts import Texts
from fazai_tui.widgets.graph_lanes import draw_graph
from fazai_tui.widgets.plain import one_line

if TYPE_CHECKING:
    from fazai_tui.core.plan import Plan, Risk, StepStatus
    from fazai_tui.widgets.plan_node import PlanNode

_TICK_SECONDS = 0.25


class PlanPane(VerticalScroll):
    """Draws a plan as a graph whose nodes change as events come."""

    DEFAULT_CSS: ClassVar[str] = """
    PlanPane { padding: 0 1; scrollbar-size-vertical: 1; }
    PlanPane > .plan-empty { color: $foreground-muted; padding: 1 1; }
    PlanPane > .plan-goal { text-style: bold; width: 1fr; }
    PlanPane > .plan-goal.-past { color: $foreground-muted; text-style: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", show=False),
        Binding("down", "choose(1)", show=False),
        Binding(DEFAULT_KEYS["plan_undo"], "undo", show=False, id="plan_undo"),
    ]

    class UndoWanted(Message):
        """The human wants a step taken back."""

        def __init__(self, step_id: str) -> None:
            super().__init__()
            self.step_id = step_id

    def __init__(self, texts: Texts, *, clock: Callable[[], float] = time.monotonic, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._clock = clock
        self._steps: dict[str, PlanNode] = {}
        self._timer: Timer | None = None
        self._chosen = ""

    def compose(self) -> ComposeResult:
        """Say that there is no plan yet."""
        yield Static(self._texts.get("screen.plan.empty"), classes="plan-empty", markup=False)

    async def show_plan(self, plan: Plan, attempt: int) -> None:
        """Draw a plan; attempt 0 replaces everything, later ones go below the attempts before."""
        if attempt == 0:
            await self.remove_children()
        else:
            self.query(".plan-node").add_class("-past")
            self.query(".plan-goal").add_class("-past")
        # Steps are pydantic models, which take longer to import than the screen takes to paint.
        from fazai_tui.widgets.plan_node import PlanNode

        steps = {step.id: step for step in plan.steps}
        rows = draw_graph(plan.steps)
        self._steps = {row.node_id: PlanNode(steps[row.node_id], row, self._texts, clock=self._clock) for row in rows}
        self._chosen = ""
        goal = Static(self._goal(plan, attempt), classes="plan-goal")
        await self.mount(goal, *self._steps.values())
        if attempt:
            self.scroll_end(animate=False)

    async def clear(self) -> None:
        """Forget the plan, as when a new turn starts."""
        self._steps = {}
        await self.remove_children()
        await self.mount(*self.compose())

    def set_status(self, step_id: str, status: StepStatus) -> None:
        """Move a step to another status."""
        if (node := self._steps.get(step_id)) is not None:
            node.set_status(status)
            node.scroll_visible(animate=False)
            self._tick_while_running()

    def action_choose(self, by: int) -> None:
        """Mark the next step, or the one before."""
        names = list(self._steps)
        if not names:
            return
        at = names.index(self._chosen) + by if self._chosen in names else (0 if by > 0 else len(names) - 1)
        self._chosen = names[min(max(at, 0), len(names) - 1)]
        for name, node in self._steps.items():
            node.set_class(name == self._chosen, "-chosen")
        self._steps[self._chosen].scroll_visible(animate=False)

    def action_undo(self) -> None:
        """Ask for the marked step to be taken back; without a mark, for the last one that is done."""
        done = [name for name, node in self._steps.items() if node.step.status.value in ("done", "failed")]
        name = self._chosen or (done[-1] if done else "")
        if name:
            self.post_message(self.UndoWanted(name))

    def set_command(self, step_id: str, command: str, risk: Risk) -> None:
        """Show the command that a step really runs, and its grade."""
        if (node := self._steps.get(step_id)) is not None:
            node.set_command(command, risk)

    def set_result(self, step_id: str, exit_code: int | None, duration_ms: int) -> None:
        """Show how a step's command ended."""
        if (node := self._steps.get(step_id)) is not None:
            node.set_result(exit_code, duration_ms)

    def _goal(self, plan: Plan, attempt: int) -> Content:
        count = self._texts.get("screen.plan.steps", count=len(plan.steps))
        label = self._texts.get("screen.plan.attempt", number=attempt + 1) if attempt else ""
        prefix = [(f"{label} ", "$accent")] if label else []
        return Content.assemble(*prefix, one_line(plan.goal), (f"  {count}", "$foreground-muted"))

    def _tick_while_running(self) -> None:
        is_running = any(node.is_running for node in self._steps.values())
        if self._timer is None:
            if is_running:
                self._timer = self.set_interval(_TICK_SECONDS, self._tick)
        elif is_running:
            self._timer.resume()
        else:
            self._timer.pause()

    def _tick(self) -> None:
        for node in self._steps.values():
            if node.is_running:
                node.refresh()
