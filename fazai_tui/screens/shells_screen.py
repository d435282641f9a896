"""What the shells' panes and the cards of their programs ask for."""

from __future__ import annotations

from abc import abstractmethod

from textual import events, on

from fazai_tui.bridge import SessionPort
from fazai_tui.screens.context_screen import ContextScreen
from fazai_tui.screens.held_keys import HeldKeys
from fazai_tui.widgets.guard_card import GuardCard
from fazai_tui.widgets.input_card import InputCard
from fazai_tui.widgets.jobs_row import JobsRow
from fazai_tui.widgets.log_view import LogView
from fazai_tui.widgets.secret_card import SecretCard
from fazai_tui.widgets.shell import ShellPane
from fazai_tui.widgets.time_limit_card import TimeLimitCard

_MEANT_SECONDS = 1.0
"""An Escape within this time after the two that give the keyboard back is one too many, and not for the command."""


class ShellsScreen(ContextScreen):
    """Gives programs what the user types, and the user what was marked."""

    _keyboard_returned_at = float("-inf")
    _held_keys: HeldKeys | None = None

    def holds(self, key: events.Key) -> bool:
        """Hold a key that may belong to a password whose field is about to open; False when it may go on."""
        if self._held_keys is None:
            if not self._hides_typing():
                return False
            self._held_keys = HeldKeys(self, self.app.post_message, self._hides_typing, self._tell_dropped)
        if self.has_given_keyboard:
            return False
        # A field that is open, or was put away, is none to wait for.
        is_asked = not self._held_keys.is_holding and self.router.commands.questions.has_secret
        return not is_asked and self._held_keys.take(key)

    def _hides_typing(self) -> bool:
        return self.session is not None and self.session.shells.hides_typing

    def _tell_dropped(self) -> None:
        self.notify(self.texts.get("screen.secret.dropped"), severity="warning")

    @property
    def has_just_returned(self) -> bool:
        """Whether a program has only just given the keyboard back."""
        return self._clock() - self._keyboard_returned_at < _MEANT_SECONDS

    @on(InputCard.Entered)
    async def pass_input_on(self, message: InputCard.Entered) -> None:
        """Give the program the line it waits for."""
        message.stop()
        if self.session is not None:
            self.session.write_input(message.text.encode() + b"\n", message.command_id)
        await self._close_cards()

    @on(GuardCard.Decided)
    def pass_guard_decision_on(self, message: GuardCard.Decided) -> None:
        """Keep what the lock-out guard watches, or have it put back."""
        message.stop()
        self.decide_on_guard(is_keeping=message.is_keeping)

    def decide_on_guard(self, *, is_keeping: bool) -> None:
        """Keep what the lock-out guard watches, or have it put back now."""
        if self.session is not None:
            self.run_worker(self._decide_on_guard(self.session, is_keeping=is_keeping), exit_on_error=False)

    async def _decide_on_guard(self, session: SessionPort, *, is_keeping: bool) -> None:
        if not await session.guard.decide(is_keeping=is_keeping, by="user"):
            self.notify(self.texts.get("screen.guard.none"), severity="warning")

    @on(TimeLimitCard.Decided)
    async def pass_time_on(self, message: TimeLimitCard.Decided) -> None:
        """Let the command go on, or have it stopped."""
        message.stop()
        from fazai_tui.core.policy import ApprovalDecision, ApprovalReply

        decision = ApprovalDecision.RUN if message.is_to_go_on else ApprovalDecision.ABORT
        if self.session is not None:
            self.session.reply(message.question_id, ApprovalReply(decision=decision))
        await self._close_cards()

    @on(InputCard.Closed)
    async def put_input_away(self, message: InputCard.Closed) -> None:
        """Let the program wait."""
        message.stop()
        await self._close_cards()

    async def _close_cards(self) -> None:
        questions = self.router.commands.questions
        self.set_focus(self.parts.prompt.editor)
        await questions.remove(*(card for card in questions.cards if not isinstance(card, SecretCard)))
        self.router.commands.await_command()

    @on(SecretCard.Entered)
    async def pass_secret_on(self, message: SecretCard.Entered) -> None:
        """Give the process the secret it waits for, or say that it was discarded."""
        message.stop()
        card, commands = message.card, self.router.commands
        try:
            session = self.session
            is_sent = session is not None and session.write_secret(message.secret, card.command_id, card.asker)
        finally:
            message.secret.wipe()
        if not is_sent:
            text = self.texts.get("screen.secret.not_delivered", program=card.program)
            self.notify(text, severity="warning", markup=False)
            commands.note(card.command_id, text)
        await commands.questions.settle(card)
        commands.await_command()

    @on(SecretCard.InterruptWanted)
    async def interrupt_asker(self, message: SecretCard.InterruptWanted) -> None:
        """Send the process Ctrl-C instead of a secret."""
        message.stop()
        if self.session is not None:
            self.session.write_input(b"\x03", message.card.command_id)
        await self.router.commands.questions.settle(message.card)

    @on(SecretCard.Closed)
    async def put_secret_off(self, message: SecretCard.Closed) -> None:
        """Let the process wait, and say how to come back to it."""
        message.stop()
        card = message.card
        self.router.commands.note(card.command_id, self.texts.get("screen.secret.later", program=card.program))
        await self.router.commands.questions.remove(card)

    @on(ShellPane.KeysTyped)
    def pass_keys_on(self, message: ShellPane.KeysTyped) -> None:
        """Give the program what the user typed."""
        message.stop()
        if self.session is not None:
            self.session.write_input(message.data, message.command_id)

    @on(ShellPane.KeyboardReturned)
    def take_keyboard_back(self, message: ShellPane.KeyboardReturned) -> None:
        """Go back to where the user was."""
        message.stop()
        self._keyboard_returned_at = self._clock()
        self.refresh_bindings()
        self.focus_back()

    @on(ShellPane.Resized)
    def resize_terminal(self, message: ShellPane.Resized) -> None:
        """Tell programs the size of their screen."""
        message.stop()
        if self.session is not None:
            self.session.resize(message.columns, message.rows)

    @on(LogView.CommandTyped)
    def run_typed_command(self, message: LogView.CommandTyped) -> None:
        """Run a command that the user typed in the shell pane."""
        message.stop()
        self.returns_to_shell = True
        self.send(f"!{message.command}")

    @on(LogView.Copied)
    def copy_rows(self, message: LogView.Copied) -> None:
        """Copy the rows that were marked."""
        message.stop()
        self.app.copy_to_clipboard(message.text)
        count = message.text.count("\n") + 1
        self.notify(self.texts.get("screen.shell.copied", count=count), timeout=3)

    @on(events.TextSelected)
    def copy_selection(self) -> None:
        """Copy what the mouse marked, as terminals do."""
        if selected := self.get_selected_text():
            self.app.copy_to_clipboard(selected)
            self.notify(self.texts.get("screen.chat.copied"), timeout=2)

    @on(JobsRow.Opened)
    def open_jobs(self, message: JobsRow.Opened) -> None:
        """Show what runs in the background."""
        message.stop()
        self.show_jobs()

    def show_jobs(self) -> None:
        """Show what runs in the background."""
        if self.session is not None:
            from fazai_tui.screens.jobs import JobsScreen

            self.app.push_screen(JobsScreen(self.texts, self.session))

    def give_keyboard(self) -> None:
        """Give the keyboard to the running program: that of the shell in sight, else of the other one."""
        self.show_pane("shell")
        shells = self.parts.shells
        for pane in (shells.current, *shells.panes):
            if pane.command_id:
                shells.bring(pane, is_wanted=True)
                pane.give_keyboard()
                if self.has_class("-narrow"):
                    # There the pane has no border that could say it.
                    self.notify(self.texts.get("screen.shell.keyboard"), timeout=3)
                return

    @abstractmethod
    def send(self, text: str) -> None:
        """Carry out what was typed."""
