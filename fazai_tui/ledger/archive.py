"""Exports of orders and sessions out of one ledger."""

from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError
from fazai_tui.ledger.entries import TurnDetail
from fazai_tui.ledger.export import SUFFIXES, ExportFormat, export
from fazai_tui.ledger.history import History
from fazai_tui.ledger.names import LAST
from fazai_tui.ledger.sessions import SessionBook


class Archive:
    """Writes what one ledger holds for others to read."""

    def __init__(self, file: Path, texts: Texts) -> None:
        self._history = History(file, texts)
        self._book = SessionBook(file, texts)
        self._texts = texts

    def text(self, wanted: str, kind: ExportFormat) -> str:
        """Return an order, or all orders of a session.

        Args:
            wanted: The id of either, or the beginning of it; the session's name, or `--last`.
            kind: The form.

        Raises:
            BadInputError: There is nothing of that name, or more than one.
            LedgerError: The ledger cannot be read.
        """
        details, title = self._found(wanted)
        return export(details, title, kind, self._texts)

    def write(self, wanted: str, kind: ExportFormat, directory: Path) -> Path:
        """Write an export to a file of its own in a directory; return where.

        Raises:
            BadInputError: There is nothing of that name, or the file cannot be written.
            LedgerError: The ledger cannot be read.
        """
        text = self.text(wanted, kind)
        place = directory / f"fazai-{wanted}{SUFFIXES[kind]}"
        self.store(text, place)
        return place

    def store(self, text: str, place: Path) -> None:
        """Write an export to a file; it replaces what stands there.

        Raises:
            BadInputError: The file cannot be written.
        """
        try:
            place.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            get = self._texts.get
            reason = error.strerror or str(error)
            message = get("history.export.unwritable", file=str(place), reason=reason)
            raise BadInputError(get("ledger.title"), message, get("history.export.unwritable_hint")) from error

    def _found(self, wanted: str) -> tuple[list[TurnDetail], str]:
        if wanted != LAST:
            try:
                detail = self._history.turn(wanted)
            except BadInputError:
                if not any(entry.id.startswith(wanted) or entry.title == wanted for entry in self._book.sessions()):
                    raise
            else:
                return [detail], detail.turn.order
        entry = self._book.find(wanted)
        return [self._history.turn(turn.id) for turn in self._book.past(entry.id)], entry.title
