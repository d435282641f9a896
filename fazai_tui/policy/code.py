"""Shells, interpreters and the builtins that run text."""

import re
from dataclasses import replace

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.places import Effect
from fazai_tui.policy.rules import Arguments, told_apart
from fazai_tui.policy.script import Assignment, Invocation, Word
from fazai_tui.policy.variables import grade_assignment

_DOWNLOADERS = frozenset(
    ("curl", "wget", "fetch", "aria2c", "http", "https", "lynx", "nc", "ncat", "socat", "ftp", "scp", "ssh")
)
_STRING = re.compile(r"'''(.*?)'''|\"\"\"(.*?)\"\"\"|'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|`([^`]*)`", re.DOTALL)
_RUNS = re.compile(r"system|popen|subprocess|exec|spawn|child_process|\bqx\b|%x|shell|`|passthru|os\.", re.IGNORECASE)
_DESTROYS = re.compile(
    r"rmtree|unlink|remove|rm_r|rmSync|rmdir|rimraf|truncate|FileUtils|shutil|chmod|chown|rename|writ|delete",
    re.IGNORECASE,
)
_TRIVIAL = re.compile(
    r"\s*(?:import\s+(?:math|datetime|time|json|platform)\s*[;\n]\s*)*"
    r"(?:print|puts|console\.log|say|echo|p|print_r)\b[\s(]*(?:[\w\s+*/%.,:;()\[\]{}<>=-]|'[^']*'|\"[^\"]*\")*;?\s*"
)
_NOT_TRIVIAL = re.compile(
    r"__|\b(?:open|eval|exec|compile|input|getattr|system|qx|require|do|unlink|import_module|File|IO|fs|process)\b"
)
_CODE_OPTIONS = {
    "python": ("-c",),
    "perl": ("-e", "-E"),
    "ruby": ("-e",),
    "node": ("-e", "--eval", "-p", "--print"),
    "php": ("-r",),
    "lua": ("-e",),
    "deno": (),
    "bun": ("-e",),
    "Rscript": ("-e",),
    "osascript": ("-e",),
    "tclsh": (),
    "pypy": ("-c",),
    "nodejs": ("-e", "-p"),
    "ipython": ("-c",),
    "guile": ("-c",),
    "julia": ("-e",),
    "raku": ("-e",),
}
_INTERPOLATES = re.compile(r"[#$@%]\{|\b[fF][rR]?['\"]|\b[rR][fF]['\"]|%x|<")
_FETCHES = re.compile(r"[$`(\s]+(?:sudo\s+)?(?:curl|wget|fetch|aria2c)\b")
_PLAIN_FACTS = frozenset(("/etc/os-release", "/usr/lib/os-release", "/etc/lsb-release"))
"""Files of the system that only set variables."""
_HARMLESS_MODULES = frozenset(("json.tool", "calendar", "this", "platform", "site", "sysconfig", "tabnanny"))


def grade_shell(judge: Grading, invocation: Invocation) -> None:
    """Grade `bash`, `sh` and their like: `-c` text, a script, or what stands in the standard input."""
    values = ("-o", "-O", "+o", "+O", "--rcfile", "--init-file")
    arguments = told_apart(invocation.args, values=values, stop_at_operand=True)
    is_code = any(name == "-c" for name, _ in arguments.options)
    operands = invocation.args[arguments.operand_at[0] :] if arguments.operand_at else ()
    for file in arguments.values("--rcfile", "--init-file"):
        judge.script_file(file, invocation)
    if arguments.has("-n", "--version", "--help") and not is_code and not invocation.is_elevated:
        return
    if is_code:
        if operands:
            _shell_text(judge, operands[0], invocation, operands[1:])
    elif operands and not arguments.has("-s"):
        _from_file(judge, operands[0], invocation)
    else:
        _from_stdin(judge, invocation)


def _shell_text(judge: Grading, word: Word, invocation: Invocation, positional: tuple[Word, ...]) -> None:
    if not _grade_dynamic(judge, word, invocation):
        judge.text(word.text, replace(invocation, stdin=None), positional)


def _grade_dynamic(judge: Grading, word: Word, invocation: Invocation) -> bool:
    """Note text that only the run will tell; return whether nothing of it is known."""
    if word.is_known or "{}" in word.text:
        return False
    if _FETCHES.match(word.text):
        judge.findings.add(
            Risk.CRITICAL if invocation.is_elevated else Risk.HIGH, "remote_code", program=invocation.program
        )
    else:
        judge.findings.add(Risk.HIGH, "dynamic_code", program=invocation.program)
    return word.unknown_at == 0 and word.unknown_end == len(word.text)


def _from_file(judge: Grading, word: Word, invocation: Invocation) -> None:
    if word.source is not None:
        _from_stdin(judge, replace(invocation, stdin=word.source))
    elif word.text in ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"):
        _from_stdin(judge, invocation)
    else:
        judge.script_file(word, invocation)


def _from_stdin(judge: Grading, invocation: Invocation) -> None:
    stdin, program = invocation.stdin, invocation.program
    if stdin is None:
        judge.findings.add(Risk.HIGH if invocation.is_elevated else Risk.LOW, "opens_shell", program=program)
        return
    if stdin.file is not None:
        judge.script_file(stdin.file, invocation)
        return
    if any(producer.program in _DOWNLOADERS for producer in _behind(stdin.producers)):
        judge.findings.add(Risk.CRITICAL if invocation.is_elevated else Risk.HIGH, "remote_code", program=program)
    else:
        judge.findings.add(Risk.HIGH, "pipe_to_shell", program=program)
    if stdin.text is not None:
        judge.text(stdin.text, replace(invocation, stdin=None))


