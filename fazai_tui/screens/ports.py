"""What the screens need of the outside: Protocols that the command line fills in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fazai_tui.widgets.status_bar import Usage


@dataclass(frozen=True, slots=True)
class TurnSummary:
    """One row of the history.

    Attributes:
        started_at: Local time, ready to show.
        status: How it ended; empty when it never did.
    """

    id: str
    order: str
    status: str
    started_at: str
    cwd: str = ""


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """One command of a turn, as the ledger has it."""

    command: str
    risk: str
    status: str
    exit_code: int | None
    output: str
    duration_ms: int
    decision: str = ""
    """Who let it run or stopped it; empty when nobody was asked."""


@dataclass(frozen=True, slots=True)
class TurnDetail:
    """Everything about one turn."""

    summary: TurnSummary
    goal: str
    steps: Sequence[str]
    commands: Sequence[CommandRecord]
    answer: str


class HistoryReader(Protocol):
    """Reads the ledger. Called in a thread; may take its time."""

    def list_turns(self, limit: int, text: str = "") -> Sequence[TurnSummary]:
        """Return the newest turns first, those that hold the text."""
        ...

    def turn(self, turn_id: str) -> TurnDetail:
        """Return one turn.

        Raises:
            KeyError: There is no such turn.
        """
        ...


class Surroundings(Protocol):
    """The machine as the screen shows it. Called in a thread."""

    def usage(self) -> Usage:
        """Return the load now."""
        ...

    def list_paths(self, fragment: str, cwd: str, limit: int) -> Sequence[str]:
        """Return the files and directories that a fragment may become; directories end in `/`."""
        ...


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """How the interface starts.

    Attributes:
        order: Carried out once the session has started; empty for none.
        is_dry_run: Whether it starts in the mode that runs nothing.
        keys: The user's keymap.
        settings: Name and value of every effective setting, to show.
        settings_file: Where the user's settings are.
    """

    order: str = ""
    is_dry_run: bool = False
    model: str = ""
    cwd: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    settings_file: str = ""
