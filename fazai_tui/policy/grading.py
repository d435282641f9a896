"""What the rules in code may ask of the judge."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from fazai_tui.core.plan import Risk
from fazai_tui.policy.findings import Findings
from fazai_tui.policy.places import Effect, Places
from fazai_tui.policy.script import Invocation, Word


class Grading(Protocol):
    """One command line being graded."""

    findings: Findings
    places: Places
    user: str

    def text(self, source: str, around: Invocation | None = None, positional: tuple[Word, ...] = ()) -> None:
        """Grade shell text."""
        ...

    def run(self, invocation: Invocation) -> None:
        """Grade one command."""
        ...

    def run_words(self, words: tuple[Word, ...], around: Invocation) -> None:
        """Grade the command that words inside another command make."""
        ...

    def touch(self, effect: Effect, word: Word, around: Invocation) -> Risk:
        """Note what a command does to a file, and return how risky that is."""
        ...

    def script_file(self, word: Word, around: Invocation) -> None:
        """Note that a script is run."""
        ...


ProgramGrader: TypeAlias = Callable[[Grading, Invocation], None]
"""Grades what data cannot say of a program."""