def _behind(producers: tuple[Invocation, ...]) -> list[Invocation]:
    found = list(producers)
    for producer in producers:
        # `sudo curl`, `timeout 9 wget`: any word may be the one that fetches.
        found.extend(replace(producer, words=producer.words[at:]) for at in range(1, min(4, len(producer.words))))
    return found


def grade_eval(judge: Grading, invocation: Invocation) -> None:
    """Grade `eval`: its arguments are shell text."""
    judge.findings.add(Risk.MEDIUM, "eval")
    if not any([_grade_dynamic(judge, word, invocation) for word in invocation.args]):
        judge.text(" ".join(word.text for word in invocation.args), invocation)


def grade_source(judge: Grading, invocation: Invocation) -> None:
    """Grade `source` and `.`: the file runs in this very shell."""
    if invocation.args and invocation.args[0].text not in _PLAIN_FACTS:
        _from_file(judge, invocation.args[0], invocation)


def grade_trap(judge: Grading, invocation: Invocation) -> None:
    """Grade `trap`: its text runs later."""
    operands = told_apart(invocation.args).operands
    if len(operands) > 1 and operands[0].text not in ("-", ""):
        judge.findings.add(Risk.LOW, "runs_later", program="trap")
        judge.text(operands[0].text, invocation)


def grade_alias(judge: Grading, invocation: Invocation) -> None:
    """Grade `alias`: its text runs whenever the name is typed."""
    for word in invocation.args:
        name, has_value, value = word.text.partition("=")
        if has_value:
            judge.findings.add(Risk.MEDIUM, "alias", name=name)
            judge.text(value, invocation)


def grade_export(judge: Grading, invocation: Invocation) -> None:
    """Grade variables that a wrapper's words set."""
    for word in invocation.args:
        name, has_value, value = word.text.partition("=")
        if has_value and name.isidentifier():
            grade_assignment(judge, Assignment(name, (Word(value),)))


def grade_interpreter(judge: Grading, invocation: Invocation) -> None:
    """Grade an interpreter: code in its arguments, a script, a module or what stands in the standard input."""
    base = re.sub(r"[\d.]+$", "", invocation.program)
    options = _CODE_OPTIONS.get(base, ("-e", "-c"))
    codes, arguments = _inline_code(invocation, options)
    if base in ("perl", "ruby") and any(name.startswith("-i") for name, _ in arguments.options):
        judge.findings.add(Risk.HIGH, "edits_file", program=base, target="")
    for code in codes:
        grade_code(judge, code, invocation)
    if codes:
        return
    modules = arguments.values("-m") if base in ("python", "pypy") else []
    if modules:
        if modules[0].text != "pip":
            risk = Risk.LOW if modules[0].text in _HARMLESS_MODULES else Risk.MEDIUM
            judge.findings.add(risk, "runs_module", path=modules[0].text)
        else:
            judge.run_words(invocation.args[[word.text for word in invocation.args].index("pip") :], invocation)
    elif arguments.operands:
        _interpreter_file(judge, arguments.operands[0], invocation)
    else:
        _interpreter_stdin(judge, invocation)


def _inline_code(invocation: Invocation, options: tuple[str, ...]) -> tuple[list[Word], Arguments]:
    values = (*options, "-m", "-W", "-X", "-I", "-M", "-r") if invocation.program != "node" else (*options, "-r")
    arguments = told_apart(invocation.args, values=values, stop_at_operand=True)
    return arguments.values(*options), arguments


def _interpreter_file(judge: Grading, word: Word, invocation: Invocation) -> None:
    if word.source is not None:
        _interpreter_stdin(judge, replace(invocation, stdin=word.source))
    elif word.text in ("-", "/dev/stdin"):
        _interpreter_stdin(judge, invocation)
    else:
        judge.script_file(word, replace(invocation, stdin=None))


def _interpreter_stdin(judge: Grading, invocation: Invocation) -> None:
    stdin = invocation.stdin
    if stdin is None:
        judge.findings.add(Risk.LOW, "opens_program", program=invocation.program)
        return
    if any(producer.program in _DOWNLOADERS for producer in _behind(stdin.producers)):
        judge.findings.add(
            Risk.CRITICAL if invocation.is_elevated else Risk.HIGH, "remote_code", program=invocation.program
        )
    elif stdin.text is None:
        judge.findings.add(Risk.HIGH, "pipe_to_shell", program=invocation.program)
    else:
        grade_code(judge, Word(stdin.text), invocation)


def grade_code(judge: Grading, code: Word, invocation: Invocation) -> None:
    """Grade code in a language that is not read here: by its strings and the names of what it calls."""
    text = code.text
    bare = _STRING.sub("''", text)
    is_plain = not _NOT_TRIVIAL.search(bare) and not _INTERPOLATES.search(text) and "`" not in text
    if code.is_known and is_plain and _TRIVIAL.fullmatch(text):
        judge.findings.add(Risk.LOW, "inline_code", program=invocation.program)
        return
    judge.findings.add(Risk.HIGH, "inline_code", program=invocation.program)
    strings = [next((group for group in match.groups() if group is not None), "") for match in _STRING.finditer(text)]
    if _DESTROYS.search(bare):
        for string in strings:
            word = Word(string, has_tilde=string.startswith("~"), has_glob="*" in string)
            _, risk = judge.places.risk(Effect.DELETE_MANY, word, invocation.cwd)
            if risk is Risk.CRITICAL and string.startswith(("/", "~")):
                judge.findings.add(Risk.CRITICAL, "suspect", path=string)
    if _RUNS.search(text):
        for string in (*strings, " ".join(strings)):
            if re.match(r"[\w./~-]+\s+\S", string):
                judge.text(string, replace(invocation, stdin=None))
