"""The log of the shell pane with its keys: search, mark and copy, fold, and a command of one's own."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.pane_line import PaneLine
from fazai_tui.widgets.terminal_log import TerminalLog

SEARCH_SIGN, COMMAND_SIGN = "/", "$"
_STEPS = {"up": -1, "k": -1, "down": 1, "j": 1, "home": -1_000_000, "g": -1_000_000, "end": 1_000_000, "G": 1_000_000}
_RECALLED = 100


class LogView(Vertical):
    """A log that is read with the keys of a pager; any other letter begins a command."""

    DEFAULT_CSS: ClassVar[str] = """
    LogView { height: 1fr; width: 1fr; }
    LogView > TerminalLog { height: 1fr; padding: 0 1; }
    """

    class CommandTyped(Message):
        """The user typed a command of their own."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    class Copied(Message):
        """Rows were marked to be copied."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class ModeChanged(Message):
        """Other keys do something now."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._commands: list[str] = []
        self.is_idle = True
        """Whether a command may be typed: nothing runs."""

    def compose(self) -> ComposeResult:
        """Build the log."""
        yield TerminalLog(self.take_key, id="shell-log")
        yield PaneLine(self.take_key, self._go_back)

    @property
    def log_lines(self) -> TerminalLog:
        """The log."""
        return self.query_one(TerminalLog)

    @property
    def mode(self) -> str:
        """What the keys do: empty, `search` or `marking`."""
        log = self.log_lines
        return "marking" if log.is_marking else "search" if log.is_searching else ""

    @property
    def line(self) -> PaneLine:
        """The line at the foot, for a search or a command."""
        return self.query_one(PaneLine)

    def take_key(self, event: events.Key) -> bool:
        """Do what a key of a pager does; False when it means nothing here."""
        log, line = self.log_lines, self.line
        if line.is_open:
            line.take_early(event)
            return True
        key = event.character if event.character and event.is_printable else event.key
        return self._mark(key) if log.is_marking else self._read(key, is_text=event.is_printable)

    @on(PaneLine.Entered)
    def take_line(self, message: PaneLine.Entered) -> None:
        """Search for what was typed, or have it run."""
        message.stop()
        if not message.text.strip():
            return
        if message.sign == SEARCH_SIGN:
            self._tell_found(self.log_lines.search(message.text), message.text)
            self.post_message(self.ModeChanged())
            return
        self._commands = [*self._commands[-_RECALLED:], message.text]
        self.post_message(self.CommandTyped(message.text))

    def _go_back(self) -> None:
        self.screen.set_focus(self.log_lines)

    def _read(self, key: str, *, is_text: bool) -> bool:
        """Take a key while the log is read; False when it means nothing here."""
        log = self.log_lines
        match key:
            case "/":
                self._open(SEARCH_SIGN)
            case "n" | "N" if log.is_searching:
                self._tell_found(log.search_on(is_backward=key == "n"), "")
            case "escape" if log.is_searching:
                log.end_search()
                self.post_message(self.ModeChanged())
            case " ":
                log.begin_marking()
                self.post_message(self.ModeChanged())
            case "enter":
                return log.toggle_fold()
            case _ if is_text and self.is_idle:
                self._open(COMMAND_SIGN, key)
            case _ if is_text:
                self.notify(self._texts.get("screen.shell.not_idle"), severity="warning", timeout=3)
            case _:
                return False
        return True

    def _mark(self, key: str) -> bool:
        """Take a key while rows are marked."""
        log = self.log_lines
        page = max(1, log.size.height - 1)
        match key:
            case "pageup" | "pagedown":
                log.move_mark(-page if key == "pageup" else page)
            case "y" | "enter":
                self.post_message(self.Copied(log.end_marking()))
            case "escape" | "q" | " ":
                log.end_marking()
            case _ if key in _STEPS:
                log.move_mark(_STEPS[key])
            case _:
                return False
        if not log.is_marking:
            self.post_message(self.ModeChanged())
        return True

    def _tell_found(self, is_found: bool, wanted: str) -> None:
        if not is_found:
            self.notify(self._texts.get("screen.shell.not_found", text=wanted), markup=False, timeout=3)

    def _open(self, sign: str, text: str = "") -> None:
        name = "search_for" if sign == SEARCH_SIGN else "command"
        earlier = tuple(self._commands) if sign == COMMAND_SIGN else ()
        self.line.open(sign, self._texts.get(f"screen.shell.{name}"), text, earlier)
