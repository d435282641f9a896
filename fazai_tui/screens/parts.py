"""The main screen's widgets, by name, for those who fill them."""

from dataclasses import dataclass

from textual.containers import Vertical

from fazai_tui.widgets.approval_slot import ApprovalSlot
from fazai_tui.widgets.chat import ChatPane
from fazai_tui.widgets.memory import MemoryPane
from fazai_tui.widgets.pane_tabs import PaneTabs
from fazai_tui.widgets.plan import PlanPane
from fazai_tui.widgets.prompt import PromptBar
from fazai_tui.widgets.shell import ShellPane
from fazai_tui.widgets.shell_deck import ShellDeck
from fazai_tui.widgets.status_bar import StatusBar


@dataclass(frozen=True, slots=True)
class MainParts:
    """Every part of the main screen."""

    tabs: PaneTabs
    chat: ChatPane
    plan: PlanPane
    shells: ShellDeck
    memory: MemoryPane
    approvals: ApprovalSlot
    input_slot: Vertical
    prompt: PromptBar
    status: StatusBar

    @property
    def shell(self) -> ShellPane:
        """The shell that plans run in."""
        return self.shells.plan
