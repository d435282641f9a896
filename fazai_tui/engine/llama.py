"""The engine: llama.cpp on a thread of its own, behind methods that never block the event loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from fazai_tui.config.texts import Texts
from fazai_tui.core.generation import EngineInfo, GenerationRequest, GenerationResult
from fazai_tui.engine.cancellation import Cancellation, Cancelled
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.errors import model_error
from fazai_tui.engine.options import EngineOptions
from fazai_tui.engine.thread import EngineThread

if TYPE_CHECKING:
    # Importing it loads llama.cpp, which is the thread's to do.
    from fazai_tui.engine.loaded_model import LoadedModel

_T = TypeVar("_T")

_TEXT_INTERVAL = 1 / 60
"""Seconds between pieces of text: a screen shows no more, and every piece wakes the event loop."""


class LlamaEngine:
    """A local model. Loading happens at the first use, or at `load`."""

    def __init__(self, model: str, *, catalogue: Catalogue, options: EngineOptions, texts: Texts) -> None:
        """Choose a model; it is looked for when it is loaded.

        Args:
            model: A name of the catalogue, or the path of a GGUF file.
            catalogue: Where names are looked up.
            options: How to run it.
            texts: The language of errors.
        """
        self._name = model
        self._catalogue = catalogue
        self._options = options
        self._texts = texts
        self._info: EngineInfo | None = None
        self._loaded: LoadedModel | None = None
        """The thread's own."""
        self._running: set[Cancellation] = set()
        self._is_closed = False
        self._thread = EngineThread(self._cancel_all)

    @property
    def info(self) -> EngineInfo | None:
        """The loaded model; None before `load` has finished."""
        return self._info

    async def load(self) -> EngineInfo:
        """Load the model; harmless when it is loaded.

        Raises:
            ModelError: The file is missing, broken or unsupported. Loading may be tried again.
        """
        return await self._on_thread(lambda: self._require_loaded().info)

    async def generate(self, request: GenerationRequest, on_text: Callable[[str], None]) -> GenerationResult:
        """Generate, calling `on_text` on the event loop with each piece.

        Cancelling the task stops the generation within one token, and within one operation of an evaluation on the CPU.

        Raises:
            ModelError: The model cannot be loaded or cannot run the request.
        """
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        cancellation = Cancellation()

        def send(piece: str | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        def run() -> GenerationResult:
            batch = _TextBatch(send)
            try:
                result = self._require_loaded().generate(request, batch.add, cancellation)
                batch.flush()
                return result
            except Cancelled as cancelled:
                # Whoever cancels the task does not wait for this; who still waits has had the engine closed under him.
                raise model_error(self._texts, "closed") from cancelled
            finally:
                send(None)

        self._running.add(cancellation)
        generation = asyncio.ensure_future(self._on_thread(run))
        # However the generation ends, and even if its job never ran, the loop below has to end.
        generation.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                on_text(piece)
            return await generation
        finally:
            cancellation.set()
            generation.cancel()
            self._running.discard(cancellation)

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes.

        Raises:
            ModelError: The model cannot be loaded.
        """
        return await self._on_thread(lambda: self._require_loaded().count_tokens(text))

    async def apply_chat_template(self, messages: Sequence[tuple[str, str]]) -> str:
        """Render (role, content) messages with the model's own template, ready for the model's turn.

        Marks in a content are broken up: a message cannot end its own turn.

        Raises:
            ModelError: The model cannot be loaded, or its template refuses the messages.
        """
        return await self._on_thread(lambda: self._require_loaded().apply_chat_template(messages))

    async def close(self) -> None:
        """Stop generating and free the model. What was asked of it and has not ended fails."""
        if self._is_closed:
            return
        self._is_closed = True
        self._cancel_all()
        freed = self._thread.submit(self._free)
        self._thread.stop()
        await asyncio.wrap_future(freed)
        # The thread has nothing left to do but to end.
        self._thread.join(timeout=1.0)

    async def _on_thread(self, job: Callable[[], _T]) -> _T:
        if self._is_closed:
            raise model_error(self._texts, "closed")
        return await asyncio.wrap_future(self._thread.submit(job))

    def _require_loaded(self) -> "LoadedModel":
        if self._is_closed:
            raise model_error(self._texts, "closed")
        try:
            from fazai_tui.engine.loaded_model import LoadedModel
        except (ImportError, OSError, RuntimeError) as error:
            # llama_cpp raises any of these over a library that is missing or does not fit the machine.
            raise model_error(self._texts, "no_library", {"reason": str(error)}) from error
        if self._loaded is None:
            file = self._catalogue.resolve(self._name)
            try:
                self._loaded = LoadedModel(file, self._options, self._texts, lambda: not self._is_closed)
            except Cancelled as cancelled:
                raise model_error(self._texts, "closed") from cancelled
            self._info = self._loaded.info
        return self._loaded

    def _free(self) -> None:
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    def _cancel_all(self) -> None:
        for cancellation in tuple(self._running):
            cancellation.set()


class _TextBatch:
    """Text on its way to the event loop: the first piece at once, then at most one every interval."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._held: list[str] = []
        self._sent_at = 0.0

    def add(self, text: str) -> None:
        """Take a piece, and send what is held when it is time."""
        self._held.append(text)
        if time.monotonic() - self._sent_at >= _TEXT_INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if self._held:
            self._send("".join(self._held))
            self._held.clear()
            self._sent_at = time.monotonic()
