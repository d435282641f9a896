"""Find the command that was asked for, run it, and turn its end into an exit code."""

import os
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from io import TextIOWrapper
from typing import TYPE_CHECKING

from fazai_tui import __version__
from fazai_tui.cli import exit_codes
from fazai_tui.cli.arguments import CommonOptions, split_arguments, usage_error
from fazai_tui.cli.commands import COMMANDS, load_command
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.optional_values import with_resume_value
from fazai_tui.cli.terminal import one_line
from fazai_tui.config.language import choose_language, language_setting
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

_RESUMING = ("interactive", "exec")
"""The commands that know `--resume`."""


class Program:
    """The command line of one process."""

    def __init__(self, paths: Paths, environment: Mapping[str, str]) -> None:
        """Prepare to run.

        Args:
            paths: Where the user's files are.
            environment: The process's environment variables.
        """
        self._paths = paths
        self._environment = environment

    @classmethod
    def from_environment(cls) -> "Program":
        """Return the program for this process's environment."""
        return cls(Paths.from_environment(os.environ), os.environ)

    def run(self, arguments: Sequence[str]) -> int:
        """Run a command line and return its exit code; errors become one line on stderr."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # Text from elsewhere may hold what the terminal's encoding, or any, cannot say.
                stream.reconfigure(errors="backslashreplace")
        texts = self._texts(CommonOptions())
        try:
            options, rest = split_arguments(arguments, texts)
            texts = self._texts(options)
            code = self._dispatch(options, rest, texts)
            sys.stdout.flush()
            return code
        except FazaiError as error:
            complain(str(error))
            return exit_codes.exit_code(error)
        except KeyboardInterrupt:
            return exit_codes.INTERRUPTED
        except BrokenPipeError:
            # What is still buffered has no reader; the interpreter must not try to flush it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return exit_codes.PIPE_CLOSED
        except Exception as error:
            return self._explain_crash(error, texts)

    def _texts(self, options: CommonOptions) -> Texts:
        candidates = (options.config_file or self._paths.config_file, self._paths.system_config_file)
        setting = self._environment.get("FAZAI_INTERFACE__LANGUAGE")
        for file in candidates:
            setting = setting or language_setting(file)
        return Texts(choose_language(options.language, setting, self._environment))

    def _dispatch(self, options: CommonOptions, rest: list[str], texts: Texts) -> int:
        if options.wants_version:
            print(f"fazai {__version__}")
            return exit_codes.FULFILLED
        if options.wants_help and not rest:
            return self._show_help([], None, texts)
        if not rest or rest[0].startswith("-"):
            rest = ["interactive", *rest]
        name = rest[0]
        if name not in COMMANDS:
            nearest = "".join(get_close_matches(name, COMMANDS, n=1, cutoff=0.5))
            raise usage_error(texts, "nearest_command" if nearest else "no_command", name=name, nearest=nearest)
        if options.wants_help:
            path, command = _descend([name], load_command(name), rest[1:])
            return self._show_help(path, command, texts)
        if name == "interactive":
            # Neither the log nor, without options, typer is imported before the screen has painted.
            return self._run_command(rest, options, texts)
        from fazai_tui.cli.log import logged

        with logged(self._paths.log_file, name, options.verbosity):
            return self._run_command(rest, options, texts)

    def _run_command(self, words: Sequence[str], options: CommonOptions, texts: Texts) -> int:
        invocation = Invocation(texts, self._paths, self._environment, options.config_file, options.verbosity)
        if list(words) == ["interactive"]:
            from fazai_tui.cli.screen import open_screen

            return open_screen(invocation)
        path, command = _descend([words[0]], load_command(words[0]), words[1:])
        arguments = with_resume_value(words[len(path) :]) if path[0] in _RESUMING else list(words[len(path) :])
        if _is_group(command):
            if arguments:
                raise usage_error(texts, "no_command", name=" ".join([*path, arguments[0]]))
            return self._show_help(path, command, texts, is_error=True)
        return _invoke(command, path, arguments, invocation)

    def _show_help(
        self, path: list[str], command: "TyperCommand | TyperGroup | None", texts: Texts, *, is_error: bool = False
    ) -> int:
        from fazai_tui.cli.help import HelpPage

        text = HelpPage(texts).render(path, command)
        print(text, file=sys.stderr if is_error else sys.stdout)
        return exit_codes.USAGE if is_error else exit_codes.FULFILLED

    def _explain_crash(self, error: Exception, texts: Texts) -> int:
        where = str(self._paths.log_file)
        complain(texts.get("cli.crash", kind=type(error).__name__, reason=str(error), file=where))
        return exit_codes.FAILED


def complain(line: str) -> None:
    """Print an error as one line on stderr."""
    print(f"fazai: {one_line(line)}", file=sys.stderr)


def _is_group(command: "TyperCommand | TyperGroup") -> bool:
    from typer.core import TyperGroup

    return isinstance(command, TyperGroup)


def _descend(
    path: list[str], command: "TyperCommand | TyperGroup", arguments: Sequence[str]
) -> tuple[list[str], "TyperCommand | TyperGroup"]:
    """Follow the arguments into groups of commands."""
    from typer.core import TyperCommand, TyperGroup

    for argument in arguments:
        if not isinstance(command, TyperGroup) or argument not in command.commands:
            break
        inner = command.commands[argument]
        assert isinstance(inner, TyperCommand | TyperGroup)
        path, command = [*path, argument], inner
    return path, command


def _invoke(
    command: "TyperCommand | TyperGroup", path: Sequence[str], arguments: list[str], invocation: Invocation
) -> int:
    import typer

    from fazai_tui.cli.usage import explain_usage

    try:
        with command.make_context(f"fazai {' '.join(path)}", arguments, obj=invocation) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        return exit_codes.INTERRUPTED
    except typer.TyperException as error:
        raise explain_usage(error, path, invocation.texts) from error
    return exit_codes.FULFILLED
