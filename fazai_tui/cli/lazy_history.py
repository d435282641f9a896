"""The ledger's history for the screen, opened when it is first asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fazai_tui.config.texts import Texts

if TYPE_CHECKING:
    # SQLite and pydantic take longer to import than the screen takes to paint.
    from fazai_tui.ledger.entries import TurnDetail, TurnEntry
    from fazai_tui.ledger.history import History


class LazyHistory:
    """Reads one ledger."""

    def __init__(self, file: Path, texts: Texts) -> None:
        self._file = file
        self._texts = texts

    @cached_property
    def _history(self) -> History:
        from fazai_tui.ledger.history import History

        return History(self._file, self._texts)

    def export(self, wanted: str, kind: str, directory: str) -> str:
        """Write an order or a session to a file in a directory; return its path."""
        from fazai_tui.ledger.archive import Archive
        from fazai_tui.ledger.export import SUFFIXES, ExportFormat

        kinds: dict[str, ExportFormat] = {name: name for name in SUFFIXES}
        return str(Archive(self._file, self._texts).write(wanted, kinds[kind], Path(directory)))

    def list_turns(self, limit: int, text: str = "") -> Sequence[TurnEntry]:
        """Return the newest turns first, those that a filter lets through."""
        from fazai_tui.ledger.filters import read_filter

        chosen = read_filter(text, self._texts, date.today())
        return self._history.list_turns(limit, chosen.text, chosen=chosen)

    def turn(self, turn_id: str) -> TurnDetail:
        """Return everything about one turn."""
        return self._history.turn(turn_id)
