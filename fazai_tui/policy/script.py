"""What a command line says, read but not run: words, invocations, redirections."""

from collections.abc import Mapping
from dataclasses import dataclass, field

UNKNOWN_PLACE = "$"
"""A directory that only the run will tell."""


@dataclass(frozen=True, slots=True)
class Word:
    """One shell word with its quotes removed.

    Attributes:
        text: The value as far as it is known; unknown expansions stay as written.
        is_literal: Whether no expansion of any kind took part.
        unknown_at: Where in `text` the first unknown expansion begins; -1 when all is known.
        unknown_end: Where in `text` the last unknown expansion ends.
        may_be_empty: Whether an unknown part is a variable that nothing in the command sets or guards.
        has_glob: Whether an unquoted pattern takes part.
        has_tilde: Whether the word begins with an unquoted `~`.
        is_path: Whether the value begins like a path, so that it cannot be an option.
        source: Where a process substitution gets its text from.
    """

    text: str
    is_literal: bool = True
    unknown_at: int = -1
    unknown_end: int = -1
    may_be_empty: bool = False
    has_glob: bool = False
    has_tilde: bool = False
    is_path: bool = False
    source: "Stdin | None" = None

    @property
    def is_known(self) -> bool:
        """Whether the whole value is known."""
        return self.unknown_at < 0

    @property
    def can_be_option(self) -> bool:
        """Whether the value may turn out to begin with a dash."""
        return self.unknown_at == 0 and self.source is None and not self.is_path


def plain_word(text: str) -> Word:
    """Return the word that a literal text makes."""
    return Word(text)


def unknown_word(raw: str) -> Word:
    """Return a word whose value only the run will tell."""
    return Word(raw, is_literal=False, unknown_at=0, unknown_end=len(raw))


@dataclass(frozen=True, slots=True)
class Stdin:
    """What a command reads from its standard input or a process substitution.

    Attributes:
        producers: The commands whose output it is.
        text: The text itself, where it can be told without running anything.
        file: The file it is redirected from.
    """

    producers: "tuple[Invocation, ...]" = ()
    text: str | None = None
    file: Word | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """One simple command.

    Attributes:
        words: The program's name and its arguments.
        assignments: `NAME=value` in front of the name.
        cwd: The directory a `cd` before it leads to, which may be relative to the user's; empty for the user's.
        stdin: What it reads; None for the terminal.
        is_elevated: Whether it runs with the rights of root.
    """

    words: tuple[Word, ...]
    assignments: "tuple[Assignment, ...]" = ()
    cwd: str = ""
    stdin: Stdin | None = None
    is_elevated: bool = False

    @property
    def program(self) -> str:
        """The program's name without its directory."""
        return self.words[0].text.rstrip("/").rsplit("/", 1)[-1] if self.words else ""

    @property
    def args(self) -> tuple[Word, ...]:
        """The words after the name."""
        return self.words[1:]

    @property
    def argv(self) -> tuple[str, ...]:
        """The words as texts."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirection to or from a file.

    Attributes:
        operator: As written, without the descriptor: `>`, `>>`, `>|`, `&>`, `<`, `<>` …
        target: The file.
        cwd: As in `Invocation`.
        is_bare: Whether no command stands before it, so that the file is only emptied.
        feeds_shell: Whether its command is an interactive shell.
    """

    operator: str
    target: Word
    cwd: str = ""
    is_bare: bool = False
    feeds_shell: bool = False

    @property
    def writes(self) -> bool:
        """Whether the file is opened for writing."""
        return ">" in self.operator


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable that gets a value."""

    name: str
    values: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A property of the whole text that no single command shows: a message key and its subject."""

    key: str
    subject: str = ""


@dataclass(slots=True)
class Script:
    """Everything found in one command line, in the order of the text."""

    invocations: list[Invocation] = field(default_factory=list[Invocation])
    redirects: list[Redirect] = field(default_factory=list[Redirect])
    assignments: list[Assignment] = field(default_factory=list[Assignment])
    problems: list[Problem] = field(default_factory=list[Problem])
    functions: dict[str, str] = field(default_factory=dict[str, str])
    """The bodies of the functions it defines."""
    files: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Contents that the command itself gives to files, by the file's name as written."""
    variables: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict[str, tuple[str, ...] | None])
    """Marked values of the variables at the end."""
    source: str = ""


@dataclass(slots=True)
class Scope:
    """What is known of the shell's state while reading on.

    Attributes:
        variables: The marked values a variable may have; None when it is set to something unknown.
        cwd: As in `Invocation`.
    """

    variables: dict[str, tuple[str, ...] | None]
    cwd: str = ""
