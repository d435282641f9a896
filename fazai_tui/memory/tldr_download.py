"""Fetching the tldr archive, only when the user asks for it."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from fazai_tui.config.paths import ensure_directory
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.memory.archives import MOST_BYTES

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


@contextmanager
def fetched_archive(url: str, folder: Path, texts: Texts) -> Generator[Path]:
    """Give the archive of an address as a file, which is gone afterwards.

    Raises:
        FazaiError: It cannot be reached, does not exist, is too big, or cannot be stored.
    """
    file: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(suffix=".zip", prefix="tldr-", dir=ensure_directory(folder))
        file = Path(name)
        with (
            os.fdopen(descriptor, "wb") as stream,
            httpx.Client(timeout=_TIMEOUT, follow_redirects=True, trust_env=True) as client,
            client.stream("GET", url) as response,
        ):
            response.raise_for_status()
            for chunk in response.iter_bytes():
                stream.write(chunk)
                if stream.tell() > MOST_BYTES:
                    raise httpx.StreamError("more than 200 MB")
        yield file
    except httpx.HTTPStatusError as error:
        raise _failed(texts, url, f"HTTP {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise _failed(texts, url, str(error) or type(error).__name__) from error
    except OSError as error:
        raise _failed(texts, url, error.strerror or str(error)) from error
    finally:
        if file is not None:
            file.unlink(missing_ok=True)


def _failed(texts: Texts, url: str, reason: str) -> FazaiError:
    return FazaiError(
        texts.get("knowledge.title"),
        texts.get("knowledge.no_download.message", url=url, reason=reason),
        texts.get("knowledge.no_download.hint"),
    )
