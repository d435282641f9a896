"""The shell pane: what the commands print, with a header and a footer for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.ansi_lines import LineAssembler
from fazai_tui.widgets.key_bytes import key_bytes
from fazai_tui.widgets.plain import duration, visible
from fazai_tui.widgets.screen_switch import ScreenSwitch
from fazai_tui.widgets.terminal_log import MarkRow, Row, RowKind, TerminalLog

if TYPE_CHECKING:
    from fazai_tui.core.events import CommandFinished, CommandStarted
    from fazai_tui.widgets.program_display import ProgramDisplay

_LOG_COLUMNS = 3
"""Columns that the log's padding and scroll bar take."""

ESCAPE_TWICE_SECONDS = 0.4
"""Two Escapes within this time give the keyboard back."""


class ShellPane(Vertical):
    """A log of commands and their output; with the keyboard given, every key goes to the program."""

    DEFAULT_CSS: ClassVar[str] = """
    ShellPane > TerminalLog { height: 1fr; padding: 0 1; }
    ShellPane > .shell-empty { height: auto; padding: 1 2; color: $foreground-muted; }
    """

    class KeysTyped(Message):
        """The user typed to the running program."""

        def __init__(self, data: bytes) -> None:
            super().__init__()
            self.data = data

    class KeyboardReturned(Message):
        """The user took the keyboard back."""

    class Resized(Message):
        """The part that programs may fill changed its size."""

        def __init__(self, columns: int, rows: int) -> None:
            super().__init__()
            self.columns = columns
            self.rows = rows

    def __init__(self, texts: Texts, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._lines = LineAssembler()
        self._switch = ScreenSwitch()
        self._program: ProgramDisplay | None = None
        self._has_keyboard = False
        self._last_escape = float("-inf")
        self._told_size = (0, 0)

    def compose(self) -> ComposeResult:
        """Build the log."""
        yield Static(self._texts.get("screen.shell.empty"), markup=False, classes="shell-empty")
        yield TerminalLog(id="shell-log")

    @property
    def log_lines(self) -> TerminalLog:
        """The log."""
        return self.query_one("#shell-log", TerminalLog)

    @property
    def has_keyboard(self) -> bool:
        """Whether keys go to the running program."""
        return self._has_keyboard

    def begin_command(self, event: CommandStarted) -> None:
        """Show a command that starts."""
        first, *more = visible(event.command).split("\n")
        rows = [MarkRow(f"$ {first}", "command"), *(MarkRow(f"> {line}", "command") for line in more)]
        self.query(".shell-empty").remove()
        self.log_lines.append([*rows, MarkRow(visible(event.cwd), "detail")])

    def add_output(self, text: str, left_out: int = 0) -> None:
        """Show output as it came, saying how many lines of a flood were left out before it."""
        rows: list[Row] = []
        if left_out:
            rows = [*self._lines.end(), MarkRow(self._texts.get("screen.shell.left_out", count=left_out), "note")]
        for part in self._switch.split(text):
            if part.screen == "program":
                self._display().feed(part.text)
            else:
                self._leave_program()
                rows += self._lines.feed(part.text)
        self.log_lines.append(rows, self._lines.partial)

    def end_command(self, event: CommandFinished) -> None:
        """Show how a command ended."""
        took = duration(event.duration_ms)
        kind: RowKind = "success" if event.exit_code == 0 else "failure"
        if event.exit_code is None:
            text = self._texts.get(f"screen.shell.{event.status}", duration=took)
        else:
            text = self._texts.get("screen.shell.exit", code=event.exit_code, duration=took)
        self._leave_program()
        self._switch.reset()
        mark = "✓" if kind == "success" else "×"
        self.log_lines.append([*self._lines.end(), MarkRow(f"{mark} {text}", kind), MarkRow("", "detail")])

    def give_keyboard(self) -> None:
        """Send every key to the running program from now on."""
        self._has_keyboard = True
        self.add_class("-keyboard")
        self._show_hint()
        self.can_focus = True
        self.focus()

    def take_keyboard(self) -> None:
        """Give the keyboard back to FazAI."""
        if self._has_keyboard:
            self._has_keyboard = False
            self.remove_class("-keyboard")
            self.can_focus = False
            self._show_hint()
            self.post_message(self.KeyboardReturned())

    def on_key(self, event: events.Key) -> None:
        """Send a key to the program, unless it is the second Escape."""
        if not self._has_keyboard:
            return
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            if event.time - self._last_escape <= ESCAPE_TWICE_SECONDS:
                self.take_keyboard()
                return
            self._last_escape = event.time
        if data := key_bytes(event.key, event.character):
            self.post_message(self.KeysTyped(data))

    def on_paste(self, event: events.Paste) -> None:
        """Send pasted text to the program."""
        if self._has_keyboard:
            event.stop()
            self.post_message(self.KeysTyped(event.text.encode()))

    def on_resize(self) -> None:
        """Tell the size that programs may fill."""
        size = (self.content_size.width - _LOG_COLUMNS, self.content_size.height)
        if min(size) > 0 and self._told_size != size:
            self._told_size = size
            self.tell_size()

    def tell_size(self) -> None:
        """Say the size that programs may fill, as for a new session."""
        columns, rows = self._told_size
        if self._program is not None:
            self._program.resize_program(columns, rows)
        if columns:
            self.post_message(self.Resized(columns, rows))

    def _display(self) -> ProgramDisplay:
        """Return the full-screen program's display; it takes the log's place."""
        if self._program is None:
            # Few commands need a terminal emulator; it is imported with the first one that does.
            from fazai_tui.widgets.program_display import ProgramDisplay

            columns, rows = self._told_size
            self._program = ProgramDisplay(columns or 80, rows or 24, self._answer_program)
            self.mount(self._program)
            self.log_lines.styles.height = 0
            self._show_hint()
        return self._program

    def _leave_program(self) -> None:
        if self._program is not None:
            self._program.remove()
            self._program = None
            self.log_lines.styles.height = "1fr"
            self._show_hint()

    def _answer_program(self, data: bytes) -> None:
        self.post_message(self.KeysTyped(data))

    def _show_hint(self) -> None:
        name = "keyboard" if self._has_keyboard else "full_screen" if self._program is not None else ""
        self.border_subtitle = self._texts.get(f"screen.shell.{name}") if name else ""
