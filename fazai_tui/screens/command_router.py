"""Brings what happens to commands to the shells' panes and the cards that ask on their behalf."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from fazai_tui.config.texts import Texts
from fazai_tui.core import events as ev
from fazai_tui.core.flood import Flood
from fazai_tui.screens.parts import MainParts
from fazai_tui.screens.program_questions import ProgramQuestions
from fazai_tui.widgets.plain import summary
from fazai_tui.widgets.shell import ShellPane

CommandEvent: TypeAlias = (
    ev.CommandStarted
    | ev.OutputReceived
    | ev.InputAwaited
    | ev.CommandNoted
    | ev.TimeLimitReached
    | ev.BackgroundPrinted
    | ev.CommandFinished
)


@dataclass(frozen=True, slots=True)
class _Running:
    """A command that runs, and where."""

    command: str
    pane: ShellPane
    is_aside: bool


class CommandRouter:
    """Knows which command runs in which shell.

    Args:
        parts: The widgets.
        texts: The words.
        announce: Shows what is awaited.
    """

    def __init__(self, parts: MainParts, texts: Texts, announce: Callable[[str], None]) -> None:
        self._parts = parts
        self._texts = texts
        self._announce = announce
        self._running: dict[str, _Running] = {}
        self.questions = ProgramQuestions(parts, texts)
        """The cards on which programs ask."""

    @property
    def is_running(self) -> bool:
        """Whether a command runs."""
        return bool(self._running)

    def forget(self) -> None:
        """Forget what ran, as when the turns are over."""
        self._running.clear()

    def await_command(self) -> None:
        """Show that the running command is awaited."""
        for running in reversed(self._running.values()):
            label = self._texts.get("screen.activity.running", command=summary(running.command, 40))
            self._parts.chat.activity.begin(label, self._texts.get("screen.activity.stop_hint"))
            return

    async def route(self, event: CommandEvent, flood: Flood | None, *, is_aside: bool) -> None:
        """Show one event.

        Args:
            event: The event.
            flood: What came before the event's text, if that outran the screen.
            is_aside: Whether a command that starts is the user's own beside a plan.
        """
        match event:
            case ev.CommandStarted():
                self._start(event, is_aside=is_aside)
            case ev.OutputReceived():
                self._pane(event.command_id).add_output(event.text, flood)
            case ev.InputAwaited():
                await self._ask_for_input(event)
            case ev.CommandNoted():
                self._pane(event.command_id).add_note(event.text)
            case ev.TimeLimitReached():
                await self._ask_for_time(event)
            case ev.BackgroundPrinted():
                self._parts.tabs.mark_news("shell")
                (self._parts.shells.own if event.shell == "own" else self._parts.shell).add_output(event.text)
            case ev.CommandFinished():
                await self._finish(event)
            case _:
                assert_never(event)

    def _start(self, event: ev.CommandStarted, *, is_aside: bool) -> None:
        parts = self._parts
        pane = parts.shells.own if event.shell == "own" else parts.shell
        self._running[event.command_id] = _Running(event.command, pane, is_aside)
        parts.tabs.mark_news("shell")
        parts.shells.bring(pane)
        pane.begin_command(event)
        if not is_aside:
            parts.plan.set_command(event.step_id, event.command, event.assessment.risk)
            self.await_command()

    async def _finish(self, event: ev.CommandFinished) -> None:
        running = self._running.pop(event.command_id, None)
        pane = running.pane if running else self._parts.shell
        pane.end_command(event)
        pane.take_keyboard()
        self._parts.status.cwd = event.cwd
        await self.questions.close(event.command_id, is_over=True)
        if running is None or not running.is_aside:
            self._parts.plan.set_result(event.step_id, event.exit_code, event.duration_ms)
            self._announce("observing")

    def _pane(self, command_id: str) -> ShellPane:
        running = self._running.get(command_id)
        return running.pane if running else self._parts.shell

    async def _ask_for_input(self, event: ev.InputAwaited) -> None:
        self._announce("input")
        pane = self._pane(event.command_id)
        if event.is_secret:
            if pane.has_keyboard and self.questions.is_left_to_keyboard(event.asker):
                return
        elif pane.has_keyboard:
            return
        elif pane.has_program:
            # One line would not do.
            self._parts.chat.activity.begin(self._texts.get("screen.shell.full_screen"))
            return
        pane.take_keyboard()
        running = self._running.get(event.command_id)
        await self.questions.ask_for_input(event, running.command if running else "", pane.open_line)

    async def _ask_for_time(self, event: ev.TimeLimitReached) -> None:
        running = self._running.get(event.command_id)
        if running is not None:
            await self.questions.ask_for_time(event, running.command)

    def note(self, command_id: str, text: str) -> None:
        """Show a remark of FazAI's own among a command's output."""
        self._pane(command_id).add_note(text)
