"""What an approval card says: the command, its risk, where it runs and what it touches."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalCard
from fazai_tui.core.policy import Assessment
from fazai_tui.widgets.approval_facts import command_text, explanation, fact_rows, risk_text
from fazai_tui.widgets.command_editor import CommandEditor
from fazai_tui.widgets.plain import visible


class ApprovalBody(VerticalScroll, can_focus=False):
    """The facts of a card, and the editor that takes the place of the command."""

    DEFAULT_CSS: ClassVar[str] = """
    ApprovalBody { height: auto; scrollbar-size-vertical: 1; }
    ApprovalBody #approval-title {
        width: 1fr; height: 1; text-style: bold; text-overflow: ellipsis; text-wrap: nowrap;
    }
    ApprovalBody #approval-command-scroll {
        height: auto; max-height: 10; scrollbar-size-vertical: 1; background: $panel;
    }
    ApprovalBody #approval-command { width: 1fr; height: auto; padding: 0 1; }
    ApprovalBody #approval-risk, ApprovalBody #approval-facts { width: 1fr; height: auto; }
    ApprovalBody #approval-explain { width: 1fr; height: auto; display: none; }
    ApprovalBody.-explained #approval-explain { display: block; }
    ApprovalBody.-brief #approval-facts, ApprovalBody.-brief #approval-explain { display: none; }
    ApprovalBody.-brief #approval-command-scroll { max-height: 3; }
    ApprovalBody #approval-editor { display: none; }
    ApprovalBody.-edit #approval-editor { display: block; }
    ApprovalBody.-edit #approval-command-scroll { display: none; }
    """

    def __init__(self, card: ApprovalCard, texts: Texts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._card = card
        self._texts = texts
        self._shown = card.assessment
        self._touches: Mapping[str, Sequence[str]] = {card.assessment.command: card.touches}
        self._undo: Mapping[str, Sequence[str]] = {card.assessment.command: card.undo}
        self._guard: Mapping[str, Sequence[str]] = {card.assessment.command: card.guard}
        self._told: Mapping[str, Sequence[str]] = {}

    def compose(self) -> ComposeResult:
        """Build the facts and the editor."""
        command = self._card.assessment.command
        yield Static(visible(self._card.title), markup=False, id="approval-title")
        with VerticalScroll(id="approval-command-scroll", can_focus=False):
            yield Static(command_text(command), id="approval-command")
        yield CommandEditor(command, id="approval-editor")
        yield Static(id="approval-risk")
        yield Static(id="approval-facts")
        yield Static(id="approval-explain")

    @property
    def editor(self) -> CommandEditor:
        """The editor of the command."""
        return self.query_one(CommandEditor)

    def show(self, assessment: Assessment) -> None:
        """Show a command's grade, and what is known of it by now."""
        self._shown = assessment
        touches = self._touches.get(assessment.command, assessment.writes)
        self.query_one("#approval-risk", Static).update(risk_text(assessment, self._texts))
        undo = self._undo.get(assessment.command, ())
        facts = fact_rows(self._card, assessment, self._texts, touches, undo, self._guard.get(assessment.command, ()))
        self.query_one("#approval-facts", Static).update(facts)
        told = explanation(self._card, assessment, self._texts, self._told.get(assessment.command))
        self.query_one("#approval-explain", Static).update(told)

    def show_command(self, command: str) -> None:
        """Show an edited command where the first one stood."""
        self.query_one("#approval-command", Static).update(command_text(command))

    def scroll_command(self, lines: int) -> None:
        """Scroll a command that is longer than its place."""
        self.query_one("#approval-command-scroll", VerticalScroll).scroll_relative(y=lines, animate=False)

    def toggle_explanation(self) -> bool:
        """Show the explanation or hide it; return whether it is still to be found out."""
        self.toggle_class("-explained")
        return self.has_class("-explained") and self._shown.command not in self._told

    def explained(self, command: str, lines: Sequence[str]) -> None:
        """Show what a command does."""
        self._told = {**self._told, command: lines or [self._texts.get("screen.approval.nobody_knows")]}
        self.show(self._shown)

    def resolved(self, command: str, touches: Sequence[str], undo: Sequence[str], guard: Sequence[str] = ()) -> None:
        """Show what an edited command does to which files, what could be taken back, and what is guarded."""
        self._guard = {**self._guard, command: guard}
        self._touches = {**self._touches, command: touches}
        self._undo = {**self._undo, command: undo}
        self.show(self._shown)
