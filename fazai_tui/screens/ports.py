"""What the screens need of the outside: Protocols that the command line fills in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fazai_tui.widgets.status_bar import Usage

if TYPE_CHECKING:
    from fazai_tui.ledger.entries import SessionEntry, TurnDetail, TurnEntry


class HistoryReader(Protocol):
    """Reads the ledger, and writes what it holds to files. Called in a thread; may take its time."""

    def export(self, wanted: str, kind: str, directory: str) -> str:
        """Write an order or a session as `markdown`, `script` or `json` to a file in a directory; return its path.

        Raises:
            FazaiError: There is no such order or session, or the file cannot be written.
        """
        ...

    def list_turns(self, limit: int, text: str = "") -> Sequence[TurnEntry]:
        """Return the newest turns first, those that hold the text.

        Raises:
            FazaiError: The ledger cannot be read.
        """
        ...

    def turn(self, turn_id: str) -> TurnDetail:
        """Return everything about one turn.

        Raises:
            FazaiError: There is no such turn, or the ledger cannot be read.
        """
        ...


class SessionShelf(Protocol):
    """Knows the sessions that can be gone on with. Called in a thread; every method may raise a FazaiError."""

    def sessions(self, text: str = "") -> Sequence[SessionEntry]:
        """Return those that hold every word, those used last first."""
        ...

    def claim(self, session_id: str) -> None:
        """Take a session for this process; an error names the process that has it open."""
        ...

    def fork(self, session_id: str) -> str:
        """Begin a copy of a session and return its id."""
        ...

    def rename(self, session_id: str, title: str) -> None:
        """Give a session a name."""
        ...

    def delete(self, session_id: str) -> None:
        """Take a session off the list."""
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
class SessionWish:
    """The session that is wanted.

    Attributes:
        session: Its id or name, or `--last`; empty for a new one.
        forks: Whether to go on in a copy.
    """

    session: str = ""
    forks: bool = False


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """How the interface starts.

    Attributes:
        order: Carried out once the session has started; empty for none.
        is_dry_run: Whether it starts in the mode that runs nothing.
        keys: The user's keymap.
        settings_file: Where the user's settings are.
        wish: The session to begin with.
        picks_session: Whether the user chooses from a list before.
    """

    order: str = ""
    is_dry_run: bool = False
    cwd: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    settings_file: str = ""
    wish: SessionWish = SessionWish()
    picks_session: bool = False
