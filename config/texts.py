"""Texts for users, from the message catalogues `messages/LANGUAGE/AREA.toml`."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import TypeAlias

from fazai_tui.core.language import Language

_Message: TypeAlias = "str | Mapping[str, _Message]"

_FOLDERS: Mapping[Language, str] = {"pt": "pt_BR", "en": "en"}


class Texts:
    """The messages of one language.

    A key is `AREA.NAME`: the catalogue file and the (possibly nested) key in it. A text may hold `{name}` fields.
    A message that counts is a table with `one` and `other`, chosen by the parameter `count`.
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._areas: dict[str, Mapping[str, _Message]] = {}

    def get(self, key: str, /, **params: object) -> str:
        """Return a text with its fields filled in.

        Raises:
            KeyError: The catalogue has no such key.
        """
        area, _, name = key.partition(".")
        if area not in self._areas:
            self._areas[area] = _catalogue(self.language, area)
        message: _Message = self._areas[area]
        for part in name.split("."):
            if isinstance(message, str) or part not in message:
                raise KeyError(key)
            message = message[part]
        if not isinstance(message, str) and "other" in message:
            message = message["one" if params.get("count") == 1 and "one" in message else "other"]
        if not isinstance(message, str):
            raise KeyError(key)
        return message.format_map(params) if params else message


def _catalogue(language: Language, area: str) -> Mapping[str, _Message]:
    source = resources.files("fazai_tui.config").joinpath("messages", _FOLDERS[language], f"{area}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))
