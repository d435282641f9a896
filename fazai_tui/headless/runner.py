"""Running one turn without a screen and reporting how it ended."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from fazai_tui.core.errors import ErrorKind
from fazai_tui.core.events import ErrorOccurred, Event, TurnKind, TurnStatus
from fazai_tui.core.wire import WIRE_ADAPTER
from fazai_tui.headless.narration import LastMessage
from fazai_tui.session.session import Session
from fazai_tui.session.wire import WireTranslator


@dataclass(frozen=True, slots=True)
class HeadlessResult:
    """How a headless turn ended.

    Attributes:
        message: The final message; empty when there was none.
        error: The kind of the error that ended the turn; None when none did.
    """

    status: TurnStatus
    message: str
    error: ErrorKind | None


class HeadlessRunner:
    """Drives one turn of a session."""

    def __init__(self, session: Session, subscribers: list[Callable[[Event], None]]) -> None:
        self._session = session
        self._last = LastMessage()
        self._error: ErrorKind | None = None
        for subscriber in (*subscribers, self._last.tell, self._note_error):
            session.subscribe(subscriber)

    async def run(self, order: str, kind: TurnKind | None, *, dry_run: bool, stdin: str) -> HeadlessResult:
        """Carry out an order; SIGINT and SIGTERM interrupt it.

        Raises:
            FazaiError: The session could not be started, or the order is empty.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._session.interrupt)
        try:
            await self._session.start()
            status = await self._session.submit(order, kind, dry_run=dry_run, stdin=stdin)
        finally:
            await self._session.close()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)
        return HeadlessResult(status, self._last.text, self._error)

    def _note_error(self, event: Event) -> None:
        if isinstance(event, ErrorOccurred):
            self._error = ErrorKind(event.code)


class JsonLines:
    """Writes wire events, one JSON object a line, as they happen."""

    def __init__(self, stream: TextIO, translator: WireTranslator) -> None:
        self._stream = stream
        self._translator = translator

    def tell(self, event: Event) -> None:
        """Write what a program should read for an event."""
        for item in self._translator.translate(event):
            self._stream.write(WIRE_ADAPTER.dump_json(item).decode() + "\n")
            self._stream.flush()
