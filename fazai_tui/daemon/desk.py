"""Where requests are carried out: the worker's sessions."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, assert_never

from fazai_tui import __version__
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import TurnKind
from fazai_tui.core.ports import Engine
from fazai_tui.daemon.hosted import HostedSession
from fazai_tui.daemon.journal import Journal
from fazai_tui.daemon.limits import WorkerLimits
from fazai_tui.daemon.requests import (
    Abort,
    Approve,
    CloseSession,
    CreateSession,
    Execute,
    Generate,
    Request,
    RequestError,
    SessionParams,
    Status,
)
from fazai_tui.daemon.stream import Line
from fazai_tui.engine.lent import FairTurns, LentEngine
from fazai_tui.session.session import Session

OpenSession: TypeAlias = Callable[[SessionParams, Engine], Session]
"""Puts a session together, with the engine it is lent; nothing is started. Called in a thread."""

_SWEEP_SECONDS: Final = 5.0


class RequestDesk:
    """Holds the sessions and carries out requests on them.

    Args:
        engine: The one engine of the worker.
        open_session: Puts sessions together.
        limits: How many sessions there may be.
        texts: For what is streamed.
        journal: Notes what is done.
    """

    def __init__(
        self, engine: Engine, open_session: OpenSession, limits: WorkerLimits, texts: Texts, journal: Journal
    ) -> None:
        self._engine = engine
        self._open_session = open_session
        self._limits = limits
        self._texts = texts
        self._turns = FairTurns()
        self._sessions: dict[str, HostedSession] = {}
        self._opening = 0
        self._began = time.monotonic()
        self._is_closing = False
        self._log = journal

    async def carry_out(self, request: Request, client: str, send: Callable[[Line], None]) -> Line | None:
        """Carry out a request; return its reply, or None when it was streamed.

        Args:
            request: What is asked.
            client: Who asks.
            send: Takes what is streamed.

        Raises:
            RequestError: It cannot be carried out.
            FazaiError: A session cannot be had.
        """
        match request:
            case Status():
                return self._status()
            case CreateSession():
                return await self._create(request, client)
            case Generate():
                await self._run(request.session_id, request.prompt, request.kind, send, request.dry_run)
                return None
            case Execute():
                # Text that begins with a mark of its own, as `! false` does, must not lose it.
                await self._run(request.session_id, f"!{request.command}", "literal", send)
                return None
            case Abort():
                was_running = self._session(request.session_id).abort()
                return {"type": "abort", "ok": True, "session_id": request.session_id, "aborted": was_running}
            case CloseSession():
                return await self._close(request.session_id)
            case Approve():
                self._session(request.session_id).approve(request, client)
                return {
                    "type": "approve",
                    "ok": True,
                    "session_id": request.session_id,
                    "approval_id": request.approval_id,
                    "decision": str(request.chosen()),
                }
            case _:
                assert_never(request)

    async def sweep(self) -> None:
        """End sessions that nobody uses any more, as long as this runs."""
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS, self._limits.idle_seconds))
            deadline = time.monotonic() - self._limits.idle_seconds
            for hosted in [one for one in self._sessions.values() if not one.is_busy and one.used_at < deadline]:
                self._log.info("session_idle", session=hosted.id)
                await self._close(hosted.id)

    async def close(self) -> None:
        """End every session."""
        self._is_closing = True
        hosted, self._sessions = list(self._sessions.values()), {}
        await asyncio.gather(*(one.close() for one in hosted), return_exceptions=True)

    async def _create(self, request: CreateSession, client: str) -> Line:
        if len(self._sessions) + self._opening >= self._limits.sessions:
            raise RequestError("too_many_sessions", f"there are {self._limits.sessions} sessions already; close one")
        if request.params.resume in self._sessions:
            raise RequestError("bad_request", f"session {request.params.resume} is open already; use it by its id")
        self._opening += 1
        try:
            engine = LentEngine(self._engine, self._turns, client)
            session = await asyncio.to_thread(self._open_session, request.params, engine)
            try:
                await session.start()
            except BaseException:
                await session.close()
                raise
        finally:
            self._opening -= 1
        if self._is_closing:
            await session.close()
            raise RequestError("shutting_down", "the worker is ending")
        self._sessions[session.id] = HostedSession(session, self._texts)
        self._log.info("session_created", session=session.id, client=client, cwd=session.cwd)
        settings = session.settings
        reply: dict[str, object] = {
            "type": "session",
            "ok": True,
            "session_id": session.id,
            "cwd": session.cwd,
            "approval": str(settings.approval),
            "sandbox": str(settings.sandbox),
        }
        ignored = sorted(request.params.model_extra or {})
        return {**reply, "ignored": ignored} if ignored else reply

    async def _run(
        self,
        session_id: str,
        text: str,
        kind: TurnKind | None,
        send: Callable[[Line], None],
        is_dry_run: bool = False,
    ) -> None:
        hosted = self._session(session_id)
        self._log.info("turn_started", session=session_id, kind=kind or "order")
        await hosted.run(text, kind, lambda line: send({**line, "session_id": session_id}), dry_run=is_dry_run)
        self._log.info("turn_finished", session=session_id)

    async def _close(self, session_id: str) -> Line:
        hosted = self._session(session_id)
        del self._sessions[session_id]
        await hosted.close()
        self._log.info("session_closed", session=session_id)
        return {"type": "close_session", "ok": True, "session_id": session_id}

    def _session(self, session_id: str) -> HostedSession:
        hosted = self._sessions.get(session_id)
        if hosted is None:
            raise RequestError("no_session", f"there is no session {session_id!r}")
        return hosted

    def _status(self) -> Line:
        info = self._engine.info
        return {
            "type": "status",
            "ok": True,
            "pid": os.getpid(),
            "version": __version__,
            "uptime_seconds": round(time.monotonic() - self._began, 1),
            "state": "loading" if info is None else "thinking" if self._turns.is_taken else "ready",
            "model": None if info is None else info.name,
            "sessions": len(self._sessions),
            "turns": sum(one.is_busy for one in self._sessions.values()),
            "waiting": self._turns.waiting,
        }


RequestHandler: TypeAlias = Callable[[Request, str, Callable[[Line], None]], Awaitable[Line | None]]
"""Carries out a request of a client, with where to send what is streamed."""
