"""Going on with a session: finding it, taking it, and bringing back what it has been through."""

import os
from dataclasses import dataclass

from fazai_tui.cli.invocation import Invocation
from fazai_tui.core.generation import TurnRecord
from fazai_tui.ledger.entries import PastTurn, SessionEntry
from fazai_tui.ledger.sessions import SessionBook
from fazai_tui.session.resuming import ResumedSession


@dataclass(frozen=True, slots=True)
class Resumption:
    """A session that this process has taken.

    Attributes:
        entry: The session.
        past: Its orders, oldest first.
    """

    entry: SessionEntry
    past: tuple[PastTurn, ...]

    @property
    def session(self) -> ResumedSession:
        """What the session goes on with."""
        records = (
            TurnRecord(order=turn.order, outcome=next(iter(turn.message.splitlines()), "") or turn.status)
            for turn in self.past
        )
        return ResumedSession(self.entry.id, tuple(records))

    @property
    def cwd(self) -> str:
        """Where the session was left; empty when that directory cannot be entered any more."""
        place = self.entry.cwd
        return place if os.path.isdir(place) and os.access(place, os.X_OK) else ""


def resume(invocation: Invocation, wanted: str, *, forks: bool, is_kept: bool = True) -> Resumption:
    """Take a session, or a copy of it.

    Args:
        invocation: The run of the program.
        wanted: Its id, the beginning of it, its name, or `--last`.
        forks: Whether to go on in a copy, which leaves the session as it is.
        is_kept: Whether what happens from now on is stored. If not, the session is only read.

    Raises:
        BadInputError: There is no such session, or another process has it open.
        LedgerError: The ledger cannot be read or written.
    """
    book = SessionBook(invocation.paths.ledger_file, invocation.texts)
    entry = book.find(wanted)
    if is_kept and forks:
        entry = book.find(book.fork(entry.id))
    if is_kept:
        book.claim(entry.id)
    return Resumption(entry, book.past(entry.id))
