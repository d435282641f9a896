"""The approval card: a command, what it may do, and the keys that decide."""

import time
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from fazai_tui.config.keymap import DEFAULT_KEYS, key_name
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalCard
from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import ApprovalDecision, ApprovalReply, Assessment, RuleScope
from fazai_tui.widgets.approval_body import ApprovalBody
from fazai_tui.widgets.approval_facts import is_refused, needs_host_name, scopes
from fazai_tui.widgets.card_input import CardInput
from fazai_tui.widgets.command_editor import CommandEditor
from fazai_tui.widgets.key_hints import KeyHints
from fazai_tui.widgets.rule_chooser import RuleChooser, keys_to_names
from fazai_tui.widgets.secret_field import SecretField

GUARD_SECONDS = 0.4
"""Keys pressed sooner after the card appeared were meant for something else."""

_Stage = Literal["ask", "edit", "reason", "host", "scope"]
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
    InlineApproval > #approval-input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    InlineApproval.-reason > #approval-input, InlineApproval.-host > #approval-input { display: block; }
    InlineApproval.-scope > #approval-scope { display: block; }
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

    class ExplanationWanted(Message):
        """The human asks what a command does; `explained` is to be called with the answer."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

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
        bound = {name: keys.get(f"approval_{name}", DEFAULT_KEYS[f"approval_{name}"]) for name in _KEYS}
        self._names = keys_to_names(bound)
        self._stage: _Stage = "ask"
        self._shown_at = float("inf")

    @property
    def assessment(self) -> Assessment:
        """The grade of the command as it stands."""
        return self._assessment

    @property
    def body(self) -> ApprovalBody:
        """What the card says."""
        return self.query_one(ApprovalBody)

    def compose(self) -> ComposeResult:
        """Build the facts, the editor, the input and the keys."""
        yield ApprovalBody(self.card, self._texts, id="approval-body")
        yield Static(id="approval-message", markup=False)
        yield RuleChooser(self._texts, id="approval-scope")
        yield CardInput(id="approval-input")
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
        if not isinstance(self.screen.focused, SecretField):
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
            elif name == "rest" and self._stage == "scope":
                self.query_one(RuleChooser).take()
            return
        match name:
            case "run":
                self._approve()
            case "edit":
                self._enter("edit")
            case "reason":
                self._enter("reason")
            case "explain":
                self._explain()
            case "rest":
                self._approve_rest()
            case _:
                self._answer(ApprovalDecision(name))

    def action_scroll_command(self, direction: str) -> None:
        """Scroll a command that is longer than its place."""
        self.body.scroll_command(1 if direction == "down" else -1)

    def on_key(self, event: events.Key) -> None:
        """Act on the card's keys before those typed after them, and take the host's name from its first letter."""
        if self._stage != "ask":
            if self._hand_on(event):
                event.stop()
                event.prevent_default()
            return
        is_guarded = self._clock() - self._shown_at < GUARD_SECONDS
        is_host = bool(event.character) and event.character == self.card.host[:1] and needs_host_name(self._assessment)
        if is_host and not is_guarded:
            self._enter("host")
            self.query_one(CardInput).begin(event.character or "")
        elif event.key in self._names:
            self.action_answer(self._names[event.key])
        else:
            return
        event.stop()
        event.prevent_default()

    def _hand_on(self, event: events.Key) -> bool:
        """Give a key that was typed ahead to the field it was meant for; False when it comes from there."""
        if self._stage == "scope" or event.key == "escape":
            return False
        target = self.body.editor if self._stage == "edit" else self.query_one(CardInput)
        if target.last_key is event:
            return False
        target.post_message(events.Key(event.key, event.character))
        return True

    @on(TextArea.Changed)
    def ask_for_grade(self, event: TextArea.Changed) -> None:
        """Have an edited command graded while it is being written."""
        event.stop()
        if self._stage == "edit":
            self._is_edit_done = self.body.editor.read_only
            self.post_message(self.Edited(event.text_area.text.strip()))

    @on(CommandEditor.Done)
    def finish_edit(self, event: CommandEditor.Done) -> None:
        """End the edit when the command as written has its grade: nothing runs on an older one."""
        event.stop()
        command = event.command
        if not command:
            self.body.editor.read_only = False
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
        self.body.show_command(self._command)
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
        self.body.editor.load_text(self._command)
        self._show_assessment()

    def _approve(self) -> None:
        if is_refused(self._assessment):
            self._say("screen.approval.rule_refuses")
        elif needs_host_name(self._assessment):
            self._enter("host")
        else:
            self._answer(ApprovalDecision.RUN)

    def _approve_rest(self) -> None:
        choices = scopes(self._assessment)
        if not choices:
            self._say("screen.approval.rest_is_high")
        elif choices == ["plan"]:
            self._answer(ApprovalDecision.APPROVE_REST)
        else:
            self.query_one(RuleChooser).offer(choices, self._assessment.offer)
            self._enter("scope")

    @on(RuleChooser.Chosen)
    def take_scope(self, event: RuleChooser.Chosen) -> None:
        """Approve for as long as was chosen."""
        event.stop()
        if event.choice == "plan":
            self._answer(ApprovalDecision.APPROVE_REST)
        else:
            self._answer(ApprovalDecision.RUN, scope=RuleScope(event.choice))

    def _explain(self) -> None:
        if self.body.toggle_explanation():
            self.post_message(self.ExplanationWanted(self._command))

    def _answer(
        self, decision: ApprovalDecision, *, reason: str = "", typed: str = "", scope: RuleScope = RuleScope.ONCE
    ) -> None:
        edited = self._command if self._command != self.card.assessment.command else None
        reply = ApprovalReply(decision=decision, command=edited, reason=reason, typed=typed, scope=scope)
        self.post_message(self.Answered(self.card.approval_id, reply))

    def _enter(self, stage: _Stage) -> None:
        """Move between asking, editing, giving a reason and typing the host's name."""
        self._stage = stage
        self.body.set_class(stage == "edit", "-edit")
        self.body.set_class(stage == "scope", "-brief")
        for name in ("reason", "host", "scope"):
            self.set_class(stage == name, f"-{name}")
        self.remove_class("-message")
        match stage:
            case "ask":
                self.screen.set_focus(self)
            case "edit":
                editor = self.body.editor
                editor.begin(self._command)
                self.screen.set_focus(editor)
            case "scope":
                self.screen.set_focus(self.query_one(RuleChooser).options)
            case "reason" | "host":
                field = self.query_one(CardInput)
                field.begin("")
                field.placeholder = self._texts.get(f"screen.approval.{stage}_placeholder", host=self.card.host)
                self.screen.set_focus(field)
        self._show_keys()

    def _say(self, key: str, **params: object) -> None:
        self.query_one("#approval-message", Static).update(self._texts.get(key, **params))
        self.add_class("-message")

    def _show_assessment(self) -> None:
        self.set_class(self._assessment.risk is Risk.HIGH, "-high")
        self.set_class(needs_host_name(self._assessment), "-critical")
        self.body.show(self._assessment)

    def _show_keys(self) -> None:
        hints = self.query_one(KeyHints)
        if self._stage != "ask":
            enter = ("Enter", self._texts.get(f"screen.approval.enter.{self._stage}"))
            hints.show([enter, ("Esc", self._texts.get("screen.approval.back"))])
            return
        names = [name for name in _KEYS if name != "rest" or scopes(self._assessment)]
        labels = [self._texts.get(f"screen.approval.key.{name}") for name in names]
        hints.show(
            [(key_name(f"approval_{name}", self._keys), label) for name, label in zip(names, labels, strict=True)]
        )
