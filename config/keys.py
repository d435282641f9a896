"""The keys file: secrets of services by name, readable by the user alone."""

import tomllib
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError


def read_key(file: Path, name: str, texts: Texts) -> str | None:
    """Return the key of a service; None where there is none. Nothing ever shows it.

    Raises:
        ConfigurationError: Others can read the file, or it is not TOML.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _error(texts, "bad_keys", file=file, reason=type(error).__name__) from error
    if mode & 0o077:
        raise _error(texts, "open_keys", file=file)
    try:
        key = tomllib.loads(text).get(name)
    except tomllib.TOMLDecodeError:
        # What the parser says would quote the line that holds the key.
        raise _error(texts, "bad_keys", file=file, reason="TOML") from None
    return key if isinstance(key, str) and key else None


def _error(texts: Texts, name: str, **facts: object) -> ConfigurationError:
    return ConfigurationError(
        texts.get("config.title"),
        texts.get(f"config.{name}.message", **facts),
        texts.get(f"config.{name}.hint", **facts),
    )
