"""One client: its lines in, its lines out, and how long it is waited for."""

import asyncio
import select
import socket
from typing import Final

from fazai_tui.core.errors import FazaiError
from fazai_tui.daemon.desk import RequestHandler
from fazai_tui.daemon.journal import Journal
from fazai_tui.daemon.limits import WorkerLimits
from fazai_tui.daemon.lines import LineCutter
from fazai_tui.daemon.outbox import Outbox
from fazai_tui.daemon.requests import LINE_LIMIT, Execute, Generate, Request, RequestError, read_request
from fazai_tui.daemon.stream import Line

_PIECE: Final = 65_536
_LOOK_SECONDS: Final = 0.25


class Connection:
    """Reads requests one after another; turns go on beside them.

    Args:
        reader: What the client sends.
        writer: What it gets.
        name: Names it in the ledger and the log.
        answer: Carries out requests.
        limits: How long it is waited for.
        journal: Notes how it went.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        name: str,
        answer: RequestHandler,
        limits: WorkerLimits,
        journal: Journal,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._name = name
        self._answer = answer
        self._limits = limits
        self._outbox = Outbox(writer, limits)
        self._cutter = LineCutter()
        self._turns: set[asyncio.Task[None]] = set()
        self._has_asked = False
        self._log = journal

    async def serve(self) -> None:
        """Serve the client until it has gone, or was waited for long enough."""
        sending = asyncio.create_task(self._outbox.send_all())
        receiving = asyncio.create_task(self._receive())
        try:
            await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
            if receiving.done() and not receiving.cancelled():
                receiving.result()
                self._outbox.close()
                await sending
        finally:
            for task in (receiving, sending, *self._turns):
                task.cancel()
            await asyncio.gather(receiving, sending, *self._turns, return_exceptions=True)
            self._log.info("client_left", client=self._name, reason=self._outbox.drop_reason or "closed")
            # Not close(): what a client does not read would be waited for.
            self._writer.transport.abort()

    async def _receive(self) -> None:
        while True:
            await self._outbox.room()
            try:
                async with asyncio.timeout(self._patience()):
                    data = await self._reader.read(_PIECE)
            except TimeoutError:
                if not self._is_done_waiting():
                    continue
                self._complain(RequestError("timeout", "nothing more came; the connection is closed"))
                return
            except OSError:
                return
            if not data:
                if last := self._cutter.finish():
                    await self._take(last)
                await self._finish_turns()
                return
            for line in self._cutter.feed(data):
                await self._take(line)

    def _patience(self) -> float:
        is_short = self._cutter.is_amid_line or not self._has_asked
        return self._limits.line_seconds if is_short else self._limits.idle_seconds

    def _is_done_waiting(self) -> bool:
        return self._cutter.is_amid_line or not self._turns

    async def _take(self, line: bytes | None) -> None:
        self._has_asked = True
        if line is None:
            self._complain(RequestError("too_long", f"a line is at most {LINE_LIMIT} bytes"))
            return
        try:
            request = read_request(line)
        except RequestError as error:
            self._complain(error)
            # Whoever sends nothing but nonsense must not keep the others from being heard.
            await asyncio.sleep(0)
            await self._outbox.room()
            return
        if isinstance(request, Generate | Execute):
            turn = asyncio.create_task(self._carry_out(request))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)
        else:
            await self._carry_out(request)

    async def _carry_out(self, request: Request) -> None:
        def send(line: Line) -> None:
            self._outbox.put(line if request.id is None else {**line, "id": request.id})

        try:
            reply = await self._answer(request, self._name, send)
            if reply is not None:
                send(reply)
        except RequestError as error:
            self._complain(RequestError(error.code, error.detail, request.id), request)
        except FazaiError as error:
            self._complain(RequestError(error.kind.value, str(error), request.id), request)
        except Exception as error:
            # The front end's edge: one request has failed, and the client hears of it.
            self._log.error("request_crashed", client=self._name, request=request.type, exc_info=True)
            self._complain(RequestError("internal", f"{type(error).__name__}: {error}", request.id), request)

    def _complain(self, error: RequestError, request: Request | None = None) -> None:
        line: dict[str, object] = {"type": "error", "ok": False, "error": error.code, "detail": error.detail}
        if request is not None:
            line["request"] = request.type
            if isinstance(request, Generate | Execute):
                line["session_id"] = request.session_id
        if error.request_id is not None:
            line["id"] = error.request_id
        self._outbox.put(line)

    async def _finish_turns(self) -> None:
        """Let a client that has stopped sending hear the end of what it began, unless it has gone altogether."""
        try:
            async with asyncio.timeout(self._limits.half_open_seconds):
                while self._turns and not self._has_gone():
                    await asyncio.wait(self._turns, timeout=_LOOK_SECONDS)
        except TimeoutError:
            self._complain(RequestError("timeout", "the order took too long for a client that has stopped sending"))

    def _has_gone(self) -> bool:
        peer: socket.socket | None = self._writer.get_extra_info("socket")
        if peer is None or peer.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(peer.fileno(), 0)
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))
