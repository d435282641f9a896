"""One row that says what runs in the background."""

from collections.abc import Sequence
from typing import ClassVar

from textual.message import Message
from textual.widgets import Static

from fazai_tui.config.texts import Texts
from fazai_tui.widgets.plain import summary

_NAMED = 3
_COMMAND_COLUMNS = 24


class JobsRow(Static):
    """Hidden while there is nothing; a click opens the list."""

    DEFAULT_CSS: ClassVar[str] = """
    JobsRow { display: none; height: 1; width: 1fr; padding: 0 1; background: $panel; color: $foreground-muted; }
    JobsRow.-open { display: block; }
    """

    class Opened(Message):
        """The user wants to see the list."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(markup=False)
        self._texts = texts
        self._shown: tuple[str, ...] = ()

    def show(self, commands: Sequence[str]) -> None:
        """Take the command lines of the jobs."""
        if self._shown == tuple(commands):
            return
        self._shown = tuple(commands)
        self.set_class(bool(commands), "-open")
        named = " · ".join(summary(command, _COMMAND_COLUMNS) for command in commands[:_NAMED])
        more = " …" if len(commands) > _NAMED else ""
        self.update(self._texts.get("screen.jobs.row", count=len(commands), commands=f"{named}{more}"))

    def on_click(self) -> None:
        """Open the list."""
        self.post_message(self.Opened())
