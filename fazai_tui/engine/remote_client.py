"""HTTP to an OpenAI-compatible API: keys, retries, time limits, and errors in words."""

import asyncio
import email.utils
import json
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import SecretStr

from fazai_tui.config.texts import Texts
from fazai_tui.core.egress import Crossing, Outlet
from fazai_tui.core.errors import ErrorKind, ModelError
from fazai_tui.core.redaction import REDACTED, redact
from fazai_tui.engine.errors import model_error
from fazai_tui.engine.remote_address import RemoteAddress
from fazai_tui.engine.remote_stream import Chunk, Garbled, ListedModel, data_lines, error_text, read_chunk, read_models

if TYPE_CHECKING:
    import httpx

_TEMPORARY: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_REFUSED: Final = frozenset({400, 413, 422})
_PREVIEW: Final = 2000
"""Characters of what is sent that the ledger keeps."""
_DETAIL: Final = 200
"""Characters of a service's own words that an error shows."""
_MOST_BYTES: Final = 16 << 20
"""More than any list of models or any answer has."""

Purpose = Literal["models", "generation"]


class RequestRefused(Exception):
    """The service does not take a request as it is; the text is what it says, on one line."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    Attributes:
        silence: For the next byte.
        whole: For a whole generation.
        attempts: How often a request is sent at most.
        backoff: Before the second attempt; doubled for each one after it.
        longest_pause: The most that a service may ask to wait.
    """

    connect: float = 5.0
    silence: float = 120.0
    whole: float = 600.0
    attempts: int = 4
    backoff: float = 0.5
    longest_pause: float = 30.0


