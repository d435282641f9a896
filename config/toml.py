"""What TOML text parses to."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TypeAlias

TomlValue: TypeAlias = "str | int | float | bool | datetime | date | time | list[TomlValue] | dict[str, TomlValue]"


def parse_toml(text: str) -> Mapping[str, TomlValue]:
    """Return the tables of a text.

    Raises:
        tomllib.TOMLDecodeError: It is not TOML.
    """
    return tomllib.loads(text)
