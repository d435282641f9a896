"""Themes as TOML files: the shipped ones, and those in the user's themes directory."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from textual.theme import Theme

from fazai_tui.config.texts import Texts
from fazai_tui.config.toml import TomlValue, parse_toml
from fazai_tui.core.errors import ConfigurationError

DARK_THEME: Final = "fazai-dark"
LIGHT_THEME: Final = "fazai-light"

_COLOURS: Final = (
    "primary",
    "secondary",
    "accent",
    "success",
    "warning",
    "error",
    "foreground",
    "background",
    "surface",
    "panel",
)
_KEYS: Final = {"name", "dark", "variables", *_COLOURS}
_COLOUR: Final = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


class _Misfit(Exception):
    """A key of a theme file that does not do; the text names it."""


def load_themes(user_dir: Path | None, texts: Texts) -> tuple[Theme, ...]:
    """Return the shipped themes and the user's; a user's theme replaces a shipped one of the same name.

    Raises:
        ConfigurationError: A file is not TOML, or a key in it is missing, unknown or does not fit.
    """
    themes = {theme.name: theme for theme in (_read(file, texts) for file in _theme_files(user_dir))}
    return tuple(themes.values())


def _theme_files(user_dir: Path | None) -> Iterator[Traversable]:
    yield from sorted(_toml_files(resources.files("fazai_tui.themes")), key=lambda file: file.name)
    if user_dir is not None and user_dir.is_dir():
        yield from sorted(_toml_files(user_dir), key=lambda file: file.name)


def _toml_files(folder: Traversable) -> Iterator[Traversable]:
    return (file for file in folder.iterdir() if file.name.endswith(".toml"))


def _read(file: Traversable, texts: Texts) -> Theme:
    try:
        return _theme(parse_toml(file.read_text(encoding="utf-8")), texts)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, _Misfit) as error:
        raise ConfigurationError(
            texts.get("screen.theme.invalid_title"),
            f"{file}: {error}",
            texts.get("screen.theme.invalid_hint", example=f"{DARK_THEME}.toml"),
        ) from error


def _theme(values: Mapping[str, TomlValue], texts: Texts) -> Theme:
    if unknown := sorted(values.keys() - _KEYS):
        raise _Misfit(texts.get("screen.theme.unknown_key", key=unknown[0]))
    variables = values.get("variables", {})
    is_dark = values.get("dark", True)
    if not isinstance(is_dark, bool):
        raise _Misfit(texts.get("screen.theme.no_switch", key="dark"))
    if not isinstance(variables, dict):
        raise _Misfit(texts.get("screen.theme.no_table", key="variables"))
    theme = Theme(_matching(values, "name", _NAME, texts), primary=_matching(values, "primary", _COLOUR, texts))
    theme.dark = is_dark
    theme.variables = {key: str(value) for key, value in variables.items()}
    for colour in _COLOURS:
        setattr(theme, colour, _matching(values, colour, _COLOUR, texts))
    return theme


def _matching(values: Mapping[str, TomlValue], key: str, pattern: re.Pattern[str], texts: Texts) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _Misfit(texts.get("screen.theme.no_colour" if pattern is _COLOUR else "screen.theme.no_name", key=key))
    return value
