"""The engine of a model that runs elsewhere: any OpenAI-compatible API."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Final

from pydantic import ValidationError

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ModelError
from fazai_tui.core.generation import EngineInfo, GenerationRequest, GenerationResult
from fazai_tui.core.redaction import redact
from fazai_tui.engine.prompts_full import FullOutput, without_marks
from fazai_tui.engine.remote_client import Patience, RemoteClient, RequestRefused
from fazai_tui.engine.remote_stream import Chunk, ListedModel

_SHIPPED: Final = "faisca"
_SHIPPED_CONTEXT: Final = 2048
_CONTEXT: Final = 8192
"""Tokens of the window where neither the service nor the settings say: plans and answers need no more."""
_PYTHON_SERVER_CONTEXT: Final = 2048
"""What `python -m llama_cpp.server` takes unless it is told otherwise; it does not say what it was told."""
_LLAMA_CPP: Final = frozenset({"me", "llamacpp"})
"""How llama.cpp's two servers sign their models."""
_BYTES_PER_TOKEN: Final = 3
_FENCE: Final = re.compile(r"\A\s*(?:<think>.*?</think>\s*)?```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_TOO_LONG: Final = re.compile(r"(?i)context|too (?:long|large|many tokens)|maximum.{0,20}token")
_AGAIN: Final = "That is not the JSON that was asked for. Write it again, as one JSON object and nothing else."


class RemoteEngine:
    """A model behind an address. Implements `core.ports.Engine`; nothing is asked before the first use."""

    def __init__(self, client: RemoteClient, *, context: int | None, patience: Patience, texts: Texts) -> None:
        """Choose a model.

        Args:
            client: Talks to its address.
            context: Tokens of the window; None takes what the service says.
            patience: How long a generation may take.
            texts: The language of errors.
        """
        self._client = client
        self._context = context
        self._patience = patience
        self._texts = texts
        self._info: EngineInfo | None = None
        self._model = ""
        self._knows_grammar = False
        self._left_out: set[str] = set()
        """What the service has refused: fields of the request."""
        self._loading = asyncio.Lock()

    @property
    def info(self) -> EngineInfo | None:
        """The model; None before `load` has finished."""
        return self._info

    async def load(self) -> EngineInfo:
        """Ask the service for the model; harmless when that was done.

        Raises:
            ModelError: It cannot be reached, wants a key, is not allowed, or has no such model. May be tried again.
        """
        async with self._loading:
            if self._info is None:
                self._info = self._described(await self._listed())
            return self._info

    async def generate(self, request: GenerationRequest, on_text: Callable[[str], None]) -> GenerationResult:
        """Generate, calling `on_text` with each piece. Cancelling the task closes the stream.

        Output that a schema asks for is checked; one that does not fit is asked for once more.

        Raises:
            ModelError: The service cannot be reached, refuses the request, or breaks off.
        """
        await self.load()
        messages = [(role, _sent(text)) for role, text in request.messages or (("user", request.prompt),)]
        try:
            async with asyncio.timeout(self._patience.whole):
                result = await self._answered(request, messages, on_text)
                if request.json_schema and not _fits(text := _unwrapped(result.text)):
                    again = [*messages, ("assistant", text), ("user", _AGAIN)]
                    second = await self._answered(request, again, on_text)
                    result = _together(result, second)
        except TimeoutError as error:
            raise self._client.error("slow", seconds=f"{self._patience.whole:g}") from error
        return result.model_copy(update={"text": _unwrapped(result.text)}) if request.json_schema else result

    async def count_tokens(self, text: str) -> int:
        """Return about how many tokens a text takes: rather too many than too few."""
        return -(-len(text.encode()) // _BYTES_PER_TOKEN)

    async def apply_chat_template(self, messages: Sequence[tuple[str, str]]) -> str:
        """Return the messages one below the other; the service applies the model's own template."""
        return "\n\n".join(content for _, content in messages)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _listed(self) -> tuple[ListedModel, ...]:
        """Return what the service says of its models; nothing where it has no list of them."""
        try:
            return await self._client.models()
        except RequestRefused:
            return ()

    def _described(self, listed: Sequence[ListedModel]) -> EngineInfo:
        wanted, names = self._client.address.model, [model.id for model in listed]
        if not wanted and len(names) != 1:
            shown = self._client.safe(", ".join(names)) or "–"
            raise self._client.error("which_model" if names else "no_model", names=shown)
        if wanted and names and wanted not in names:
            raise self._client.error("no_such_model", name=wanted, names=self._client.safe(", ".join(names)))
        self._model = wanted or names[0]
        entry = next((model for model in listed if model.id == self._model), ListedModel(id=self._model))
        self._knows_grammar = entry.owned_by in _LLAMA_CPP
        short = self._client.safe(self._model.rpartition("/")[2].removesuffix(".gguf"))
        is_shipped = short == _SHIPPED
        return EngineInfo(
            name=f"{short}@{self._client.address.destination}",
            path=self._client.address.url,
            architecture="",
            parameters=0,
            size_bytes=0,
            context=self._context or (_SHIPPED_CONTEXT if is_shipped else _window(entry)),
            profile="compact" if is_shipped else "full",
        )

    async def _answered(
        self, request: GenerationRequest, messages: Sequence[tuple[str, str]], on_text: Callable[[str], None]
    ) -> GenerationResult:
        """Ask, and ask again without what the service says it does not know."""
        while True:
            body = self._body(request, messages)
            try:
                return await self._stream(body, on_text)
            except RequestRefused as refusal:
                if (field := _blamed(str(refusal), body)) is None:
                    raise self._refused(str(refusal)) from refusal
                self._left_out.add(field)

    def _body(self, request: GenerationRequest, messages: Sequence[tuple[str, str]]) -> dict[str, object]:
        limit = "max_completion_tokens" if "max_tokens" in self._left_out else "max_tokens"
        body: dict[str, object] = {
            "model": self._model,
            "messages": [{"role": role, "content": content} for role, content in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": request.temperature,
            limit: request.max_tokens,
        }
        if self._client.address.service == "openrouter":
            body["usage"] = {"include": True}
        if request.stop:
            body["stop"] = list(request.stop)
        if self._knows_grammar and request.grammar:
            body["grammar"] = request.grammar
            # The default of an older server would keep a plan from naming a file twice.
            body["repeat_penalty"] = 1.0
        elif request.json_schema:
            schema = {"name": "output", "strict": False, "schema": json.loads(request.json_schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return {name: value for name, value in body.items() if name not in self._left_out}

    async def _stream(self, body: dict[str, object], on_text: Callable[[str], None]) -> GenerationResult:
        started, first, last, pieces = time.perf_counter(), 0.0, Chunk(), list[str]()
        finish = ""
        async with aclosing(self._client.chat(body)) as chunks:
            async for chunk in chunks:
                finish = chunk.finish or finish
                last = chunk if chunk.input_tokens or chunk.output_tokens or chunk.cost is not None else last
                if chunk.text:
                    first = first or time.perf_counter()
                    pieces.append(chunk.text)
                    on_text(chunk.text)
        ended = time.perf_counter()
        return GenerationResult(
            text="".join(pieces),
            input_tokens=last.input_tokens or await self.count_tokens(str(body["messages"])),
            cached_input_tokens=last.cached_input_tokens,
            output_tokens=last.output_tokens or len(pieces),
            prompt_seconds=(first or ended) - started,
            generation_seconds=ended - (first or ended),
            is_complete=finish != "length",
            cost=last.cost,
        )

    def _refused(self, detail: str) -> ModelError:
        if _TOO_LONG.search(detail):
            return self._client.error("too_long", reason=detail)
        return self._client.error("refused", reason=detail or "–")


def _sent(text: str) -> str:
    """Return a text as it may leave: without secrets, and without marks that could end its turn."""
    return without_marks(redact(text)).replace("<|", "< |")


def _window(model: ListedModel) -> int:
    """Return the tokens of a model's window, as far as its service says, and no more than are needed."""
    if model.owned_by == "me":
        return _PYTHON_SERVER_CONTEXT
    return min(model.context, _CONTEXT) if model.context >= _SHIPPED_CONTEXT else _CONTEXT


def _blamed(detail: str, body: dict[str, object]) -> str | None:
    """Return the field that a service does not know, by what it says; None when it is none of those to do without."""
    if _TOO_LONG.search(detail) and "max_completion_tokens" not in detail:
        return None
    for field in ("stream_options", "temperature", "repeat_penalty", "max_tokens"):
        if field in body and field in detail:
            return field
    return next((field for field in ("response_format", "grammar") if field in body), None)


def _unwrapped(text: str) -> str:
    """Return JSON without the fence and the thoughts that models like to put around it."""
    found = _FENCE.match(text)
    return found[1] if found else text.rpartition("</think>")[2].strip()


def _fits(text: str) -> bool:
    try:
        FullOutput.model_validate_json(text)
    except ValidationError:
        return False
    return True


def _together(first: GenerationResult, second: GenerationResult) -> GenerationResult:
    """Return the second result at the price of both."""
    costs = [result.cost for result in (first, second) if result.cost is not None]
    return second.model_copy(
        update={
            "input_tokens": first.input_tokens + second.input_tokens,
            "output_tokens": first.output_tokens + second.output_tokens,
            "generation_seconds": first.generation_seconds + second.generation_seconds,
            "cost": sum(costs) if costs else None,
        }
    )
