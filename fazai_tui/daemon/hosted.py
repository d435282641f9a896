"""A session that the worker holds for its clients."""

import asyncio
import time
from collections.abc import Callable

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.events import ApprovalRequested, Event, TimeLimitReached, TurnKind, TurnStatus
from fazai_tui.core.policy import ApprovalDecision, ApprovalReply
from fazai_tui.daemon.requests import Approve, RequestError
from fazai_tui.daemon.stream import Line, TurnStream
from fazai_tui.session.session import Session

_INSIST_SECONDS = 2.0
"""How long a command may take to heed an interruption before it is made to end."""


class HostedSession:
    """Runs one turn at a time and streams it to whoever asked for it.

    Args:
        session: The session, started.
        texts: For what is streamed.
    """

    def __init__(self, session: Session, texts: Texts) -> None:
        self.session = session
        self._texts = texts
        self._turn: asyncio.Task[TurnStatus] | None = None
        self._waiting: dict[str, ApprovalRequested | TimeLimitReached] = {}
        self.used_at = time.monotonic()
        """When a turn last began or ended."""

    @property
    def id(self) -> str:
        """The session's id."""
        return self.session.id

    @property
    def is_busy(self) -> bool:
        """Whether a turn is going on."""
        return self._turn is not None and not self._turn.done()

    async def run(self, text: str, kind: TurnKind | None, send: Callable[[Line], None], *, dry_run: bool) -> None:
        """Carry out an order or a command and send what happens, to its end.

        Raises:
            RequestError: Another turn is going on, or there is nothing to do.
        """
        if self.is_busy:
            raise RequestError("busy", "another turn of this session is going on")
        stream = TurnStream(self._texts)

        def tell(event: Event) -> None:
            if isinstance(event, ApprovalRequested):
                self._waiting[event.card.approval_id] = event
            elif isinstance(event, TimeLimitReached):
                self._waiting[event.question_id] = event
            for line in stream.lines(event):
                send(line)

        unsubscribe = self.session.subscribe(tell)
        self.used_at = time.monotonic()
        turn = asyncio.ensure_future(self.session.submit(text, kind, dry_run=dry_run))
        self._turn = turn
        turn.add_done_callback(_retrieve)
        try:
            await asyncio.wait([turn])
        finally:
            # Where this is cancelled, whoever asked has gone: nobody would learn what still runs.
            turn.cancel()
            unsubscribe()
            self._waiting.clear()
            self.used_at = time.monotonic()
        error = None if turn.cancelled() else turn.exception()
        if isinstance(error, FazaiError):
            raise RequestError(error.kind.value, str(error))
        if error is not None:
            raise error
        for line in stream.end():
            send(line)

    def abort(self) -> bool:
        """Stop the turn; False when none is going on."""
        turn = self._turn
        if turn is None or turn.done():
            return False
        self.session.interrupt()
        asyncio.get_running_loop().call_later(_INSIST_SECONDS, turn.cancel)
        return True

    def approve(self, request: Approve, decided_by: str) -> None:
        """Answer an approval request.

        Raises:
            RequestError: Nothing waits under that id, or the answer does not suffice.
        """
        decision = request.chosen()
        asked = self._waiting.get(request.approval_id)
        if asked is None:
            raise RequestError("no_approval", f"no approval {request.approval_id} waits for an answer")
        runs = decision in (ApprovalDecision.RUN, ApprovalDecision.APPROVE_REST)
        is_edited = request.command is not None
        if runs and not is_edited and isinstance(asked, ApprovalRequested) and asked.card.needs_typing:
            if request.typed.strip() != asked.card.host:
                raise RequestError("needs_typing", f"a critical command runs only with typed set to {asked.card.host}")
        reply = ApprovalReply(
            decision=decision,
            command=request.command,
            reason=request.reason,
            typed=request.typed,
            decided_by=decided_by,
        )
        if not self.session.reply(request.approval_id, reply):
            raise RequestError("no_approval", f"no approval {request.approval_id} waits for an answer")
        del self._waiting[request.approval_id]

    async def close(self) -> None:
        """Stop what is going on and end the session."""
        await self.session.close()


def _retrieve(turn: asyncio.Task[TurnStatus]) -> None:
    """Look at how a turn ended, so that nobody complains that nobody did."""
    if not turn.cancelled():
        turn.exception()
