"""Change one value of a configuration file and keep its comments."""

from collections.abc import MutableMapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError

from fazai_tui.config.loader import SettingsLoader
from fazai_tui.config.paths import ensure_directory, write_private
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError


def set_value(file: Path, name: str, text: str, *, loader: SettingsLoader, texts: Texts) -> object:
    """Write a setting to a file and return its value.

    Args:
        file: The configuration file; made when missing, readable by the user alone.
        name: The setting's dotted name.
        text: The value as typed.
        loader: Knows which settings exist and what fits them.
        texts: The language of errors.

    Raises:
        ConfigurationError: The setting, the value or the file does not do.
    """
    value = loader.value_of(name, text)
    try:
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        loader.check(file, old)
        new = _with_value(old, name, value)
        loader.check(file, new)
        ensure_directory(file.parent)
        write_private(file, new)
    except UnicodeDecodeError as error:
        raise _unwritable(file, str(error), texts) from error
    except OSError as error:
        raise _unwritable(file, error.strerror or str(error), texts) from error
    except ParseError as error:
        raise _unwritable(file, str(error), texts) from error
    return value


def _with_value(text: str, name: str, value: object) -> str:
    section, _, key = name.partition(".")
    document = tomlkit.parse(text)
    if section not in document:
        document[section] = tomlkit.table()
    table = document[section]
    assert isinstance(table, MutableMapping)
    table[key] = value
    return tomlkit.dumps(document)


def _unwritable(file: Path, reason: str, texts: Texts) -> ConfigurationError:
    return ConfigurationError(
        texts.get("config.title"),
        texts.get("config.unwritable.message", file=str(file), reason=reason),
        texts.get("config.unwritable.hint"),
    )
