"""The ordered event stream of a session."""

from collections.abc import Callable
from contextlib import suppress

from fazai_tui.core.errors import LedgerError
from fazai_tui.core.events import Event
from fazai_tui.core.ports import EventSink, Ledger


class EventStream:
    """Gives every event to the ledger first, then to the subscribers in the order they came."""

    def __init__(self, session_id: str, ledger: Ledger) -> None:
        self.session_id = session_id
        self._ledger = ledger
        self._sinks: list[EventSink] = []

    def subscribe(self, sink: EventSink) -> Callable[[], None]:
        """Add a subscriber; the returned function removes it."""
        self._sinks.append(sink)

        def unsubscribe() -> None:
            if sink in self._sinks:
                self._sinks.remove(sink)

        return unsubscribe

    def note(self, event: Event) -> None:
        """Record an event without telling anybody.

        Raises:
            LedgerError: The event could not be written.
        """
        self._ledger.record(self.session_id, event)

    def emit(self, event: Event) -> None:
        """Record an event, then tell everybody.

        Raises:
            LedgerError: The event could not be written; nobody was told, and what it announces must not happen.
        """
        self._ledger.record(self.session_id, event)
        self.tell(event)

    def tell(self, event: Event) -> None:
        """Tell everybody of an event without recording it."""
        for sink in tuple(self._sinks):
            sink(event)

    def emit_anyway(self, event: Event) -> None:
        """Emit an event that must reach everybody even when the ledger cannot be written."""
        try:
            self.emit(event)
        except LedgerError:
            self.tell(event)

    def leave(self) -> None:
        """Let go of the session in the ledger. One that cannot be written has nobody who waits for it."""
        with suppress(LedgerError):
            self._ledger.leave(self.session_id)
