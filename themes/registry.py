"""Themes as TOML files: the shipped ones, and those in the user's themes directory."""

import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from textual.theme import Theme

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError

DARK_THEME = "fazai-dark"
LIGHT_THEME = "fazai-light"

_Colour = Annotated[str, StringConstraints(pattern=r"^#(?:[0-9a-fA-F]{3}){1,2}$")]
_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]*$")


class ThemeFile(BaseModel):
    """One theme file. Colours are `#rgb` or `#rrggbb`.

    Attributes:
        variables: Textual theme variables to override, such as `border` or `scrollbar`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=_NAME.pattern)]
    dark: bool = True
    primary: _Colour
    secondary: _Colour
    accent: _Colour
    success: _Colour
    warning: _Colour
    error: _Colour
    foreground: _Colour
    background: _Colour
    surface: _Colour
    panel: _Colour
    variables: dict[str, str] = Field(default_factory=dict)

    def to_theme(self) -> Theme:
        """Return the theme as Textual wants it."""
        return Theme(**self.model_dump())


def load_themes(user_dir: Path | None, texts: Texts) -> tuple[Theme, ...]:
    """Return the shipped themes and the user's; a user's theme replaces a shipped one of the same name.

    Raises:
        ConfigurationError: A file is not TOML, or a key in it is missing, unknown or not a colour.
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
    title = texts.get("screen.theme.invalid_title")
    hint = texts.get("screen.theme.invalid_hint", example=f"{DARK_THEME}.toml")
    try:
        return ThemeFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).to_theme()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(title, f"{file}: {error}", hint) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(title, f"{file}: {key}: {first['msg']}", hint) from error
