"""The ledger's sessions for the screen, opened when they are first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fazai_tui.config.texts import Texts

if TYPE_CHECKING:
    # SQLite and pydantic take longer to import than the screen takes to paint.
    from fazai_tui.ledger.entries import SessionEntry
    from fazai_tui.ledger.sessions import SessionBook


class LazySessions:
    """The sessions of one ledger. Implements `screens.ports.SessionShelf`."""

    def __init__(self, file: Path, texts: Texts) -> None:
        self._file = file
        self._texts = texts

    @cached_property
    def _book(self) -> SessionBook:
        from fazai_tui.ledger.sessions import SessionBook

        return SessionBook(self._file, self._texts)

    def sessions(self, text: str = "") -> Sequence[SessionEntry]:
        """Return those that hold every word, those used last first."""
        return self._book.sessions(text)

    def claim(self, session_id: str) -> None:
        """Take a session for this process."""
        self._book.claim(session_id)

    def fork(self, session_id: str) -> str:
        """Begin a copy of a session and return its id."""
        return self._book.fork(session_id)

    def rename(self, session_id: str, title: str) -> None:
        """Give a session a name."""
        self._book.rename(session_id, title)

    def delete(self, session_id: str) -> None:
        """Take a session off the list."""
        self._book.delete(session_id)
