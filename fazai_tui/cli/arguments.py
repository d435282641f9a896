"""The options that every command takes, wherever they stand on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ErrorKind, FazaiError

_WITH_VALUE = ("--lang", "--config")
_RUNS_A_COMMAND = ("env", "run")
_WORDS_BEFORE = 4
"""`env run NAME COMMAND`: from there on options are the command's."""


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """What was asked of the program as a whole."""

    language: str | None = None
    config_file: Path | None = None
    verbosity: int = 0
    wants_version: bool = False
    wants_help: bool = False


def split_arguments(arguments: Sequence[str], texts: Texts) -> tuple[CommonOptions, list[str]]:
    """Return the common options and what is left for the command.

    What follows `--` is the command's, and what follows a command that is to be run is that one's.

    Raises:
        FazaiError: An option lacks its value, or the language is none that FazAI speaks.
    """
    options = CommonOptions()
    rest: list[str] = []
    queue = list(arguments)
    while queue:
        if len(rest) >= _WORDS_BEFORE and (rest[0], rest[1]) == _RUNS_A_COMMAND:
            rest += queue
            break
        argument = queue.pop(0)
        name, has_value, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *queue]
            break
        if name in _WITH_VALUE:
            if not has_value:
                if not queue:
                    raise usage_error(texts, "no_value", option=name)
                value = queue.pop(0)
            options = _with_value(options, name, value, texts)
        elif argument == "--verbose":
            options = replace(options, verbosity=options.verbosity + 1)
        elif len(argument) > 1 and argument[0] == "-" and set(argument[1:]) == {"v"}:
            options = replace(options, verbosity=options.verbosity + len(argument) - 1)
        elif argument == "--version":
            options = replace(options, wants_version=True)
        elif argument in ("--help", "-h"):
            options = replace(options, wants_help=True)
        else:
            rest.append(argument)
    return options, rest


def usage_error(texts: Texts, problem: str, **facts: object) -> FazaiError:
    """Return the error of a command line that cannot be understood."""
    return FazaiError(
        texts.get("cli.usage.title"),
        texts.get(f"cli.usage.{problem}", **facts),
        texts.get("cli.usage.hint"),
        kind=ErrorKind.USAGE,
    )


def _with_value(options: CommonOptions, name: str, value: str, texts: Texts) -> CommonOptions:
    if name == "--config":
        return replace(options, config_file=Path(value))
    if value not in ("pt", "en"):
        raise usage_error(texts, "language", value=value)
    return replace(options, language=value)
