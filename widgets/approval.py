"""The approval card: a command, what it may do, and the keys that decide."""

import time
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from fazai_tui.config.keymap import DEFAULT_KEYS, key_name
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalCard
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import ApprovalDecision, ApprovalReply, Assessment
from fazai_tui.widgets.approval_facts import command_text, explanation, fact_rows, needs_host_name, risk_text
from fazai_tui.widgets.command_editor import CommandEditor
from fazai_tui.widgets.key_hints import KeyHints
from fazai_tui.widgets.plain import visible

GUARD_SECONDS = 0.4
"""Keys pressed sooner after the card appeared were meant for something else."""

_Stage = Literal["ask", "edit", "reason", "host"]
_KEYS = ("run", "decline", "edit", "reason", "rest", "skip", "explain", "dry_run", "abort")


def _binding(name: str) -> Binding:
    return Binding(DEFAULT_KEYS[f"approval_{name}"], f"answer('{name}')", show=False, id=f"approval_{name}")


class InlineApproval(Vertical, can_focus=True):
    """Asks for one command. It only says what was answered; whoever mounted it takes it away."""

    DEFAULT_CSS: ClassVar[str] = """
    InlineApproval {
        height: auto; max-height: 26; width: 1fr; padding: 0 1;
        border: round $warning; border-title-color: $warning; border-title-style: bold;
        border-subtitle-color: $foreground-muted; background: $surface;
    }
    InlineApproval.-high, InlineApproval.-critical { border: heavy $error; border-title-color: $error; }
    InlineApproval > #approval-body { height: auto; scrollbar-size-vertical: 1; }
    InlineApproval #approval-title {
        width: 1fr; height: 1; text-style: bold; text-overflow: ellipsis; text-wrap: nowrap;
    }
    InlineApproval #approval-command-scroll {
        height: auto; max-height: 10; scrollbar-size-vertical: 1; background: $panel;
    }
    InlineApproval #approval-command { width: 1fr; height: auto; padding: 0 1; }
    InlineApproval #approval-risk, InlineApproval #approval-facts { width: 1fr; height: auto; }
    InlineApproval #approval-explain { width: 1fr; height: auto; display: none; }
    InlineApproval.-explained #approval-explain { display: block; }
    InlineApproval #approval-editor { display: none; }
    InlineApproval.-edit #approval-editor { display: block; }
    InlineApproval.-edit #approval-command-scroll { display: none; }
    InlineApproval > #approval-input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    InlineApproval.-reason > #approval-input, InlineApproval.-host > #approval-input { display: block; }
    InlineApproval > #approval-message { height: auto; width: 1fr; color: $warning; display: none; }
    InlineApproval.-message > #approval-message { display: block; }
    InlineApproval > #approval-host { height: auto; width: 1fr; color: $error; text-style: bold; display: none; }
    InlineApproval.-critical > #approval-host { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(_binding(name) for name in _KEYS),
        Binding("up", "scroll_command('up')", show=False),
        Binding("down", "scroll_command('down')", show=False),
    ]

    class Answered(Message):
        """The human decided."""

        def __init__(self, approval_id: str, reply: ApprovalReply) -> None:
            super().__init__()
            self.approval_id = approval_id
            self.reply = reply

    class Edited(Message):
        """The human changed the command; `regrade` is to be called with the command and its new grade."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(
        self,
        card: ApprovalCard,
        texts: Texts,
        keys: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id="approval")
        self.card = card
        self._texts = texts
        self._keys = keys
        self._clock = clock
        self._assessment = card.assessment
        self._command = card.assessment.command
        self._approvable = (self._command, self._assessment)
        self._is_edit_done = False
        self._stage: _Stage = "ask"
        self._shown_at = float("inf")

    @property
    def assessment(self) -> Assessment:
        """The grade of the command as it stands."""
        return self._assessment

    def compose(self) -> ComposeResult:
        """Build the facts, the editor, the input and the keys."""
        with VerticalScroll(id="approval-body", can_focus=False):
            yield Static(visible(self.card.title), markup=False, id="approval-title")
            with VerticalScroll(id="approval-command-scroll", can_focus=False):
                yield Static(command_text(self.card.assessment.command), id="approval-command")
            yield CommandEditor(self.card.assessment.command, id="approval-editor")
            yield Static(id="approval-risk")
            yield Static(id="approval-facts")
            yield Static(id="approval-explain")
        yield Static(id="approval-message", markup=False)
        yield Input(id="approval-input", compact=True, select_on_focus=False)
        yield Static(
            self._texts.get("screen.approval.type_host", host=self.card.host), markup=False, id="approval-host"
        )
        yield KeyHints(id="approval-keys")

    def on_mount(self) -> None:
        """Start the guard with the first moment the card is seen."""
        self._shown_at = self._clock()
        self.border_title = self._texts.get("screen.approval.title")
        self.border_subtitle = self.card.step_id
        self._show_assessment()
        self._show_keys()
        self.focus()

    def regrade(self, command: str, assessment: Assessment) -> None:
        """Show the grade of the command as it is being edited; one that comes after the edit ended says nothing."""
        if self._stage != "edit":
            return
        self._command, self._assessment = command, assessment
        self._show_assessment()
        if self._is_edit_done:
            self._finish_edit()

    def action_answer(self, name: str) -> None:
        """Act on one of the card's keys."""
        if self._clock() - self._shown_at < GUARD_SECONDS:
            return
        if self._stage != "ask":
            if name == "abort":
                self._go_back()
            return
        match name:
            case "run":
                self._approve()
            case "edit":
                self._enter("edit")
            case "reason":
                self._enter("reason")
            case "explain":
                self.toggle_class("-explained")
            case "rest":
                self._approve_rest()
            case _:
                self._answer(ApprovalDecision(name))

    def action_scroll_command(self, direction: str) -> None:
        """Scroll a command that is longer than its place."""
        scroll = self.query_one("#approval-command-scroll", VerticalScroll)
        scroll.scroll_relative(y=1 if direction == "down" else -1, animate=False)

    def on_key(self, event: events.Key) -> None:
        """Begin to take the host's name when its first letter is typed on a critical card."""
        if self._stage != "ask" or not needs_host_name(self._assessment):
            return
        if (
            event.character
            and event.character == self.card.host[:1]
            and self._clock() - self._shown_at >= GUARD_SECONDS
        ):
            event.stop()
            event.prevent_default()
            self._enter("host")
            self.query_one(Input).value = event.character
            self.query_one(Input).action_end()

    @on(TextArea.Changed)
    def ask_for_grade(self, event: TextArea.Changed) -> None:
        """Have an edited command graded while it is being written."""
        event.stop()
        if self._stage == "edit":
            self._is_edit_done = False
            self.post_message(self.Edited(event.text_area.text.strip()))

    @on(CommandEditor.Done)
    def finish_edit(self, event: CommandEditor.Done) -> None:
        """End the edit when the command as written has its grade: nothing runs on an older one."""
        event.stop()
        command = self.query_one(CommandEditor).text.strip()
        if not command:
            self._say("screen.approval.empty_command")
        elif command == self._command:
            self._finish_edit()
        else:
            self._is_edit_done = True
            self.post_message(self.Edited(command))

    def _finish_edit(self) -> None:
        """Run the edited command, unless its grade rose above what the card had shown first."""
        self._is_edit_done = False
        self._approvable = (self._command, self._assessment)
        self.query_one("#approval-command", Static).update(command_text(self._command))
        self._enter("ask")
        if self._assessment.risk.rank > self.card.assessment.risk.rank:
            self._say("screen.approval.risk_rose", risk=self._texts.get(f"screen.risk.{self._assessment.risk}"))
        else:
            self._approve()

    @on(Input.Submitted)
    def take_input(self, event: Input.Submitted) -> None:
        """Take the reason, or the host's name."""
        event.stop()
        if self._stage == "reason":
            self._answer(ApprovalDecision.DECLINE, reason=event.value.strip())
        elif event.value.strip() == self.card.host:
            self._answer(ApprovalDecision.RUN, typed=event.value.strip())
        else:
            event.input.value = ""
            self._say("screen.approval.wrong_host", host=self.card.host)

    def _go_back(self) -> None:
        """Forget what was being typed: what is approved is what the card shows."""
        self._command, self._assessment = self._approvable
        self._is_edit_done = False
        self._enter("ask")
        self.query_one(CommandEditor).load_text(self._command)
        self._show_assessment()

    def _approve(self) -> None:
        if needs_host_name(self._assessment):
            self._enter("host")
        else:
            self._answer(ApprovalDecision.RUN)

    def _approve_rest(self) -> None:
        if self._assessment.risk.rank >= Risk.HIGH.rank:
            self._say("screen.approval.rest_is_high")
        else:
            self._answer(ApprovalDecision.APPROVE_REST)

    def _answer(self, decision: ApprovalDecision, *, reason: str = "", typed: str = "") -> None:
        edited = self._command if self._command != self.card.assessment.command else None
        reply = ApprovalReply(decision=decision, command=edited, reason=reason, typed=typed)
        self.post_message(self.Answered(self.card.approval_id, reply))

    def _enter(self, stage: _Stage) -> None:
        """Move between asking, editing, giving a reason and typing the host's name."""
        self._stage = stage
        for name in ("edit", "reason", "host"):
            self.set_class(stage == name, f"-{name}")
        self.remove_class("-message")
        field = self.query_one(Input)
        match stage:
            case "ask":
                self.focus()
            case "edit":
                self.query_one(CommandEditor).focus()
            case "reason" | "host":
                field.value = ""
                field.placeholder = self._texts.get(f"screen.approval.{stage}_placeholder", host=self.card.host)
                field.focus()
        self._show_keys()

    def _say(self, key: str, **params: object) -> None:
        self.query_one("#approval-message", Static).update(self._texts.get(key, **params))
        self.add_class("-message")

    def _show_assessment(self) -> None:
        self.set_class(self._assessment.risk is Risk.HIGH, "-high")
        self.set_class(needs_host_name(self._assessment), "-critical")
        self.query_one("#approval-risk", Static).update(risk_text(self._assessment, self._texts))
        self.query_one("#approval-facts", Static).update(fact_rows(self.card, self._assessment, self._texts))
        self.query_one("#approval-explain", Static).update(explanation(self.card, self._assessment, self._texts))

    def _show_keys(self) -> None:
        if self._stage == "ask":
            names = [name for name in _KEYS if name != "rest" or self._assessment.risk.rank < Risk.HIGH.rank]
            pairs = [
                (key_name(f"approval_{name}", self._keys), self._texts.get(f"screen.approval.key.{name}"))
                for name in names
            ]
        else:
            pairs = [
                ("Enter", self._texts.get(f"screen.approval.enter.{self._stage}")),
                ("Esc", self._texts.get("screen.approval.back")),
            ]
        self.query_one(KeyHints).show(pairs)
