"""Fetch a model from the hub: resumed where it broke off, checked, and in place only when it is whole."""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedRandom
from pathlib import Path

import httpx

from fazai_tui.config.paths import ensure_directory
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ErrorKind, ModelError
from fazai_tui.engine.catalogue import CatalogueEntry
from fazai_tui.engine.errors import model_error
from fazai_tui.engine.gguf import GgufDamage, read_header

DEFAULT_HUB = "https://huggingface.co"

_PART = ".part"
_ATTEMPTS = 5
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_RESERVE_BYTES = 16 << 20
"""Left free on the disk."""


@dataclass(frozen=True, slots=True)
class _Remote:
    """What the hub says of a file."""

    url: str
    size: int
    sha256: str
    """Empty when it does not say."""


class Downloader:
    """Fetches the models of the catalogue."""

    def __init__(self, hub: str, texts: Texts, *, token: str = "", retry_seconds: float = 1.0) -> None:
        """Prepare to fetch.

        Args:
            hub: The hub's address.
            texts: The language of errors.
            token: Shown to the hub, for models that it gives to known users alone.
            retry_seconds: How long to wait before a broken connection is opened again.
        """
        self._hub = hub.rstrip("/")
        self._texts = texts
        self._token = token
        self._retry_seconds = retry_seconds

    def fetch(self, entry: CatalogueEntry, target: Path, on_progress: Callable[[int, int], None]) -> str:
        """Fetch a model and return its SHA-256.

        What came before a failure is kept beside the target and continued by the next call.

        Args:
            entry: The model.
            target: Where its file goes; appears in one step.
            on_progress: Gets the bytes that are there and the bytes there will be.

        Raises:
            ModelError: The hub cannot be reached or refuses, the disk is full, or the checksum does not match.
        """
        part = target.with_name(f"{target.name}{_PART}")
        try:
            ensure_directory(target.parent)
            with self._own(part) as file, self._client() as client:
                remote = self._look_up(client, entry)
                self._require_space(target.parent, remote.size - _size(file))
                self._receive_all(client, remote, file, on_progress)
                found = self._check(file, part, entry.sha256 or remote.sha256)
                os.fsync(file.fileno())
                os.replace(part, target)
                return found
        except OSError as error:
            raise self._disk_error(error, target.parent) from error

    @contextmanager
    def _own(self, part: Path) -> Generator[BufferedRandom]:
        """Open the partial file for this process alone."""
        with open(part, "ab+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise self._error("busy", file=part.name) from error
            try:
                yield file
            finally:
                if part.exists() and not _size(file):
                    part.unlink()

    def _client(self) -> httpx.Client:
        # httpx keeps the header from other hosts, to which the hub redirects.
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        # Compression would break byte ranges, and weights do not compress.
        return httpx.Client(
            headers={**headers, "Accept-Encoding": "identity"}, timeout=_TIMEOUT, follow_redirects=True, trust_env=True
        )

    def _look_up(self, client: httpx.Client, entry: CatalogueEntry) -> _Remote:
        url = f"{self._hub}/{entry.repo}/resolve/main/{entry.file}"
        try:
            response = client.head(url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._offline(error) from error
        self._require_success(response, entry)
        sha256 = ""
        # The hub names a file's checksum before it redirects to where the file is kept.
        for answer in (*response.history, response):
            match = _SHA256.fullmatch(answer.headers.get("x-linked-etag", "") or answer.headers.get("etag", ""))
            sha256 = sha256 or (match[1] if match else "")
        length = response.headers.get("content-length", "")
        return _Remote(url, int(length) if length.isdecimal() else 0, sha256)

    def _require_success(self, response: httpx.Response, entry: CatalogueEntry) -> None:
        match response.status_code:
            case 401 | 403:
                page = f"{self._hub}/{entry.repo}"
                raise self._error("refused", kind=ErrorKind.CREDENTIALS, page=page, status=response.status_code)
            case 404:
                raise self._error("not_found", repo=entry.repo, file=entry.file)
            case status if status >= 400:
                raise self._error("hub_failed", hub=self._hub, status=status)
            case _:
                return

    def _receive_all(
        self, client: httpx.Client, remote: _Remote, file: BufferedRandom, on_progress: Callable[[int, int], None]
    ) -> None:
        """Fetch what is missing; a broken connection is opened again while it still brings something."""
        attempts = _ATTEMPTS
        while True:
            before = _size(file)
            if remote.size and before > remote.size:
                file.truncate(0)
                before = 0
            on_progress(before, remote.size)
            if remote.size and before == remote.size:
                return
            try:
                self._receive(client, remote, file, on_progress)
                if _size(file) >= remote.size:
                    return
                failure: Exception = httpx.RemoteProtocolError("the connection ended early")
            except httpx.HTTPError as error:
                failure = error
            attempts = _ATTEMPTS if _size(file) > before else attempts - 1
            if attempts <= 0:
                raise self._offline(failure) from failure
            time.sleep(self._retry_seconds)

    def _receive(
        self, client: httpx.Client, remote: _Remote, file: BufferedRandom, on_progress: Callable[[int, int], None]
    ) -> None:
        start = _size(file)
        headers = {"Range": f"bytes={start}-"} if start else {}
        with client.stream("GET", remote.url, headers=headers) as response:
            is_continued = response.status_code == HTTPStatus.PARTIAL_CONTENT and response.headers.get(
                "content-range", ""
            ).startswith(f"bytes {start}-")
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or (start and not is_continued):
                # The server starts over, and so must the file.
                file.truncate(0)
            if response.status_code >= 400:
                raise httpx.HTTPStatusError(f"HTTP {response.status_code}", request=response.request, response=response)
            for chunk in response.iter_raw():
                file.write(chunk)
                on_progress(file.tell(), remote.size)
            file.flush()

    def _check(self, file: BufferedRandom, part: Path, expected: str) -> str:
        """Return the SHA-256 of what arrived; what is no model, or another one, is thrown away."""
        file.flush()
        file.seek(0)
        found = hashlib.file_digest(file, "sha256").hexdigest()
        name = part.name.removesuffix(_PART)
        if expected and found != expected:
            file.truncate(0)
            raise self._error("checksum", file=name, expected=expected[:12], found=found[:12])
        try:
            read_header(part)
        except GgufDamage as damage:
            file.truncate(0)
            raise self._error("not_a_model", hub=self._hub, file=name) from damage
        return found

    def _require_space(self, directory: Path, needed: int) -> None:
        free = shutil.disk_usage(directory).free
        if needed + _RESERVE_BYTES > free:
            raise self._error("no_space", directory=str(directory), needed=_megabytes(needed), free=_megabytes(free))

    def _disk_error(self, error: OSError, directory: Path) -> ModelError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(directory).free
            return self._error("disk_full", directory=str(directory), free=_megabytes(free))
        return self._error("unwritable", directory=str(directory), reason=error.strerror or str(error))

    def _offline(self, error: Exception) -> ModelError:
        return self._error("offline", hub=self._hub, reason=str(error) or type(error).__name__)

    def _error(self, problem: str, *, kind: ErrorKind = ErrorKind.ORDER_FAILED, **facts: object) -> ModelError:
        return model_error(self._texts, f"pull.{problem}", facts, kind=kind)


def _size(file: BufferedRandom) -> int:
    """Return how many bytes are there, and stand behind them."""
    return file.seek(0, os.SEEK_END)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"
