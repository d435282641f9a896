"""The shells of a session, one in sight: the one that plans run in, and the user's own."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.jobs_row import JobsRow
from fazai_tui.widgets.shell import ShellPane


class ShellDeck(Vertical):
    """Two shell panes of which one is shown, and a row for what runs in the background."""

    DEFAULT_CSS: ClassVar[str] = """
    ShellDeck > ShellPane { height: 1fr; }
    ShellDeck > ShellPane.-behind { display: none; }
    """

    def __init__(self, texts: Texts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self.plan = ShellPane(texts, id="shell", classes="pane")
        """Where plans run."""
        self.own = ShellPane(texts, id="own-shell", classes="pane -behind")
        """Where the user's own commands run."""
        self.jobs = JobsRow(texts)

    def compose(self) -> ComposeResult:
        """Build the panes."""
        yield self.plan
        yield self.own
        yield self.jobs

    @property
    def panes(self) -> tuple[ShellPane, ShellPane]:
        """Both shells."""
        return self.plan, self.own

    @property
    def current(self) -> ShellPane:
        """The one in sight."""
        return self.plan if self.own.has_class("-behind") else self.own

    @property
    def has_keyboard(self) -> bool:
        """Whether keys go to a running program."""
        return any(pane.has_keyboard for pane in self.panes)

    def on_mount(self) -> None:
        """Name the shells."""
        self.plan.border_title = self._texts.get("screen.pane.shell")
        self.own.border_title = self._texts.get("screen.shell.own")

    @on(ShellPane.Resized)
    def keep_sizes_equal(self, message: ShellPane.Resized) -> None:
        """Let the programs of the shell behind fill as much."""
        for pane in self.panes:
            if pane.has_class("-behind"):
                pane.set_size(message.columns, message.rows)

    def bring(self, pane: ShellPane, *, is_wanted: bool = False) -> None:
        """Show a shell; one that the user works in stays in sight unless they want another.

        Args:
            pane: The shell.
            is_wanted: Whether the user asked for it.
        """
        current = self.current
        if pane is current or (not is_wanted and (current.has_keyboard or current.view.mode)):
            return
        had_focus = current.has_focus_within
        self.plan.set_class(pane is not self.plan, "-behind")
        self.own.set_class(pane is not self.own, "-behind")
        if had_focus:
            self.screen.set_focus(pane.log_lines)

    def turn_over(self) -> None:
        """Show the other shell."""
        self.bring(self.own if self.current is self.plan else self.plan, is_wanted=True)

    def clear(self) -> None:
        """Forget what was printed, as for a new session."""
        for pane in self.panes:
            pane.log_lines.clear()
        self.bring(self.plan, is_wanted=True)
