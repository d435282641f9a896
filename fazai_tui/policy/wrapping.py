"""Looking through programs that only run another one."""

import re
from dataclasses import replace

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect
from fazai_tui.policy.rules import Arguments, Grade, OptionRule, WrapperRule, told_apart
from fazai_tui.policy.script import Assignment, Invocation, Word, plain_word
from fazai_tui.policy.variables import grade_assignment

_SSH_RUNS = re.compile(r"(ProxyCommand|LocalCommand|KnownHostsCommand)\s*[= ]\s*(.*)", re.DOTALL | re.IGNORECASE)
_ALL = 9
"""`skip` of a wrapper whose operands are no command."""
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=(.*)", re.DOTALL)


def unwrap(judge: Grading, rule: WrapperRule, invocation: Invocation) -> None:
    """Grade the command inside a wrapper, and the wrapper itself."""
    arguments = told_apart(invocation.args, values=(*rule.values, *rule.code), stop_at_operand=True)
    inner = replace(invocation, is_elevated=invocation.is_elevated or rule.elevates, assignments=())
    for folder in arguments.values(*rule.chdir):
        inner = replace(inner, cwd=judge.places.absolute(folder, invocation.cwd) or "")
    code = _code(rule, invocation.args, arguments)
    words = _without_assignments(judge, rule, _after(rule, invocation.args, arguments))
    decided = _options(judge, rule, arguments)
    if rule.grade != "read":
        _note(judge, rule.grade, rule.reason, invocation)
    for file in arguments.values(*rule.writes):
        judge.touch(Effect.CREATE, file, invocation)
    for setting in arguments.values("-o") if rule.is_text else ():
        if match := _SSH_RUNS.fullmatch(setting.text):
            judge.findings.add(Risk.HIGH, "runs_program", program=invocation.program, target=match[1])
            judge.text(match[2], invocation)
    for text in code:
        judge.text(text.text, inner)
    if code:
        return
    if words and words[0].text == "{":
        words = words[1:]
    if not words:
        if decided != "read":
            _note(judge, rule.bare, rule.bare_reason, invocation)
    elif rule.is_text:
        judge.text(" ".join(word.text for word in words), inner)
        if any(not word.is_known for word in words):
            judge.findings.add(Risk.MEDIUM, "dynamic_code", program=invocation.program)
    elif decided != "read":
        judge.run_words(words, inner)


def _code(rule: WrapperRule, args: tuple[Word, ...], arguments: Arguments) -> list[Word]:
    if rule.skip == _ALL and not arguments.has(*rule.direct):
        return told_apart(args, values=(*rule.values, *rule.code)).values(*rule.code)
    code = arguments.values(*rule.code)
    rest = _after(rule, args, arguments)
    # `flock FILE -c TEXT`: the option stands behind the operand.
    return [*code, *rest[1:2]] if rest and rest[0].text in rule.code else code


def _after(rule: WrapperRule, args: tuple[Word, ...], arguments: Arguments) -> tuple[Word, ...]:
    if not arguments.operand_at:
        return ()
    start = arguments.operand_at[0]
    if arguments.has(*rule.direct):
        return args[start:]
    return args[start + rule.skip :] if rule.skip < _ALL else ()


def _without_assignments(judge: Grading, rule: WrapperRule, words: tuple[Word, ...]) -> tuple[Word, ...]:
    while rule.assignments and words and (match := _ASSIGNMENT.fullmatch(words[0].text)):
        grade_assignment(judge, Assignment(match[1], (plain_word(match[2]),)))
        words = words[1:]
    return words


def _options(judge: Grading, rule: WrapperRule, arguments: Arguments) -> Grade | None:
    for option in rule.options:
        if option.decides and any(given == name for given, _ in arguments.options for name in option.names):
            return option.grade
    for option in rule.options:
        if not option.decides and arguments.has(*option.names):
            _note_option(judge, option)
    return None


def _note_option(judge: Grading, option: OptionRule) -> None:
    if option.grade != "read":
        judge.findings.add(Risk(option.grade), option.reason, program=option.names[0])


def _note(judge: Grading, grade: Grade, reason: str, invocation: Invocation) -> None:
    if grade != "read":
        judge.findings.command(invocation.argv)
        judge.findings.add(Risk(grade), reason, program=invocation.program)
