"""The keys of remote models: from the environment, the keys file or the system's keyring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

from fazai_tui.config.keys import read_key
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError, ModelError
from fazai_tui.engine.remote_address import RemoteAddress

_ANY_VARIABLE = "FAZAI_API_KEY"
_KEYRING_SERVICE = "fazai"


@dataclass(frozen=True, slots=True)
class RemoteKeys:
    """Finds the key for an address; nothing shows it.

    Attributes:
        file: The keys file, for the user's eyes alone.
    """

    environment: Mapping[str, str] = field(repr=False)
    file: Path
    texts: Texts

    def find(self, address: RemoteAddress) -> SecretStr | None:
        """Return the key for an address; None where there is none.

        Raises:
            ModelError: The keys file can be read by others, or is not TOML.
        """
        variables = [f"{address.service.upper()}_API_KEY"] if address.service else []
        for variable in (*variables, _ANY_VARIABLE):
            if key := self.environment.get(variable, "").strip():
                return SecretStr(key)
        names = [name for name in (address.service, address.destination, address.host) if name]
        for name in names:
            if found := self._in_file(name) or _in_keyring(name):
                return SecretStr(found)
        return None

    def _in_file(self, name: str) -> str | None:
        try:
            return read_key(self.file, name, self.texts)
        except ConfigurationError as error:
            # Whoever loads a model expects its errors to be of this kind.
            raise ModelError(error.title, error.message, error.hint, kind=error.kind) from error


def _in_keyring(name: str) -> str | None:
    """Return a key of the system's keyring, where the package for it is installed and a keyring is open."""
    try:
        keyring = import_module("keyring")
    except ModuleNotFoundError:
        return None
    try:
        key = keyring.get_password(_KEYRING_SERVICE, name)
    except keyring.errors.KeyringError:
        return None
    return key if isinstance(key, str) and key else None
