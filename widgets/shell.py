"""The shell pane: what the commands print, with a header and a footer for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.core.flood import pieces_of
from fazai_tui.widgets.ansi_lines import AnsiLine, LineAssembler, without_sequences
from fazai_tui.widgets.key_bytes import key_bytes, pasted_bytes
from fazai_tui.widgets.log_view import LogView
from fazai_tui.widgets.plain import duration, visible
from fazai_tui.widgets.row_store import MarkRow, Row, RowKind
from fazai_tui.widgets.screen_switch import ScreenSwitch
from fazai_tui.widgets.terminal_log import TerminalLog

if TYPE_CHECKING:
    from fazai_tui.core.events import CommandFinished, CommandStarted
    from fazai_tui.core.flood import Flood
    from fazai_tui.widgets.program_display import ProgramDisplay

_LOG_COLUMNS = 3
"""Columns that the log's padding and scroll bar take."""

_SCREEN_FLOOD = 128 * 1024
"""Characters of a flood that a full-screen program's screen still takes."""

ESCAPE_TWICE_SECONDS = 0.3
"""Two Escapes within this time give the keyboard back; a single one reaches the program then, or with the next key."""


class ShellPane(Vertical):
    """A log of commands and their output; with the keyboard given, every key goes to the program."""

    DEFAULT_CSS: ClassVar[str] = """
    ShellPane > .shell-empty { height: auto; padding: 1 2; color: $foreground-muted; }
    """

    class KeysTyped(Message):
        """The user typed to the running program."""

        def __init__(self, data: bytes, command_id: str) -> None:
            super().__init__()
            self.data = data
            self.command_id = command_id

    class KeyboardReturned(Message):
        """The user took the keyboard back."""

    class Resized(Message):
        """The part that programs may fill changed its size."""

        def __init__(self, columns: int, rows: int) -> None:
            super().__init__()
            self.columns = columns
            self.rows = rows

    def __init__(self, texts: Texts, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._texts = texts
        self._lines = LineAssembler()
        self._switch = ScreenSwitch()
        self._program: ProgramDisplay | None = None
        self._has_keyboard = False
        self._last_escape = float("-inf")
        self._held_escape: Timer | None = None
        self._told_size = (0, 0)
        self._output_start = 0
        self.command_id = ""
        """The command that runs; empty when none does."""

    def compose(self) -> ComposeResult:
        """Build the log."""
        yield Static(self._texts.get("screen.shell.empty"), markup=False, classes="shell-empty")
        yield LogView(self._texts)

    @property
    def view(self) -> LogView:
        """The log with its keys."""
        return self.query_one(LogView)

    @property
    def log_lines(self) -> TerminalLog:
        """The log."""
        return self.view.log_lines

    @property
    def has_keyboard(self) -> bool:
        """Whether keys go to the running program."""
        return self._has_keyboard

    @property
    def open_line(self) -> str:
        """The last line when it is not finished, as that of a question is."""
        partial = self._lines.partial
        return without_sequences(partial.text).strip() if partial is not None else ""

    @property
    def has_program(self) -> bool:
        """Whether a full-screen program has taken the log's place."""
        return self._program is not None

    def begin_command(self, event: CommandStarted) -> None:
        """Show a command that starts."""
        first, *more = visible(event.command).split("\n")
        rows = [MarkRow(f"$ {first}", "command"), *(MarkRow(f"> {line}", "command") for line in more)]
        self.query(".shell-empty").remove()
        self.log_lines.append([*rows, MarkRow(visible(event.cwd), "detail")])
        self.view.is_idle = False
        self.command_id = event.command_id
        self._output_start = self.log_lines.end

    def add_output(self, text: str, flood: Flood | None = None) -> None:
        """Show output as it came.

        Args:
            text: The output.
            flood: What came before it and is read only when it is looked at.
        """
        if flood is not None:
            text = self._add_flood(flood) + text
        rows: list[Row] = []
        for part in self._switch.split(text):
            if part.screen == "program":
                self.log_lines.append(rows)
                rows = []
                self._display(is_alternate=part.is_alternate).feed(part.text)
            else:
                self._leave_program()
                rows += self._lines.feed(part.text)
        if self._program is None:
            self.log_lines.append(rows, self._lines.partial)

    def add_note(self, text: str) -> None:
        """Show a remark of FazAI's own among the output."""
        self.log_lines.append([*self._lines.end(), MarkRow(visible(text), "note")])

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
        log = self.log_lines
        log.append(self._lines.end())
        log.fold_since(self._output_start, lambda count: self._texts.get("screen.shell.folded", count=count))
        mark = "✓" if kind == "success" else "×"
        log.append([MarkRow(f"{mark} {text}", kind), MarkRow("", "detail")])
        self.view.is_idle = True
        self.command_id = ""

    def give_keyboard(self) -> None:
        """Send every key to the running program from now on."""
        self._has_keyboard = True
        self.add_class("-keyboard")
        self._show_hint()
        self.can_focus = True
        self.screen.set_focus(self)

    def take_keyboard(self) -> None:
        """Give the keyboard back to FazAI."""
        if self._held_escape is not None:
            self._held_escape.stop()
            self._held_escape = None
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
            self._held_escape = self.set_timer(ESCAPE_TWICE_SECONDS, lambda: self._send(b""))
            return
        has_cursor_mode = self._program is not None and self._program.terminal.has_cursor_mode
        if data := key_bytes(event.key, event.character, has_cursor_mode=has_cursor_mode):
            self._send(data)

    def on_paste(self, event: events.Paste) -> None:
        """Send pasted text to the program."""
        if self._has_keyboard:
            event.stop()
            if self._program is not None:
                data = self._program.terminal.paste(event.text)
            else:
                data = pasted_bytes(event.text, is_bracketed=self._switch.has_bracketed_paste)
            self._send(data)

    def on_resize(self) -> None:
        """Tell the size that programs may fill."""
        size = (self.content_size.width - _LOG_COLUMNS, self.content_size.height)
        if min(size) > 0 and self._told_size != size:
            self.set_size(*size)
            self.tell_size()

    def set_size(self, columns: int, rows: int) -> None:
        """Let programs fill that much."""
        self._told_size = (columns, rows)
        if self._program is not None:
            self._program.resize_program(columns, rows)

    def tell_size(self) -> None:
        """Say the size that programs may fill, as for a new session."""
        columns, rows = self._told_size
        if columns:
            self.post_message(self.Resized(columns, rows))

    def _display(self, *, is_alternate: bool) -> ProgramDisplay:
        """Return the full-screen program's display; it takes the log's place."""
        if self._program is None:
            # Few commands need a terminal emulator; it is imported with the first one that does.
            from fazai_tui.widgets.program_display import ProgramDisplay

            columns, rows = self._told_size
            columns, rows = columns or 80, rows or 24
            self._program = ProgramDisplay(columns, rows, self._send, self._keep_scrolled)
            if not is_alternate:
                # It moves about in what was printed before.
                before = [row.text for row in self.log_lines.take_back(rows - 1)]
                held = self._lines.partial
                self._program.feed("\r\n".join([*before, held.text if held else ""]))
                self._lines.end()
            self.mount(self._program)
            self.view.styles.height = 0
            self._show_hint()
        return self._program

    def _leave_program(self) -> None:
        if self._program is not None:
            if not self._program.terminal.is_alternate and self._switch.keeps_screen:
                self._keep_scrolled(self._program.terminal.coloured_lines())
            self._program.remove()
            self._program = None
            self.view.styles.height = "1fr"
            self._show_hint()

    def _keep_scrolled(self, lines: Sequence[str]) -> None:
        """Keep in the log what leaves the program's screen."""
        self.log_lines.append([AnsiLine(line) for line in lines])

    def _add_flood(self, flood: Flood) -> str:
        """Add a flood; return what of it has to be read after all."""
        if flood.left_out:
            left_out = self._texts.get("screen.shell.left_out", count=flood.left_out)
            self.log_lines.append([*self._lines.end(), MarkRow(left_out, "note")])
        if any(self._switch.concerns(piece.text) for piece in flood.pieces):
            return "".join(piece.text for piece in flood.pieces)[-_SCREEN_FLOOD:]
        # A program that moved about on the main screen and now floods it is a run of lines.
        self._leave_program()
        oldest, *others = flood.pieces
        first, end, rest = (self._switch.reset() + oldest.text).partition("\n")
        self.log_lines.append(self._lines.feed(first + end))
        self.log_lines.append_raw([*pieces_of(rest), *others])
        return ""

    @on(LogView.ModeChanged)
    def show_keys(self, message: LogView.ModeChanged) -> None:
        """Say what the keys do now."""
        message.stop()
        self._show_hint()

    def _send(self, data: bytes) -> None:
        if self._held_escape is not None:
            self._held_escape.stop()
            self._held_escape = None
            self._last_escape = float("-inf")
            data = b"\x1b" + data
        self.post_message(self.KeysTyped(data, self.command_id))

    def _show_hint(self) -> None:
        if self._has_keyboard:
            name = "keyboard"
        else:
            name = "full_screen" if self._program is not None else self.view.mode
        self.border_subtitle = self._texts.get(f"screen.shell.{name}") if name else ""
