"""What an OpenAI-compatible API sends, read with suspicion."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

_T = TypeVar("_T", bound=BaseModel)
_ANYTHING: Final[TypeAdapter[JsonValue]] = TypeAdapter(JsonValue)
_LONGEST_LINE: Final = 1 << 20
_PREFIX: Final = b"data:"


class Garbled(Exception):
    """What arrived is not what the API promises; the text says what."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of an answer.

    Attributes:
        finish: Why it ended, in the last piece; empty before.
        error: What the service says went wrong; empty when nothing did.
    """

    text: str = ""
    finish: str = ""
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    error: str = ""


class ModelMeta(BaseModel):
    """What llama.cpp's server says of a model beside its name."""

    n_ctx_train: int | None = None


class ListedModel(BaseModel):
    """One model of a service."""

    id: str
    owned_by: str | None = None
    context_length: int | None = None
    max_model_len: int | None = None
    meta: ModelMeta | None = None

    @property
    def context(self) -> int:
        """Tokens of its window; 0 where the service does not say."""
        trained = self.meta.n_ctx_train if self.meta else None
        return self.context_length or self.max_model_len or trained or 0


class _Models(BaseModel):
    data: list[ListedModel]


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Message | None = None
    message: _Message | None = None
    finish_reason: str | None = None


class _CachedTokens(BaseModel):
    cached_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _CachedTokens | None = None
    cost: float | None = None


class _Answer(BaseModel):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: JsonValue = None


async def data_lines(received: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the data of server-sent events, one a line, up to `[DONE]`.

    Lines end at line feeds alone: the separators that Unicode knows may stand in JSON.

    Raises:
        Garbled: A line does not end.
    """
    held = b""
    async for piece in received:
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            if line.startswith(_PREFIX) and (data := line[len(_PREFIX) :].strip()):
                yield data
                if data == b"[DONE]":
                    return
        if len(held) > _LONGEST_LINE:
            raise Garbled("a line of more than 1 MiB")
    if held.startswith(_PREFIX):
        yield held[len(_PREFIX) :].strip()


def read_chunk(data: bytes) -> Chunk:
    """Read one piece of a stream, or a whole answer.

    Raises:
        Garbled: It is no JSON, or not shaped as an answer.
    """
    found = _read(_Answer, data)
    if found.error:
        return Chunk(error=error_text(data))
    usage = found.usage or _Usage()
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0
    text, finish = "", ""
    # The last piece may have the usage alone.
    if found.choices:
        choice = found.choices[0]
        message = choice.delta or choice.message
        text, finish = (message.content if message else "") or "", choice.finish_reason or ""
    return Chunk(
        text=text,
        finish=finish,
        input_tokens=usage.prompt_tokens or 0,
        cached_input_tokens=cached or 0,
        output_tokens=usage.completion_tokens or 0,
        cost=usage.cost,
    )


def read_models(data: bytes) -> tuple[ListedModel, ...]:
    """Read a list of models.

    Raises:
        Garbled: It is none.
    """
    return tuple(_read(_Models, data).data)


def error_text(data: bytes) -> str:
    """Return what a service says went wrong, in whatever form."""
    try:
        found = _ANYTHING.validate_json(data)
    except ValidationError:
        return data.decode("utf-8", "replace")
    for name in ("error", "detail", "message"):
        if isinstance(found, dict) and found.get(name):
            found = found[name]
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _read(kind: type[_T], data: bytes) -> _T:
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Garbled(f"{where}: {first['msg']}" if where else first["msg"]) from error
