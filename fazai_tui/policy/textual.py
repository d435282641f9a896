"""awk and sed: small languages that can write files and run commands."""

import re

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect
from fazai_tui.policy.rules import told_apart
from fazai_tui.policy.script import Invocation, Word

_AWK_VALUES = tuple(
    """
    -F -v -f -e -i -l -E --field-separator --assign --file --include --exec --source --load
    """.split()
)
_AWK_TOKEN = re.compile(
    r'"((?:[^"\\]|\\.)*)"|#[^\n]*|(\|\|)|(\|&?)|(>>?)(?!=)|(?<![\w)\]"$]\s)(?<![\w)\]"$])/(?:[^/\\\n]|\\.)+/', re.DOTALL
)
_AWK_RUNS = re.compile(r"\bsystem\s*\(|@load|@\w+\s*\(")
_PRINTS = re.compile(r"\bprintf?\b[^;{}\n]*$")
_SED_COMMAND = re.compile(
    r"\s*(?:(?:\d+(?:~\d+)?|\$|/(?:[^/\\\n]|\\.)*/[IM]*|\\(.)(?:(?!\1).)*\1[IM]*)"
    r"(?:\s*,\s*(?:[+~]?\d+|\$|/(?:[^/\\\n]|\\.)*/[IM]*))?\s*)?[\s!]*"
)


def grade_awk(judge: Grading, invocation: Invocation) -> None:
    """Grade awk: commands it runs, files it writes, programs it reads from files."""
    arguments = told_apart(invocation.args, values=_AWK_VALUES, stop_at_operand=True)
    for file in arguments.values("-f", "--file", "-E", "--exec"):
        judge.script_file(file, invocation)
    for included in arguments.values("-i", "--include", "-l", "--load"):
        judge.findings.add(Risk.MEDIUM, "edits_file", program="awk", target=included.text)
    programs = arguments.values("-e", "--source")
    if not programs and not arguments.has("-f", "--file", "-E", "--exec"):
        programs = arguments.operands[:1]
    for program in programs:
        if not program.is_known:
            judge.findings.add(Risk.HIGH, "dynamic_code", program="awk")
        _awk_program(judge, program.text, invocation)


def _awk_program(judge: Grading, text: str, invocation: Invocation) -> None:
    strings: list[str] = []
    bare, last, has_pipe = "", 0, False
    for match in _AWK_TOKEN.finditer(text):
        bare += text[last : match.start()]
        last = match.end()
        if match[1] is not None:
            strings.append(match[1])
            bare += '""'
        elif match[3]:
            has_pipe = True
        elif match[4]:
            if _PRINTS.search(bare) and bare.rpartition("print")[2].count("(") <= bare.rpartition("print")[2].count(
                ")"
            ):
                target = re.match(r'\s*"([^"]*)"', text[last:])
                word = Word(target[1]) if target else Word("$", unknown_at=0, unknown_end=1)
                judge.touch(Effect.APPEND if match[4] == ">>" else Effect.CREATE, word, invocation)
            bare += match[0]
        elif match[2]:
            bare += match[0]
    bare += text[last:]
    runs = bool(_AWK_RUNS.search(bare)) or "|" in bare.replace("||", "") or has_pipe
    if runs:
        judge.findings.add(Risk.HIGH, "awk_runs")
    if runs:
        for string in strings:
            if re.match(r"\s*[\w./~-]+", string):
                judge.text(string, invocation)


def grade_sed(judge: Grading, invocation: Invocation) -> None:
    """Grade sed: editing in place, and scripts that write files or run commands."""
    # `-i` takes its suffix only when attached, so it stands among the options without a value.
    arguments = told_apart(invocation.args, values=("-e", "-f", "-l", "--expression", "--file", "--line-length"))
    scripts = arguments.values("-e", "--expression")
    for file in arguments.values("-f", "--file"):
        judge.script_file(file, invocation)
    operands = arguments.operands
    if not scripts and not arguments.has("-f", "--file"):
        scripts, operands = operands[:1], operands[1:]
    edits = arguments.has("-i", "--in-place") or any(word.text.startswith("-i") for word in invocation.args)
    for operand in operands if edits else ():
        judge.touch(Effect.MODIFY, operand, invocation)
    if not operands and edits:
        judge.findings.add(Risk.MEDIUM, "edits_file", program="sed", target="")
    if not edits and any(word.can_be_option for word in operands):
        judge.findings.add(Risk.LOW, "dynamic_argument", program="sed")
    for script in scripts:
        _sed_script(judge, script, invocation)


def _sed_script(judge: Grading, script: Word, invocation: Invocation) -> None:
    if script.unknown_at == 0:
        judge.findings.add(Risk.MEDIUM, "dynamic_code", program="sed")
    text, at = script.text, 0
    while at < len(text):
        match = _SED_COMMAND.match(text, at)
        at = match.end() if match else at
        if at >= len(text):
            break
        command = text[at]
        at += 1
        if command in "sy":
            at = _sed_substitution(judge, text, at, command, invocation)
        elif command in "wW":
            end = _line_end(text, at)
            judge.touch(Effect.CREATE, Word(text[at:end].strip()), invocation)
            at = end
        elif command == "e":
            end = _line_end(text, at)
            judge.findings.add(Risk.HIGH, "sed_runs")
            judge.text(text[at:end].strip(), invocation)
            at = end
        elif command in "aicrR#:btTqQlL":
            if command not in "qQlL":
                at = _line_end(text, at) if command not in "btT:" else _label_end(text, at)


def _sed_substitution(judge: Grading, text: str, at: int, command: str, invocation: Invocation) -> int:
    if at >= len(text):
        return at
    delimiter, parts, start = text[at], 0, at + 1
    replaced = ""
    index = start
    while index < len(text) and parts < 2:
        if text[index] == "\\":
            index += 2
            continue
        if text[index] == delimiter:
            parts += 1
            if parts == 2:
                replaced = text[start:index]
            start = index + 1
        index += 1
    flags = re.match(r"[gpiIMm\d]*", text[index:])
    index += flags.end() if flags else 0
    if command == "s":
        if text[index : index + 1] == "e":
            judge.findings.add(Risk.HIGH, "sed_runs")
            judge.text(replaced, invocation)
            index += 1
        if text[index : index + 1] == "w":
            end = _line_end(text, index)
            judge.touch(Effect.CREATE, Word(text[index + 1 : end].strip()), invocation)
            index = end
    return index


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _label_end(text: str, at: int) -> int:
    match = re.compile(r"[;\n}]").search(text, at)
    return match.start() if match else len(text)
