"""The text of `--help`, in the user's language."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fazai_tui.cli.commands import COMMANDS
from fazai_tui.config.texts import Texts

if TYPE_CHECKING:
    from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

_WIDEST = 100
_COLUMN = 32
"""Where descriptions begin at the latest; a longer name puts its description on the next line."""
_COMMON: Mapping[str, str] = {
    "lang": "--lang pt|en",
    "config": "--config FILE",
    "verbose": "-v, --verbose",
    "version": "--version",
    "help": "-h, --help",
}


class HelpPage:
    """Describes commands: the catalogue's words where it has them, else what the code says."""

    def __init__(self, texts: Texts) -> None:
        """Prepare to describe commands in one language."""
        self._texts = texts
        self._width = min(shutil.get_terminal_size().columns, _WIDEST)

    def render(self, path: Sequence[str], command: "TyperCommand | TyperGroup | None") -> str:
        """Return the help of a command, or of the program when there is none."""
        return "\n".join(self._lines(path, command))

    def _lines(self, path: Sequence[str], command: "TyperCommand | TyperGroup | None") -> Iterator[str]:
        options, arguments, commands = self._parts(path, command)
        usage = ["fazai", *path, *(name for name, _ in arguments)]
        usage += [self._say("cli.help.command")] if commands else []
        yield f"{self._say('cli.help.usage')}: {' '.join([*usage, self._say('cli.help.options')])}"
        yield ""
        yield from textwrap.wrap(self._about(path, command), self._width)
        yield from self._section("commands_title", commands)
        yield from self._section("arguments_title", arguments)
        yield from self._section("options_title", options)
        yield from self._section("common_title", self._common())
        if examples := self._say_if(f"cli.commands.{'.'.join(path)}.examples" if path else "cli.program.examples"):
            yield from ("", f"{self._say('cli.help.examples_title')}:")
            yield from (f"  {line}" for line in examples.strip().splitlines())

    def _parts(
        self, path: Sequence[str], command: "TyperCommand | TyperGroup | None"
    ) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
        """Return the options, the arguments and the commands, each as name and description."""
        if command is None:
            return [], [], [(name, self._about([name], None)) for name in COMMANDS]
        from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

        options: list[tuple[str, str]] = []
        arguments: list[tuple[str, str]] = []
        for parameter in command.params:
            if isinstance(parameter, TyperOption) and not parameter.hidden:
                options.append((_option_name(parameter), self._describe(path, parameter)))
            elif isinstance(parameter, TyperArgument):
                arguments.append((_argument_name(parameter), self._describe(path, parameter)))
        commands: list[tuple[str, str]] = []
        if isinstance(command, TyperGroup):
            for name, inner in command.commands.items():
                if isinstance(inner, TyperCommand | TyperGroup) and not inner.hidden:
                    commands.append((name, self._about([*path, name], inner)))
        return options, arguments, commands

    def _common(self) -> list[tuple[str, str]]:
        return [(option, self._say(f"cli.help.common.{name}")) for name, option in _COMMON.items()]

    def _about(self, path: Sequence[str], command: "TyperCommand | TyperGroup | None") -> str:
        if not path:
            return self._say("cli.program.about")
        said = self._say_if(f"cli.commands.{'.'.join(path)}.about")
        return said or (command.help or "" if command else "")

    def _describe(self, path: Sequence[str], parameter: "TyperArgument | TyperOption") -> str:
        own = f"cli.commands.{'.'.join(path)}.options.{parameter.name}"
        return self._say_if(own) or self._say_if(f"cli.options.{parameter.name}") or parameter.help or ""

    def _section(self, title: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
        if not rows:
            return
        yield from ("", f"{self._say(f'cli.help.{title}')}:")
        names = [len(name) + 4 for name, _ in rows if len(name) + 4 <= _COLUMN]
        column = max(names, default=_COLUMN)
        indent = " " * column
        for name, description in rows:
            lines = textwrap.wrap(description, max(20, self._width - column)) or [""]
            if len(name) + 4 > column:
                yield f"  {name}"
                yield from (indent + line for line in lines)
            else:
                yield f"  {name:<{column - 2}}{lines[0]}".rstrip()
                yield from (indent + line for line in lines[1:])

    def _say(self, key: str) -> str:
        return self._texts.get(key)

    def _say_if(self, key: str) -> str | None:
        try:
            return self._texts.get(key)
        except KeyError:
            return None


def _option_name(option: "TyperOption") -> str:
    names = ", ".join(sorted([*option.opts, *option.secondary_opts], key=len))
    return names if option.is_flag or option.count else f"{names} {option.metavar or _values(option)}"


def _argument_name(argument: "TyperArgument") -> str:
    name = argument.metavar or _values(argument)
    return name if argument.required else f"[{name}]"


def _values(parameter: "TyperArgument | TyperOption") -> str:
    choices = parameter.type_descriptor.choices
    if choices:
        return "|".join(str(getattr(choice, "value", choice)) for choice in choices)
    return (parameter.name or "").upper()
