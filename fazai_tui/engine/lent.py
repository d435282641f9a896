"""One engine for many sessions: each gets a loan of it, and those who wait take turns."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from fazai_tui.core.generation import EngineInfo, GenerationRequest, GenerationResult
from fazai_tui.core.ports import Engine


class FairTurns:
    """Lets one go at a time, round the circle of those who wait: whoever asks often waits for whoever asks once."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._is_taken = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(len(queue) for queue in self._waiting.values())

    @property
    def is_taken(self) -> bool:
        """Whether somebody has the turn."""
        return self._is_taken

    @asynccontextmanager
    async def turn(self, user: str) -> AsyncGenerator[None]:
        """Wait for the turn of a user, and hold it.

        Args:
            user: Whom the turn counts for; each of those who wait comes once round the circle.
        """
        if self._is_taken:
            await self._wait(user)
        self._is_taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, user: str) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, deque()).append(future)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                # The turn was given just as nobody wanted it any more.
                self._pass_on()
            else:
                self._forget(user, future)
            raise

    def _forget(self, user: str, future: asyncio.Future[None]) -> None:
        queue = self._waiting[user]
        queue.remove(future)
        if not queue:
            del self._waiting[user]

    def _pass_on(self) -> None:
        self._is_taken = False
        if not self._waiting:
            return
        user, queue = next(iter(self._waiting.items()))
        future = queue.popleft()
        if queue:
            self._waiting.move_to_end(user)
        else:
            del self._waiting[user]
        self._is_taken = True
        future.set_result(None)


class LentEngine:
    """An engine that outlives the session it is lent to. Implements `core.ports.Engine`.

    Args:
        engine: The engine, which its owner closes.
        turns: Whose turn it is.
        user: Whom generations count for.
    """

    def __init__(self, engine: Engine, turns: FairTurns, user: str) -> None:
        self._engine = engine
        self._turns = turns
        self._user = user

    @property
    def info(self) -> EngineInfo | None:
        """The loaded model; None before `load` has finished."""
        return self._engine.info

    async def load(self) -> EngineInfo:
        """Load the model; harmless when it is loaded.

        Raises:
            ModelError: The file is missing, broken or unsupported.
        """
        return await self._engine.load()

    async def generate(self, request: GenerationRequest, on_text: Callable[[str], None]) -> GenerationResult:
        """Wait for the user's turn, then generate.

        Raises:
            ModelError: The model cannot run the request.
        """
        async with self._turns.turn(self._user):
            return await self._engine.generate(request, on_text)

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes."""
        return await self._engine.count_tokens(text)

    async def apply_chat_template(self, messages: Sequence[tuple[str, str]]) -> str:
        """Render (role, content) messages with the model's own template, ready for the model's turn."""
        return await self._engine.apply_chat_template(messages)

    async def close(self) -> None:
        """Give the engine back; it goes on for the others."""