class RemoteClient:
    """Talks to one address."""

    def __init__(
        self,
        address: RemoteAddress,
        *,
        find_key: Callable[[RemoteAddress], SecretStr | None],
        outlet: Outlet,
        patience: Patience,
        texts: Texts,
    ) -> None:
        """Prepare; nothing is imported, asked or sent yet."""
        self.address = address
        self._find_key = find_key
        self._outlet = outlet
        self._patience = patience
        self._texts = texts
        self._key: SecretStr | None = None
        self._http: httpx.AsyncClient | None = None

    async def models(self) -> tuple[ListedModel, ...]:
        """Return the models that the service names.

        Raises:
            ModelError: The service cannot be reached, wants a key, or fails.
            RequestRefused: It has no such list.
        """
        async with self._asked("GET", "/models", b"", "models") as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _MOST_BYTES:
                    raise self.error("garbled", reason="16 MiB")
        self._note_received("models", len(body), Chunk())
        try:
            return read_models(bytes(body))
        except Garbled as error:
            raise self.error("no_api") from error

    async def chat(self, body: Mapping[str, object]) -> AsyncGenerator[Chunk]:
        """Yield the pieces of an answer as they come. Closing the generator closes the stream.

        Raises:
            ModelError: The service cannot be reached, wants a key, or fails, or the stream was cut.
            RequestRefused: The service does not take the request as it is.
        """
        sent = json.dumps(body, ensure_ascii=False).encode()
        count, last, is_whole = 0, Chunk(), False
        async with self._asked("POST", "/chat/completions", sent, "generation") as response:
            is_stream = "json" not in response.headers.get("content-type", "")

            async def pieces() -> AsyncIterator[bytes]:
                nonlocal count
                async for piece in response.aiter_bytes():
                    count += len(piece)
                    if count > _MOST_BYTES:
                        raise Garbled("16 MiB")
                    yield piece

            try:
                found = data_lines(pieces()) if is_stream else _whole(pieces())
                async for data in found:
                    if data == b"[DONE]":
                        is_whole = True
                        break
                    chunk = read_chunk(data)
                    if chunk.error:
                        raise self.error("failed", reason=self.safe(chunk.error))
                    is_whole = is_whole or bool(chunk.finish)
                    last = chunk if chunk.input_tokens or chunk.cost is not None else last
                    yield chunk
            except Garbled as error:
                raise self.error("garbled", reason=str(error)) from error
        self._note_received("generation", count, last, str(body.get("model", "")))
        if not is_whole:
            raise self.error("cut")

    async def close(self) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def error(self, problem: str, kind: ErrorKind | None = None, **facts: object) -> ModelError:
        """Return the error for a problem with this address."""
        known = {"destination": self.address.destination, "url": self.address.url, **facts}
        return model_error(self._texts, f"remote.{problem}", known, kind=kind)

    def safe(self, text: str) -> str:
        """Return a service's own words on one line, without secrets and not too many."""
        if self._key is not None:
            text = text.replace(self._key.get_secret_value(), REDACTED)
        line = " ".join("".join(character if character.isprintable() else " " for character in redact(text)).split())
        return line if len(line) <= _DETAIL else f"{line[:_DETAIL]}…"

    @asynccontextmanager
    async def _asked(self, method: str, path: str, body: bytes, purpose: Purpose) -> "AsyncGenerator[httpx.Response]":
        """Give the answer to a request, its body still to be read."""
        client = await self._client()
        import httpx

        try:
            response = await self._answer(client, method, path, body, purpose)
            try:
                yield response
            finally:
                await response.aclose()
        except httpx.TimeoutException as error:
            raise self.error("silent", seconds=f"{self._patience.silence:g}") from error
        except httpx.HTTPError as error:
            raise self.error("cut") from error

    async def _answer(
        self, client: "httpx.AsyncClient", method: str, path: str, body: bytes, purpose: Purpose
    ) -> "httpx.Response":
        import httpx

        for attempt in range(1, self._patience.attempts + 1):
            self._note_sent(purpose, body)
            try:
                response = await client.send(client.build_request(method, path, content=body), stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
                raise self.error("unreachable", reason=self.safe(str(error)) or "–") from error
            except (httpx.ReadError, httpx.RemoteProtocolError):
                # Nothing of an answer has come: it may be asked again.
                if attempt == self._patience.attempts:
                    raise
                await asyncio.sleep(self._backoff(attempt))
                continue
            if response.status_code < 300:
                return response
            pause = self._pause(response, attempt)
            detail = await self._detail(response)
            if response.status_code in _TEMPORARY and attempt < self._patience.attempts:
                if pause <= self._patience.longest_pause:
                    await asyncio.sleep(pause)
                    continue
                raise self.error("wait", seconds=f"{pause:.0f}")
            raise self._refusal(response.status_code, detail)
        raise AssertionError("the last attempt returns or raises")

    async def _client(self) -> "httpx.AsyncClient":
        """Return what speaks HTTP, made at the first use, once the user has allowed the destination."""
        if not self.address.is_loopback:
            self._outlet.admit(self.address.destination, self.address.host)
        if self._http is None:
            self._key = self._find_key(self.address)
            if self._key is None and self.address.service:
                raise self._no_key("no_key")
            if self._key is not None and not (self.address.is_encrypted or self.address.is_loopback):
                raise self.error("open_key", ErrorKind.CONFIGURATION)
            self._http = await asyncio.to_thread(self._make)
        return self._http

    def _make(self) -> "httpx.AsyncClient":
        import httpx

        headers = {"user-agent": "fazai", "content-type": "application/json"}
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key.get_secret_value()}"
        limits = self._patience
        return httpx.AsyncClient(
            base_url=self.address.url,
            headers=headers,
            timeout=httpx.Timeout(limits.silence, connect=limits.connect),
            # A proxy would see what is meant for this machine alone; a redirect would lead where nobody allowed.
            trust_env=not self.address.is_loopback,
            follow_redirects=False,
        )

    def _pause(self, response: "httpx.Response", attempt: int) -> float:
        """Return the seconds until the next attempt, those that the service asks for first of all."""
        asked = response.headers.get("retry-after", "").strip()
        try:
            return max(0.0, float(asked))
        except ValueError:
            pass
        try:
            return max(0.0, email.utils.parsedate_to_datetime(asked).timestamp() - time.time())
        except ValueError:
            return self._backoff(attempt)

    def _backoff(self, attempt: int) -> float:
        return self._patience.backoff * float(1 << (attempt - 1)) * random.uniform(0.8, 1.2)

    async def _detail(self, response: "httpx.Response") -> str:
        """Return what a service says of a request it did not fulfil."""
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > 65_536:
                break
        await response.aclose()
        return self.safe(error_text(bytes(body)))

    def _refusal(self, status: int, detail: str) -> Exception:
        if status in _REFUSED:
            return RequestRefused(detail)
        if status in (401, 403):
            return self._no_key("bad_key" if self._key is not None else "no_key", detail=detail)
        if status == 402:
            return self.error("unpaid", ErrorKind.CREDENTIALS, reason=detail)
        if status == 404:
            return self.error("not_found", reason=detail)
        return self.error("status", status=status, reason=detail)

    def _no_key(self, problem: str, **facts: object) -> ModelError:
        name = self.address.service or self.address.host
        return self.error(problem, ErrorKind.CREDENTIALS, name=name, **facts)

    def _note_sent(self, purpose: Purpose, body: bytes) -> None:
        if not self.address.is_loopback:
            preview = redact(body.decode())[:_PREVIEW]
            self._note("sent", purpose, len(body), preview=preview)

    def _note_received(self, purpose: Purpose, size: int, chunk: Chunk, model: str = "") -> None:
        if not self.address.is_loopback:
            cost = {"input_tokens": chunk.input_tokens, "output_tokens": chunk.output_tokens, "cost": chunk.cost}
            self._note("received", purpose, size, model=model, **cost)

    def _note(self, direction: Literal["sent", "received"], purpose: Purpose, size: int, **facts: Any) -> None:
        destination = self.address.destination
        facts.setdefault("model", self.address.model)
        crossing = {"direction": direction, "destination": destination, "purpose": purpose, "size_bytes": size}
        self._outlet.note(Crossing.model_validate(crossing | facts))


async def _whole(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield an answer that a service sends in one piece, although a stream was asked for."""
    body = bytearray()
    async for piece in pieces:
        body += piece
    yield bytes(body)
