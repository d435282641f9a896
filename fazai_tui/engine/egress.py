"""Lets messages out to the destinations that the user allowed, and has each one recorded."""

from collections.abc import Callable, Sequence

from fazai_tui.config.texts import Texts
from fazai_tui.core.egress import Crossing
from fazai_tui.core.errors import ErrorKind, LedgerError, ModelError
from fazai_tui.engine.errors import model_error


class EgressGate:
    """The way out. Implements `core.egress.Outlet`."""

    def __init__(self, allowed: Sequence[str], record: Callable[[Crossing], None], texts: Texts) -> None:
        """Prepare the gate.

        Args:
            allowed: Hosts, each with or without a port.
            record: Writes to the ledger.
            texts: The language of errors.
        """
        self._allowed = frozenset(entry.strip().lower() for entry in allowed)
        self._record = record
        self._texts = texts

    def admit(self, destination: str, host: str) -> None:
        """Make sure that something may leave for a destination.

        Raises:
            ModelError: The user has not allowed it.
        """
        if not self._allowed & {destination.lower(), host.lower()}:
            facts = {"destination": destination, "host": host}
            raise model_error(self._texts, "remote.not_allowed", facts, kind=ErrorKind.DECLINED)

    def note(self, crossing: Crossing) -> None:
        """Record a message.

        Raises:
            ModelError: It could not be recorded.
        """
        try:
            self._record(crossing)
        except LedgerError as error:
            raise ModelError(error.title, error.message, error.hint, kind=error.kind) from error
