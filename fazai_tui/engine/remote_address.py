"""Where a remote model is: an address, a model's name at it, and whose service it is."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ErrorKind
from fazai_tui.engine.errors import model_error

_SERVICES: Final[Mapping[str, str]] = {
    "openrouter": "https://openrouter.ai/api/v1",
    "openai": "https://api.openai.com/v1",
}
_REMOTE: Final = re.compile(rf"(?i)https?://|(?:{'|'.join(_SERVICES)}):")
_SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    """An OpenAI-compatible API.

    Attributes:
        url: The API's root, such as `http://127.0.0.1:8080/v1`, without a slash at its end.
        model: The model's name there; empty takes the only one.
        host: The machine.
        port: Its port.
        is_loopback: Whether it is this machine, and nothing leaves.
        service: A well-known service that takes a key; empty for any other.
    """

    url: str
    model: str
    host: str
    port: int
    is_loopback: bool
    service: str = ""

    @property
    def destination(self) -> str:
        """The machine and the port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_encrypted(self) -> bool:
        """Whether others on the way cannot read along."""
        return self.url.startswith("https://")


def is_remote(name: str) -> bool:
    """Return whether a model's name is an address."""
    return _REMOTE.match(name) is not None


def model_label(name: str) -> str:
    """Return what stands for a model before it is loaded."""
    if not is_remote(name):
        return name.rpartition("/")[2].removesuffix(".gguf")
    rest, _, model = name.partition("#")
    return model or rest.partition("://")[2].partition("/")[0] or rest.partition(":")[2]


def read_address(name: str, texts: Texts) -> RemoteAddress:
    """Return the address in `URL`, `URL#MODEL`, `openrouter:MODEL` or `openai:MODEL`.

    Raises:
        ModelError: It is no address that a model can be asked at.
    """
    scheme, _, rest = name.partition(":")
    service = scheme.lower() if scheme.lower() in _SERVICES else ""
    text = f"{_SERVICES[service]}#{rest}" if service else name
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _bad(name, texts) from None
    if not host or _SPACE.search(text) or parts.query or "@" in parts.netloc:
        raise _bad(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), texts)
    path = parts.path.rstrip("/") or "/v1"
    return RemoteAddress(
        url=f"{parts.scheme}://{parts.netloc.lower()}{path}",
        model=parts.fragment,
        host=host,
        port=port or (443 if parts.scheme == "https" else 80),
        is_loopback=_is_loopback(host),
        service=service or next((known for known, url in _SERVICES.items() if urlsplit(url).hostname == host), ""),
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad(shown: str, texts: Texts) -> Exception:
    return model_error(texts, "remote.bad_address", {"address": shown}, kind=ErrorKind.CONFIGURATION)
