"""Running one turn without a screen and reporting how it ended."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from fazai_tui.core.errors import ErrorKind
from fazai_tui.core.events import ErrorOccurred, Event, TurnFinished, TurnKind, TurnStatus
from fazai_tui.core.wire import WIRE_ADAPTER, OutputDelta, WireEvent
from fazai_tui.headless.narration import LastMessage
from fazai_tui.session.session import Session
from fazai_tui.session.wire import WireTranslator


@dataclass(frozen=True, slots=True)
class HeadlessResult:
    """How a headless turn ended.

    Attributes:
        message: The final message; empty when there was none.
        error: The kind of the error that ended the turn; None when none did.
        is_input_unread: Whether the model is one that does not read what was piped in.
    """

    status: TurnStatus
    message: str
    error: ErrorKind | None
    is_input_unread: bool = False


class HeadlessRunner:
    """Drives one turn of a session."""

    def __init__(self, session: Session, subscribers: list[Callable[[Event], None]]) -> None:
        self._session = session
        self._last = LastMessage()
        self._error: ErrorKind | None = None
        self._is_interrupted = False
        self._gone: BrokenPipeError | None = None
        for subscriber in (*subscribers, self._last.tell, self._note_error):
            session.subscribe(self._until_gone(subscriber))

    async def run(
        self, order: str, kind: TurnKind | None, *, dry_run: bool, stdin: Callable[[], str]
    ) -> HeadlessResult:
        """Carry out an order; SIGINT and SIGTERM interrupt it.

        Args:
            order: The order.
            kind: What it is; None lets the model tell.
            dry_run: Plan and grade, but run nothing.
            stdin: Returns what was piped in; called in a thread once the shell runs.

        Raises:
            FazaiError: The session could not be started, or the order is empty.
            BrokenPipeError: Whoever read what is written went away; the turn was interrupted.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupt)
        status: TurnStatus = "interrupted"
        is_unread = False
        try:
            await self._session.start()
            given = await asyncio.to_thread(stdin)
            if not self._is_interrupted:
                status = await self._session.submit(order, kind, dry_run=dry_run, stdin=given)
                info = self._session.engine.info
                is_unread = bool(given.strip()) and info is not None and info.profile == "compact"
        finally:
            await self._session.close()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)
        if self._gone is not None:
            raise self._gone
        return HeadlessResult(status, self._last.text, self._error, is_unread)

    def _until_gone(self, subscriber: Callable[[Event], None]) -> Callable[[Event], None]:
        """Return the subscriber, or silence once its reader has gone: nobody would learn what still runs."""

        def tell(event: Event) -> None:
            if self._gone is None:
                try:
                    subscriber(event)
                except BrokenPipeError as error:
                    self._gone = error
                    if not isinstance(event, TurnFinished):
                        self._interrupt()

        return tell

    def _interrupt(self) -> None:
        self._is_interrupted = True
        self._session.interrupt()

    def _note_error(self, event: Event) -> None:
        if isinstance(event, ErrorOccurred):
            self._error = ErrorKind(event.code)


class JsonLines:
    """Writes wire events, one JSON object a line, as they happen; live output in batches.

    Attributes:
        interval: Seconds between two pieces of a command's output, at least.
    """

    interval = 0.05

    def __init__(self, stream: TextIO, translator: WireTranslator) -> None:
        self._stream = stream
        self._translator = translator
        self._held: OutputDelta | None = None
        self._written_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def tell(self, event: Event) -> None:
        """Write what a program should read for an event."""
        for item in self._translator.translate(event):
            if isinstance(item, OutputDelta):
                self._hold(item)
            else:
                self._release()
                self._write(item)

    def _hold(self, delta: OutputDelta) -> None:
        text = self._held.text + delta.text if self._held else delta.text
        self._held = delta.model_copy(update={"text": text})
        left = self._written_at + self.interval - time.monotonic()
        if left <= 0:
            self._release()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(left, self._release_late)

    def _release_late(self) -> None:
        # A reader that has gone is found out by the next event too, where it ends the turn.
        with contextlib.suppress(OSError):
            self._release()

    def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held is not None:
            held, self._held = self._held, None
            self._written_at = time.monotonic()
            self._write(held)

    def _write(self, item: WireEvent) -> None:
        self._stream.write(WIRE_ADAPTER.dump_json(item).decode() + "\n")
        self._stream.flush()
