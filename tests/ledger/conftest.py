"""A ledger on disk and the events of an ordinary turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.ledger.history import History
from fazai_tui.ledger.recorder import SqliteLedger


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the ledger is made."""
    return tmp_path / "data" / "ledger.db"


@pytest.fixture
def ledger(file: Path) -> Iterator[SqliteLedger]:
    """Return a ledger that records."""
    ledger = SqliteLedger(file, Texts("en"))
    yield ledger
    ledger.close()


@pytest.fixture
def history(file: Path) -> History:
    """Return what reads the ledger."""
    return History(file, Texts("en"))
