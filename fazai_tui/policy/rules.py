"""The rules of programs as data: a schema for `config/policy/*.toml` and how a rule grades arguments."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from fazai_tui.core.plan import Risk
from fazai_tui.policy.places import Effect
from fazai_tui.policy.script import Word

Grade = Literal["read", "low", "medium", "high", "critical"]
"""`read`: known as read-only, nothing to say about it; the others are risks."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OptionRule(_Part):
    """What options mean."""

    names: tuple[str, ...]
    """`-x` also in a group of short options; `--long` also abbreviated or with `=value`."""
    grade: Grade
    reason: str = ""
    decides: bool = False
    """Replaces the rule's own grade instead of only raising it."""
    everywhere: bool = False
    """Counts after a verb too."""


class OperandRule(_Part):
    """What operands mean."""

    match: str
    """Regular expression for the whole operand."""
    grade: Grade
    reason: str = ""


class TargetRule(_Part):
    """Which arguments are files, and what happens to them."""

    effect: Effect
    operands: Literal["all", "first", "last", "but_first", "second", "none"] = "none"
    options: tuple[str, ...] = ()
    """Options whose value is a file."""


class Rule(_Part):
    """How the arguments of a program, or of one of its verbs, are graded."""

    grade: Grade = "medium"
    reason: str = ""
    """A message `policy.reason.…`; without one the general message of the grade."""
    bare: Grade | None = None
    """The grade without any operand, where it differs."""
    most: int | None = None
    """With more operands than this, `beyond` is the grade."""
    beyond: Grade = "medium"
    values: tuple[str, ...] = ()
    """Options that take the next argument as their value."""
    single_dash: bool = False
    """Whether `-long` is one option and not a group."""
    options: tuple[OptionRule, ...] = ()
    operands: tuple[OperandRule, ...] = ()
    targets: tuple[TargetRule, ...] = ()
    runs: tuple[str, ...] = ()
    """Options whose value is a command line, which is graded in turn."""
    verbs: tuple["VerbRule", ...] = ()

    def verb(self, name: str) -> "VerbRule | None":
        """Return the rule of a verb."""
        return self._verbs.get(name)

    @cached_property
    def _verbs(self) -> dict[str, "VerbRule"]:
        return {name: verb for verb in self.verbs for name in verb.names}


class VerbRule(Rule):
    """The rule of some verbs of a program: `status` in `git status`."""

    names: tuple[str, ...]


class ProgramRule(Rule):
    """The rule of some programs; a name may be a pattern such as `mkfs.*`."""

    names: tuple[str, ...]


class WrapperRule(_Part):
    """A program that runs another one given in its arguments."""

    names: tuple[str, ...]
    values: tuple[str, ...] = ()
    skip: int = 0
    """Operands before the command, such as the duration of `timeout`."""
    assignments: bool = False
    """Whether `NAME=value` may stand before the command."""
    code: tuple[str, ...] = ()
    """Options whose value is shell text."""
    direct: tuple[str, ...] = ()
    """Options with which the operands are the command, whatever `skip` says."""
    is_text: bool = False
    """Whether the words of the command are joined and read by a shell."""
    writes: tuple[str, ...] = ()
    """Options whose value is a file that is written."""
    chdir: tuple[str, ...] = ()
    """Options whose value is the directory the command starts in."""
    elevates: bool = False
    grade: Grade = "read"
    """The least grade, whatever the command."""
    reason: str = ""
    bare: Grade = "medium"
    """The grade without a command."""
    bare_reason: str = "opens_shell"
    options: tuple[OptionRule, ...] = ()


class RuleTable(_Part):
    """All programs and wrappers."""

    program: tuple[ProgramRule, ...] = ()
    wrapper: tuple[WrapperRule, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [name for program in self.program for name in program.names]
        names += [name for wrapper in self.wrapper for name in wrapper.names]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"more than one rule for {', '.join(twice)}")
        return self


@dataclass(slots=True)
class Arguments:
    """Arguments told apart.

    Attributes:
        options: Each option's name and its value, where one is attached or expected.
        operands: What is left, in order.
        operand_at: Where each operand stands among the words.
        written: The options as written, groups not taken apart.
    """

    options: list[tuple[str, Word | None]] = field(default_factory=list[tuple[str, Word | None]])
    operands: list[Word] = field(default_factory=list[Word])
    operand_at: list[int] = field(default_factory=list[int])
    written: set[str] = field(default_factory=set[str])

    def has(self, *names: str) -> bool:
        """Return whether one of the options is there, long ones also abbreviated."""
        return any(name in self.written or option_matches(option, name) for option, _ in self.options for name in names)

    def values(self, *names: str) -> list[Word]:
        """Return the values of options."""
        return [
            value
            for option, value in self.options
            if value is not None and any(option_matches(option, name) for name in names)
        ]


def option_matches(option: str, name: str) -> bool:
    """Return whether an option as written means the named one."""
    return option == name or (len(option) > 4 and option.startswith("--") and name.startswith(option))


