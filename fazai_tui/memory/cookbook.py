"""Loading the cookbook that ships with FazAI."""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import TypeAdapter, ValidationError

from fazai_tui.core.cookbook import Entry
from fazai_tui.core.errors import ConfigurationError

_ENTRIES: TypeAdapter[list[Entry]] = TypeAdapter(list[Entry])


def shipped_cookbook() -> Traversable:
    """Return the directory of the cookbook that is part of the package."""
    return resources.files("fazai_tui.config").joinpath("cookbook")


def load_cookbook(folder: Traversable | None = None) -> tuple[Entry, ...]:
    """Read every entry of a cookbook, in the order of its file names.

    Raises:
        ConfigurationError: A file is not TOML, an entry breaks the schema, or two entries share an id.
    """
    entries: dict[str, Entry] = {}
    files = sorted((folder or shipped_cookbook()).iterdir(), key=lambda file: file.name)
    for file in (file for file in files if file.name.endswith(".toml")):
        try:
            found = _ENTRIES.validate_python(tomllib.loads(file.read_text(encoding="utf-8")).get("entry", []))
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise ConfigurationError("Cookbook", f"{file.name}: {error}") from error
        for entry in found:
            if entry.id in entries:
                raise ConfigurationError("Cookbook", f"{file.name}: the id {entry.id} is taken")
            entries[entry.id] = entry
    return tuple(entries.values())
