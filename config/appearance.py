"""What the screen needs to paint for the first time, read without importing anything heavy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.config.paths import Paths, is_trusted
from fazai_tui.config.toml import TomlValue, parse_toml

DEFAULT_THEME = "fazai-dark"
_THEME_VARIABLE = "FAZAI_INTERFACE__THEME"
_KEY_PREFIX = "FAZAI_KEYS__"


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the screen looks and which keys it takes."""

    theme: str
    keys: Mapping[str, str]


def read_appearance(paths: Paths, environment: Mapping[str, str], config_file: Path | None) -> Appearance:
    """Return the look by the precedence of all settings: environment, user file, system file, default.

    What is wrong with a file is passed over here; it is told when the settings are loaded as a whole.
    """
    theme = environment.get(_THEME_VARIABLE)
    keys: dict[str, str] = {}
    for tables in _tables(paths, config_file):
        interface = tables.get("interface")
        value = interface.get("theme") if isinstance(interface, dict) else None
        theme = theme or (value if isinstance(value, str) else None)
        mapped = tables.get("keys")
        if isinstance(mapped, dict):
            keys = {name: key for name, key in mapped.items() if isinstance(key, str)} | keys
    for variable, key in environment.items():
        if variable.startswith(_KEY_PREFIX):
            keys[variable.removeprefix(_KEY_PREFIX).lower()] = key
    return Appearance(theme or DEFAULT_THEME, keys)


def _tables(paths: Paths, config_file: Path | None) -> Iterator[Mapping[str, TomlValue]]:
    files = [config_file or paths.config_file]
    if is_trusted(paths.system_config_file):
        files.append(paths.system_config_file)
    for file in files:
        try:
            yield parse_toml(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
