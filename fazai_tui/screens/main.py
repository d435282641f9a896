"""The main screen: what keys and slash commands do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from fazai_tui.config.keymap import DEFAULT_KEYS
from fazai_tui.config.texts import Texts
from fazai_tui.screens.ports import HistoryReader, ScreenOptions, Surroundings
from fazai_tui.screens.shells_screen import ShellsScreen
from fazai_tui.widgets.pane_tabs import PANES, Pane
from fazai_tui.widgets.prompt import PromptBar
from fazai_tui.widgets.status_bar import MODES

if TYPE_CHECKING:
    from fazai_tui.core.policy import ApprovalPolicy

QUIT_SECONDS = 2.0
"""Two interrupts within this time, with nothing running, quit."""

_SLASH_COMMAND = re.compile(r"/[\w-]*(\s|$)")
"""A name after the slash; a path such as `/etc/hosts is full` is an order."""


def _binding(binding_id: str, action: str, *, priority: bool = True) -> Binding:
    return Binding(DEFAULT_KEYS[binding_id], action, show=False, priority=priority, id=binding_id)


class MainScreen(ShellsScreen):
    """Where a person gives orders and decides."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _binding("help", "help"),
        _binding("settings", "settings"),
        *(_binding(f"focus_{pane}", f"focus_pane('{pane}')") for pane in PANES),
        _binding("history", "history"),
        _binding("next_mode", "next_mode"),
        _binding("search_orders", "search_orders"),
        _binding("keep_access", "guard(True)"),
        _binding("put_back", "guard(False)"),
        _binding("keyboard", "keyboard"),
        _binding("interrupt", "interrupt"),
        _binding("close", "close", priority=False),
        Binding("tab", "app.focus_next", show=False),
    ]

    class NewSessionWanted(Message):
        """The user wants to start afresh."""

    class ResumeWanted(Message):
        """The user wants to go on with an earlier session."""

    class QuitWanted(Message):
        """The user wants to leave."""

        def __init__(self, *, is_certain: bool) -> None:
            super().__init__()
            self.is_certain = is_certain

    def __init__(
        self,
        texts: Texts,
        options: ScreenOptions,
        theme_names: Sequence[str],
        surroundings: Surroundings,
        history: HistoryReader | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(texts, options, theme_names, surroundings, history, clock=clock)
        self._interrupted_at = float("-inf")

    def send(self, text: str) -> None:
        """Carry out what was typed: a slash command, or an order."""
        if _SLASH_COMMAND.match(text):
            from fazai_tui.screens.slash_commands import SlashCommands

            SlashCommands(self, self.texts).run(text)
        elif not self.start_turn(text, self.mode):
            self.parts.prompt.set_text(text)
            self.notify(self.texts.get("screen.prompt.busy"), severity="warning")

    def set_approval(self, policy: ApprovalPolicy) -> None:
        """Change when the user is asked."""
        if self.session is not None:
            self.session.settings = self.session.settings.model_copy(update={"approval": policy})
            self.show_profile()

    def set_theme(self, name: str) -> None:
        """Change the colours."""
        self.app.theme = name

    def current_theme(self) -> str:
        """Return the theme in use."""
        return self.app.theme

    def model_name(self) -> str:
        """Return the model in use."""
        return self.parts.status.model

    def say(self, text: str) -> None:
        """Tell the user something in the chat."""
        self.run_worker(self.parts.chat.add_note("·", "$accent bold", text), exit_on_error=False)

    def act(self, action: str) -> None:
        """Do what a key or a command does, by its name."""
        match action:
            case "help":
                self.action_help()
            case "config":
                self.action_settings()
            case "history":
                self.action_history()
            case "jobs":
                self.show_jobs()
            case "keep" | "revert":
                self.decide_on_guard(is_keeping=action == "keep")
            case "cancel":
                if self.session is None or not self.session.interrupt():
                    self.say(self.texts.get("screen.command.reply.idle"))
            case "retry":
                if self.last_order:
                    self.send(self.last_order)
                else:
                    self.say(self.texts.get("screen.command.reply.nothing_to_retry"))
            case "copy":
                self._copy_answer()
            case "new":
                self.post_message(self.NewSessionWanted())
            case "resume":
                if self.is_busy:
                    self.notify(self.texts.get("screen.prompt.busy"), severity="warning")
                else:
                    self.post_message(self.ResumeWanted())
            case "quit":
                self.post_message(self.QuitWanted(is_certain=False))
            case _:
                raise ValueError(action)

    @on(PromptBar.Submitted)
    def take_order(self, message: PromptBar.Submitted) -> None:
        """Carry out what the user sent."""
        message.stop()
        self.returns_to_shell = False
        self.send(message.text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave every key to the program while it has the keyboard."""
        return not self.has_given_keyboard

    def action_guard(self, is_keeping: bool) -> None:
        """Keep what the lock-out guard watches, or have it put back now."""
        self.decide_on_guard(is_keeping=is_keeping)

    def action_focus_pane(self, pane: Pane) -> None:
        """Go to a pane."""
        self.focus_pane(pane)

    def action_next_mode(self) -> None:
        """Go to the next mode."""
        self.set_mode(MODES[(MODES.index(self.mode) + 1) % len(MODES)])

    def action_help(self) -> None:
        """Show every key and command."""
        from fazai_tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.texts, dict(self.options.keys)))

    def action_settings(self) -> None:
        """Show the settings in force."""
        from fazai_tui.screens.settings import SettingsScreen

        self.app.push_screen(SettingsScreen(self.texts, self.settings_rows, self.options.settings_file))

    def action_history(self) -> None:
        """Show what was ordered before; an order chosen there is carried out here."""
        if self.history_reader is None:
            self.notify(self.texts.get("screen.history.unavailable"), severity="warning")
            return
        from fazai_tui.screens.history import HistoryScreen

        screen = HistoryScreen(self.texts, self.history_reader, dict(self.options.keys), self.options.cwd)
        self.app.push_screen(screen, lambda order: self.send(order) if order else None)

    def action_search_orders(self) -> None:
        """Search the orders given before; the chosen one comes to the prompt."""
        from fazai_tui.screens.order_search import OrderSearch

        prompt = self.parts.prompt
        screen = OrderSearch(self.texts, prompt.history.orders)
        self.app.push_screen(screen, lambda order: prompt.set_text(order) if order else None)

    async def action_keyboard(self) -> None:
        """Give the keyboard to the running program."""
        if not self.router.is_command_running:
            self.notify(self.texts.get("screen.shell.no_program"), severity="warning")
            return
        questions = self.router.commands.questions
        if not await questions.reopen_secret():
            await questions.leave_to_keyboard()
            self.give_keyboard()

    def action_interrupt(self) -> None:
        """Stop what runs; with nothing running copy the selection, else quit at the second time."""
        if self.session is not None and self.session.interrupt():
            self.notify(self.texts.get("screen.interrupt.stopping"), timeout=2)
        elif selected := self._selected_text():
            self.app.copy_to_clipboard(selected)
            self.notify(self.texts.get("screen.chat.copied"), timeout=2)
        elif self._clock() - self._interrupted_at <= QUIT_SECONDS:
            self.post_message(self.QuitWanted(is_certain=True))
        else:
            self._interrupted_at = self._clock()
            self.notify(self.texts.get("screen.interrupt.again"), timeout=QUIT_SECONDS)

    def action_close(self) -> None:
        """Close what is open, else stop the generation, else go back to where one types, else stop the command."""
        card = self.parts.approvals.current
        if self.parts.prompt.close_suggestions():
            return
        if card is not None:
            self.set_focus(card)
        elif self.router.engine_state == "thinking" and self.session is not None:
            self.session.interrupt()
        elif not self.parts.prompt.editor.has_focus:
            self.set_focus(self.parts.prompt.editor)
        elif self.is_busy and not self.has_just_returned:
            self.action_interrupt()

    def _selected_text(self) -> str:
        focused = self.focused
        if isinstance(focused, TextArea) and focused.selected_text:
            return focused.selected_text
        return self.get_selected_text() or ""

    def _copy_answer(self) -> None:
        answer = self.parts.chat.last_answer
        if answer:
            self.app.copy_to_clipboard(answer)
        self.say(self.texts.get("screen.chat.copied" if answer else "screen.chat.nothing_to_copy"))
