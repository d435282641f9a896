"""The shell pane: what the commands print, with a header and a footer for each."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import CommandFinished, CommandStarted
from fazai_tui.widgets.ansi_lines import LineAssembler
from fazai_tui.widgets.key_bytes import key_bytes
from fazai_tui.widgets.plain import duration, visible
from fazai_tui.widgets.terminal_log import MarkRow, Row, RowKind, TerminalLog

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
        self.log_lines.append([*rows, *self._lines.feed(text)], self._lines.partial)

    def end_command(self, event: CommandFinished) -> None:
        """Show how a command ended."""
        took = duration(event.duration_ms)
        kind: RowKind = "success" if event.exit_code == 0 else "failure"
        if event.exit_code is None:
            text = self._texts.get(f"screen.shell.{event.status}", duration=took)
        else:
            text = self._texts.get("screen.shell.exit", code=event.exit_code, duration=took)
        mark = "✓" if kind == "success" else "×"
        self.log_lines.append([*self._lines.end(), MarkRow(f"{mark} {text}", kind), MarkRow("", "detail")])

    def give_keyboard(self) -> None:
        """Send every key to the running program from now on."""
        self._has_keyboard = True
        self.add_class("-keyboard")
        self.border_subtitle = self._texts.get("screen.shell.keyboard")
        self.log_lines.focus()

    def take_keyboard(self) -> None:
        """Give the keyboard back to FazAI."""
        if self._has_keyboard:
            self._has_keyboard = False
            self.remove_class("-keyboard")
            self.border_subtitle = ""
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
        region = self.log_lines.scrollable_content_region
        if region.width > 0 and region.height > 0 and self._told_size != (region.width, region.height):
            self._told_size = (region.width, region.height)
            self.post_message(self.Resized(region.width, region.height))
