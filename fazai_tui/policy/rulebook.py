"""Loading the rules that ship with FazAI and looking them up by program."""

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import ValidationError

from fazai_tui.core.errors import ConfigurationError
from fazai_tui.policy.places import PlaceTable
from fazai_tui.policy.rules import ProgramRule, RuleTable, WrapperRule

_PLACES = "places.toml"


class RuleBook:
    """The rules of all programs.

    Args:
        table: The programs and wrappers.
        places: The lists of places.
    """

    def __init__(self, table: RuleTable, places: PlaceTable) -> None:
        self.places = places
        self.programs = table.program
        self.wrappers = table.wrapper
        self._programs = {name: rule for rule in table.program for name in rule.names}
        self._patterns = {name: rule for name, rule in self._programs.items() if any(char in name for char in "*?")}
        self._wrappers: Mapping[str, WrapperRule] = {name: rule for rule in table.wrapper for name in rule.names}

    def program(self, name: str) -> ProgramRule | None:
        """Return the rule of a program."""
        rule = self._programs.get(name)
        if rule is None:
            return next((found for pattern, found in self._patterns.items() if fnmatchcase(name, pattern)), None)
        return rule

    def wrapper(self, name: str) -> WrapperRule | None:
        """Return the rule of a program that runs another one."""
        return self._wrappers.get(name)


def load_rulebook(folder: Traversable | None = None) -> RuleBook:
    """Read the rules of a folder, the shipped ones by default.

    Raises:
        ConfigurationError: A file is not TOML or breaks the schema.
    """
    source = folder or resources.files("fazai_tui.config").joinpath("policy")
    programs: list[object] = []
    wrappers: list[object] = []
    places: object = {}
    name = ""
    try:
        for file in sorted(source.iterdir(), key=lambda file: file.name):
            if not file.name.endswith(".toml"):
                continue
            name = file.name
            data = tomllib.loads(file.read_text(encoding="utf-8"))
            if name == _PLACES:
                places = data
                continue
            RuleTable.model_validate(data)
            programs.extend(data.get("program", ()))
            wrappers.extend(data.get("wrapper", ()))
        name = "policy"
        table = RuleTable.model_validate({"program": programs, "wrapper": wrappers})
        return RuleBook(table, PlaceTable.model_validate(places))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError("Policy", f"{name}: {error}") from error
