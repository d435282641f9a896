"""Commands of the user's own for environments, from files: each with a name, aliases, a description and roles."""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.config.toml import TomlValue, parse_toml
from fazai_tui.core.errors import BadInputError, ConfigurationError, ErrorKind, FazaiError
from fazai_tui.environments.wanted import is_role

BUILT_IN = ("bash", "cd", "clear", "exit", "help")
"""What every environment understands, whatever its roles."""

_NAME = re.compile(r"[\w][\w.+-]{0,63}")
_KEYS = frozenset(("run", "aliases", "description", "roles"))
_TAKES_ARGUMENTS = re.compile(r"\$(?:[1-9@*#]|\{[1-9@*#])")


@dataclass(frozen=True, slots=True)
class CustomCommand:
    """One command.

    Attributes:
        name: What it is called by.
        run: What it does, as a line of the shell; `$1`, `"$@"` and so on are what is given to it.
        aliases: Other names.
        description: What it is for, in the user's language.
        roles: Environments that admit one of these have it; empty for all.
        source: The file it is from.
    """

    name: str
    run: str
    aliases: tuple[str, ...] = ()
    description: str = ""
    roles: tuple[str, ...] = ()
    source: str = ""

    def is_admitted(self, roles: Sequence[str]) -> bool:
        """Whether an environment that admits these roles has the command."""
        return not self.roles or bool({*self.roles} & {*roles})

    def argv(self, arguments: Sequence[str]) -> tuple[str, ...]:
        """Return the program that does it, with arguments; where it names none, they are put at its end."""
        line = self.run if _TAKES_ARGUMENTS.search(self.run) or not arguments else f'{self.run} "$@"'
        return ("sh", "-c", line, self.name, *arguments)


class CustomCommands:
    """The commands of one user, by every name they go by."""

    def __init__(self, commands: Sequence[CustomCommand], texts: Texts) -> None:
        """Keep commands.

        Raises:
            ConfigurationError: Two go by the same name.
        """
        self._texts = texts
        self.commands = tuple(sorted(commands, key=lambda command: command.name))
        self._by_name: dict[str, CustomCommand] = {}
        for command in self.commands:
            for name in (command.name, *command.aliases):
                if name in BUILT_IN:
                    raise _error(texts, "built_in", file=command.source, name=name)
                if name in self._by_name:
                    raise _error(texts, "twice", file=command.source, name=name, other=self._by_name[name].source)
                self._by_name[name] = command

    @classmethod
    def load(cls, directory: Path, texts: Texts) -> "CustomCommands":
        """Read every file of a directory, which need not be there.

        Raises:
            ConfigurationError: A file cannot be read or says what is not understood.
        """
        found: list[CustomCommand] = []
        for file in sorted(directory.glob("*.toml")):
            try:
                tables = parse_toml(file.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                raise _error(texts, "unreadable", file=file, reason=error) from error
            found += _parsed(file, tables, texts)
        return cls(found, texts)

    def admitted(self, roles: Sequence[str]) -> list[CustomCommand]:
        """Return what an environment with these roles has."""
        return [command for command in self.commands if command.is_admitted(roles)]

    def find(self, name: str, roles: Sequence[str]) -> CustomCommand | None:
        """Return a command by name or alias; None when there is none.

        Raises:
            FazaiError: It is for other roles than the environment admits.
        """
        command = self._by_name.get(name)
        if command is not None and not command.is_admitted(roles):
            wanted, given = ", ".join(command.roles), ", ".join(roles) or "–"
            raise _error(self._texts, "other_roles", FazaiError, name=name, wanted=wanted, given=given)
        return command


def _parsed(file: Path, tables: Mapping[str, TomlValue], texts: Texts) -> Iterator[CustomCommand]:
    for name, table in tables.items():
        if _NAME.fullmatch(name) is None or not isinstance(table, dict):
            raise _error(texts, "no_command", file=file, name=name)
        for key in table:
            if key not in _KEYS:
                raise _error(texts, "no_key", file=file, name=name, key=key, keys=", ".join(sorted(_KEYS)))
        run = table.get("run")
        if not isinstance(run, str) or not run.strip() or "\0" in run:
            raise _error(texts, "no_run", file=file, name=name)
        aliases, roles = (_words(file, name, table, key, texts) for key in ("aliases", "roles"))
        if wrong := next((alias for alias in aliases if _NAME.fullmatch(alias) is None), None):
            raise _error(texts, "no_command", file=file, name=wrong)
        if wrong := next((role for role in roles if not is_role(role)), None):
            raise _error(texts, "no_role", file=file, name=name, role=wrong)
        said = _description(table.get("description", ""), texts)
        if said is None:
            raise _error(texts, "no_description", file=file, name=name)
        yield CustomCommand(name, run, aliases, said, roles, str(file))


def _words(file: Path, name: str, table: Mapping[str, TomlValue], key: str, texts: Texts) -> tuple[str, ...]:
    value = table.get(key, [])
    words = [item for item in value if isinstance(item, str)] if isinstance(value, list) else None
    if words is None or not isinstance(value, list) or len(words) != len(value):
        raise _error(texts, "no_list", file=file, name=name, key=key)
    return tuple(words)


def _description(value: TomlValue, texts: Texts) -> str | None:
    """Return a description: one text, or a table with one a language."""
    if isinstance(value, dict):
        value = value.get(texts.language, next(iter(value.values()), ""))
    return value if isinstance(value, str) else None


def _error(texts: Texts, problem: str, kind: type[FazaiError] = ConfigurationError, **facts: object) -> FazaiError:
    title = texts.get("environment.command.title")
    parts = (texts.get(f"environment.command.{problem}.{part}", **facts) for part in ("message", "hint"))
    declined = ErrorKind.DECLINED if problem == "other_roles" else None
    return kind(title, *parts, kind=declined)


def is_unfinished(text: str) -> bool:
    """Whether a line goes on in the next: a quote is open, or it ends in a backslash."""
    if (len(text) - len(text.rstrip("\\"))) % 2:
        return True
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False


def words_of(text: str, texts: Texts) -> list[str]:
    """Return the words of a whole line, quotes taken off.

    Raises:
        BadInputError: A quote is still open.
    """
    try:
        return shlex.split(text, comments=True)
    except ValueError as error:
        raise _error(texts, "open_quote", BadInputError) from error
