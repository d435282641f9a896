"""The prompt of an environment, and one command run as if typed there."""

import contextlib
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Generator
from types import FrameType
from typing import assert_never

from fazai_tui.cli.exit_codes import FULFILLED
from fazai_tui.cli.terminal import one_line
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.environments.commands import CustomCommands, is_unfinished
from fazai_tui.environments.environments import Environments
from fazai_tui.environments.interpretation import (
    ChangeDirectory,
    Clear,
    Help,
    Leave,
    Meaning,
    Nothing,
    Run,
    meaning_of_line,
)
from fazai_tui.environments.records import Facts

_CLEARED = "\x1b[H\x1b[2J\x1b[3J"
_INTERRUPTED = 130
_WRONG = 2


class EnvironmentPrompt:
    """Reads lines and has them carried out in an environment.

    Args:
        environments: Where the environment is.
        facts: The environment.
        commands: The user's own commands.
        texts: What is said.
    """

    def __init__(self, environments: Environments, facts: Facts, commands: CustomCommands, texts: Texts) -> None:
        self._environments = environments
        self._facts = facts
        self._commands = commands
        self._texts = texts
        self._cwd = ""
        self._input: int | None = None

    def run(self, cwd: str) -> int:
        """Read and carry out lines until the user leaves; return the status of the last."""
        self._cwd = cwd
        status, is_interactive = FULFILLED, sys.stdin.isatty()
        # What is piped in is lines for this prompt, and not for the programs that it starts.
        self._input = None if is_interactive else subprocess.DEVNULL
        if is_interactive:
            # Lines are edited and remembered for as long as the prompt is open.
            with contextlib.suppress(ImportError):
                import readline as _  # noqa: F401
            self._say(self._texts.get("environment.prompt.welcome", name=self._facts.name))
        while True:
            try:
                line = self._line(is_interactive)
            except KeyboardInterrupt:
                print(file=sys.stderr)
                continue
            if line is None:
                return status
            try:
                meaning = meaning_of_line(line, self._commands, self._facts.roles, self._texts)
            except FazaiError as error:
                self._say(str(error))
                status = _WRONG
                continue
            match meaning:
                case Nothing():
                    continue
                case Leave(given):
                    return status if given is None else given
                case _:
                    status = self.carry_out(meaning, self._cwd)
            if not self._is_there():
                self._say(self._texts.get("environment.prompt.gone", name=self._facts.name))
                return status or 1

    def _is_there(self) -> bool:
        try:
            return self._environments.find(self._facts.name).keeper == self._facts.keeper
        except FazaiError:
            return False

    def _line(self, is_interactive: bool) -> str | None:
        """Return the next whole line, which may be of several; None at the end of what is typed."""
        text = ""
        prompt = f"{self._facts.name} ❯ "
        while True:
            try:
                text += input(prompt) if is_interactive else _next_line()
            except EOFError:
                if is_interactive:
                    print(file=sys.stderr)
                return text or None
            if not is_unfinished(text):
                return text
            text, prompt = f"{text}\n", "… "

    def carry_out(self, meaning: Meaning, cwd: str) -> int:
        """Do what was meant; return its status."""
        match meaning:
            case Run(argv):
                return self._start(argv, cwd)
            case ChangeDirectory(place):
                return self._change(place, cwd)
            case Clear():
                if sys.stdout.isatty():
                    sys.stdout.write(_CLEARED)
                    sys.stdout.flush()
                return FULFILLED
            case Help():
                self._help()
                return FULFILLED
            case Leave(status):
                return status or FULFILLED
            case Nothing():
                return FULFILLED
            case _:
                assert_never(meaning)

    def _start(self, argv: tuple[str, ...], cwd: str) -> int:
        is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        entrance = self._environments.entrance(self._facts, argv, cwd=cwd, is_terminal=is_terminal)
        sys.stdout.flush()
        with _terminal_lent():
            done = subprocess.run(entrance.argv, env=dict(entrance.environment), stdin=self._input, check=False)
        return done.returncode if done.returncode >= 0 else 128 - done.returncode

    def _change(self, place: str, cwd: str) -> int:
        line = 'cd -- "${1:-$HOME}" && pwd'
        entrance = self._environments.entrance(self._facts, ("sh", "-c", line, "cd", place), cwd=cwd)
        done = subprocess.run(
            entrance.argv, env=dict(entrance.environment), stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode == FULFILLED:
            self._cwd = done.stdout.removesuffix("\n")
        return done.returncode

    def _help(self) -> None:
        rows = [
            (name, self._texts.get(f"environment.prompt.{name}")) for name in ("bash", "cd", "clear", "help", "exit")
        ]
        for command in self._commands.admitted(self._facts.roles):
            names = ", ".join((command.name, *command.aliases))
            rows.append((names, command.description or command.run))
        width = max(len(names) for names, _ in rows)
        for names, said in rows:
            print(f"  {names:<{width}}  {one_line(said)}")

    def _say(self, text: str) -> None:
        print(one_line(text), file=sys.stderr)


def _next_line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.removesuffix("\n")


def _be_passed_by(number: int, frame: FrameType | None) -> None:
    """Do nothing: the key was for the program."""


@contextlib.contextmanager
def _terminal_lent() -> Generator[None]:
    """Let a program have the terminal and its keys; take it back as it was."""
    # Not ignored, which the program would inherit.
    kept = {number: signal.signal(number, _be_passed_by) for number in (signal.SIGINT, signal.SIGQUIT)}
    attributes = termios.tcgetattr(0) if os.isatty(0) else None
    try:
        yield
    finally:
        if attributes is not None:
            # A shell in the environment took the terminal for itself and could not give it back: it saw no other.
            stopped = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            with contextlib.suppress(OSError, termios.error):
                os.tcsetpgrp(0, os.getpgrp())
                termios.tcsetattr(0, termios.TCSADRAIN, attributes)
            signal.signal(signal.SIGTTOU, stopped)
        for number, handler in kept.items():
            signal.signal(number, handler)