def told_apart(
    words: Sequence[Word],
    *,
    values: Iterable[str] = (),
    single_dash: bool = False,
    stop_at_operand: bool = False,
) -> Arguments:
    """Tell options from operands.

    Args:
        words: The arguments without the program's name.
        values: Options that take the next argument as their value.
        single_dash: Whether `-long` is one option.
        stop_at_operand: Whether options end at the first operand.
    """
    found, index = Arguments(), 0
    takes_value = frozenset(values)
    while index < len(words):
        word, text = words[index], words[index].text
        index += 1
        if text == "--" and word.is_known:
            break
        if len(text) < 2 or text[0] != "-":
            found.operands.append(word)
            found.operand_at.append(index - 1)
            if stop_at_operand:
                break
            continue
        found.written.add(text)
        following = words[index] if index < len(words) else None
        if text.startswith("--") or single_dash:
            index += _long(word, following, takes_value, found)
        else:
            index += _group(word, following, takes_value, found)
    found.operands.extend(words[index:])
    found.operand_at.extend(range(index, len(words)))
    return found


def _long(word: Word, following: Word | None, takes_value: frozenset[str], found: Arguments) -> int:
    name, has_value, value = word.text.partition("=")
    if has_value:
        rest = Word(
            value,
            is_literal=word.is_literal,
            unknown_at=max(-1, word.unknown_at - len(name) - 1),
            unknown_end=max(-1, word.unknown_end - len(name) - 1),
            may_be_empty=word.may_be_empty,
            has_glob=word.has_glob,
        )
        found.options.append((name, rest))
        return 0
    if name in takes_value:
        found.options.append((name, following))
        return 1
    found.options.append((name, None))
    return 0


def _group(word: Word, following: Word | None, takes_value: frozenset[str], found: Arguments) -> int:
    letters = word.text[1:]
    for place, letter in enumerate(letters):
        name = f"-{letter}"
        if name in takes_value:
            rest = letters[place + 1 :]
            found.options.append((name, Word(rest) if rest else following))
            return 0 if rest else 1
        found.options.append((name, None))
    return 0


class Graded(BaseModel):
    """A grade with its message."""

    model_config = ConfigDict(frozen=True)

    grade: Grade
    reason: str = ""
    target: str = ""
    is_decided: bool = False
    """Whether an option decided the grade."""

    @property
    def risk(self) -> Risk | None:
        """The risk; None for what only reads."""
        return None if self.grade == "read" else Risk(self.grade)


def grade_arguments(rule: Rule, words: Sequence[Word]) -> tuple[list[Graded], Rule, Arguments]:
    """Grade arguments by a rule.

    Returns:
        The grades found, the rule that applied in the end, the program's or a verb's, and the arguments as read by it.
    """
    raised: list[Graded] = []
    while True:
        values = (*rule.values, *rule.runs)
        everything = told_apart(words, values=values, single_dash=rule.single_dash)
        arguments = everything
        if rule.verbs:
            arguments = told_apart(words, values=values, single_dash=rule.single_dash, stop_at_operand=True)
        verb = rule.verb(arguments.operands[0].text) if arguments.operands else None
        if verb is None:
            own = _own_grade(rule, everything)
            return [own, *raised, *_raised(rule, everything, after_verb=False)], rule, everything
        raised.extend(_raised(rule, arguments, after_verb=False))
        own = _own_grade(rule, arguments)
        if own.is_decided:
            return [own, *raised], rule, arguments
        raised.extend(_raised(rule, everything, after_verb=True))
        words = words[arguments.operand_at[0] + 1 :]
        rule = verb


def _own_grade(rule: Rule, arguments: Arguments) -> Graded:
    target = arguments.operands[0].text if arguments.operands else ""
    for option in rule.options:
        # An abbreviation never makes a command harmless: only the full name decides downwards.
        if option.decides and any(
            name == given or name in arguments.written for given, _ in arguments.options for name in option.names
        ):
            return Graded(grade=option.grade, reason=option.reason, target=target, is_decided=True)
    if rule.bare is not None and not arguments.operands:
        return Graded(grade=rule.bare, reason=rule.reason)
    if rule.most is not None and len(arguments.operands) > rule.most:
        return Graded(grade=rule.beyond, reason=rule.reason, target=arguments.operands[rule.most].text)
    return Graded(grade=rule.grade, reason=rule.reason, target=target)


def _raised(rule: Rule, arguments: Arguments, *, after_verb: bool) -> Iterable[Graded]:
    for option in rule.options:
        if not option.decides and (option.everywhere or not after_verb) and arguments.has(*option.names):
            given = next(name for name in option.names if arguments.has(name))
            yield Graded(grade=option.grade, reason=option.reason or rule.reason, target=given)
    for operand in rule.operands:
        for word in arguments.operands:
            if re.fullmatch(operand.match, word.text, re.DOTALL):
                yield Graded(grade=operand.grade, reason=operand.reason or rule.reason, target=word.text)
