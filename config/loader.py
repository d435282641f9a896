"""Load the settings: flag, environment, user file, system file, default, in that order of precedence."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from fazai_tui.config.keymap import DEFAULT_KEYS
from fazai_tui.config.paths import Paths, is_trusted
from fazai_tui.config.settings import Settings, setting_names
from fazai_tui.config.texts import Texts
from fazai_tui.config.toml import parse_toml
from fazai_tui.core.errors import ConfigurationError

_PREFIX = "FAZAI_"
_ALIASES: Mapping[str, str] = {"FAZAI_GEMMA_MODEL": "engine.model"}
_POSITION = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")

SourceKind = Literal["flag", "environment", "file", "default"]


@dataclass(frozen=True, slots=True)
class Source:
    """One place settings come from, and the values it gives by dotted name."""

    kind: SourceKind
    name: str
    """What a user calls it: a file's path, `environment`, `command line`."""
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, and where each one that is not a default came from."""

    settings: Settings
    origins: Mapping[str, str]
    """The source's name by dotted name of the setting."""
    ignored: tuple[Path, ...] = ()
    """Files of the machine that were passed over because others than root can change them."""


class SettingsLoader:
    """Reads settings for one user, and explains what is wrong with them."""

    def __init__(
        self, paths: Paths, environment: Mapping[str, str], texts: Texts, *, config_file: Path | None = None
    ) -> None:
        """Prepare to load.

        Args:
            paths: Where the files are.
            environment: The process's environment variables.
            texts: The language of errors.
            config_file: Read instead of the user's file; must exist.
        """
        self._paths = paths
        self._environment = environment
        self._texts = texts
        self._config_file = config_file

    def load(self, flags: Mapping[str, object] | None = None) -> LoadedSettings:
        """Return the settings.

        Args:
            flags: Values from the command line by dotted name; None values count as not given.

        Raises:
            ConfigurationError: A file cannot be read or parsed, a key is unknown, or a value does not fit.
        """
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        system = self._paths.system_config_file
        sources = [Source("flag", self._texts.get("config.source.flag"), given), self._environment_source()]
        sources.append(self._file_source(self._config_file or self._paths.config_file))
        ignored: tuple[Path, ...] = ()
        if is_trusted(system):
            sources.append(self._file_source(system))
        elif system.exists():
            ignored = (system,)
        return self._merge(sources, ignored)

    def value_of(self, name: str, text: str) -> object:
        """Return the value that a text gives a setting, as it is written to a file.

        Raises:
            ConfigurationError: There is no such setting, or the text does not fit it.
        """
        source = Source("flag", self._texts.get("config.source.flag"), {name: text})
        section, _, key = name.partition(".")
        values: Mapping[str, Mapping[str, object]] = self._merge([source], ()).settings.model_dump(mode="json")
        return values[section][key]

    def check(self, file: Path, text: str) -> None:
        """Check the text of a configuration file by itself.

        Raises:
            ConfigurationError: It cannot be parsed, a key is unknown, or a value does not fit.
        """
        self._merge([Source("file", str(file), self._parse(file, text))], ())

    def _merge(self, sources: list[Source], ignored: tuple[Path, ...]) -> LoadedSettings:
        values: dict[str, object] = {}
        origins: dict[str, Source] = {}
        for source in reversed(sources):
            for name, value in source.values.items():
                self._require_known(name, source)
                values[name] = value
                origins[name] = source
        nested: dict[str, dict[str, object]] = {}
        for name, value in values.items():
            section, _, key = name.partition(".")
            nested.setdefault(section, {})[key] = value
        try:
            settings = Settings.model_validate(nested)
        except ValidationError as error:
            raise self._misfit(error, origins) from None
        return LoadedSettings(settings, {name: source.name for name, source in origins.items()}, ignored)

    def _environment_source(self) -> Source:
        values: dict[str, object] = {}
        for variable, value in sorted(self._environment.items()):
            if variable in _ALIASES:
                values.setdefault(_ALIASES[variable], value)
            elif variable.startswith(_PREFIX) and "__" in variable:
                section, _, key = variable.removeprefix(_PREFIX).lower().partition("__")
                values[f"{section}.{key}"] = value
        return Source("environment", self._texts.get("config.source.environment"), values)

    def _file_source(self, file: Path) -> Source:
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            if file == self._config_file:
                raise self._error("unreadable", file=str(file), reason=self._texts.get("config.missing")) from None
            return Source("file", str(file), {})
        except UnicodeDecodeError as error:
            raise self._error("encoding", file=str(file), position=error.start) from None
        except OSError as error:
            raise self._error("unreadable", file=str(file), reason=error.strerror or str(error)) from None
        return Source("file", str(file), self._parse(file, text))

    def _parse(self, file: Path, text: str) -> Mapping[str, object]:
        try:
            tables = parse_toml(text)
        except tomllib.TOMLDecodeError as error:
            position = _POSITION.search(str(error))
            line = position[1] if position and position[1] else str(len(text.splitlines()))
            reason = _POSITION.sub("", str(error)).strip()
            raise self._error("malformed", file=str(file), line=line, reason=reason) from None
        values: dict[str, object] = {}
        for section, table in tables.items():
            if isinstance(table, dict):
                values.update({f"{section}.{key}": value for key, value in table.items()})
            elif section in Settings.model_fields:
                raise self._error("not_a_table", file=str(file), key=section)
            else:
                values[section] = table
        return values

    def _require_known(self, name: str, source: Source) -> None:
        known = {*(option for option in setting_names() if "." in option), *(f"keys.{key}" for key in DEFAULT_KEYS)}
        if name in known:
            return
        nearest = max(sorted(known), key=lambda option: SequenceMatcher(None, name, option).ratio())
        if source.kind == "environment":
            name, nearest = variable_name(name), variable_name(nearest)
        raise self._error("unknown", file=source.name, key=name, nearest=nearest)

    def _misfit(self, error: ValidationError, origins: Mapping[str, Source]) -> ConfigurationError:
        first = error.errors(include_url=False, include_context=True)[0]
        section, key = (str(part) for part in (*first["loc"], "")[:2])
        name = f"{section}.{key}"
        source = origins[name]
        shown = variable_name(name) if source.kind == "environment" else name
        value = repr(source.values[name])
        value = value if len(value) <= 60 else f"{value[:57]}…"
        return self._error(
            "misfit", file=source.name, key=shown, value=value, expected=self._expected(error, section, key)
        )

    def _expected(self, error: ValidationError, section: str, key: str) -> str:
        """Say what a setting accepts, from all that its alternatives said of the value."""
        said: list[str] = []
        either = f" {self._texts.get('config.or')} "
        for detail in error.errors(include_url=False):
            if [str(part) for part in detail["loc"][:2]] != [section, key]:
                continue
            context = {name: str(value).replace(" or ", either) for name, value in detail.get("ctx", {}).items()}
            try:
                text = self._texts.get(f"config.expected.{_family(detail['type'])}", **context)
            except KeyError:
                text = detail["msg"]
            said.append(text)
        return either.join(dict.fromkeys(said))

    def _error(self, problem: str, **facts: object) -> ConfigurationError:
        return ConfigurationError(
            self._texts.get("config.title"),
            self._texts.get(f"config.{problem}.message", **facts),
            self._texts.get(f"config.{problem}.hint", **facts),
        )


def variable_name(setting: str) -> str:
    """Return the environment variable that gives a setting."""
    return f"{_PREFIX}{setting.replace('.', '__').upper()}"


def _family(error_type: str) -> str:
    """Return pydantic's error type without how the value came: `int_parsing` and `int_type` are both `int`."""
    for ending in ("_parsing", "_type", "_from_float", "_parsing_size"):
        error_type = error_type.removesuffix(ending)
    return error_type
