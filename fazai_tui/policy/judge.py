"""Grading everything that a command line would run."""

from dataclasses import replace

from fazai_tui.core.plan import Risk
from fazai_tui.policy import marks
from fazai_tui.policy.findings import Findings
from fazai_tui.policy.places import Effect, Place, Places, touched
from fazai_tui.policy.reader import ScriptReader
from fazai_tui.policy.rulebook import RuleBook
from fazai_tui.policy.rules import Arguments, Graded, Rule, grade_arguments
from fazai_tui.policy.script import Invocation, Redirect, Script, Word, plain_word
from fazai_tui.policy.special import can_read, grader
from fazai_tui.policy.whole import grade_whole
from fazai_tui.policy.wrapping import unwrap

_SYSTEM_FOLDERS = frozenset(
    ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/snap/bin", "/usr/games")
)
_NAMES_ONLY = frozenset(("echo", "printf", "ls", "stat", "test", "[", "basename", "dirname", "realpath", "file", "cd"))
"""Programs to which a path is a name, not a file to read."""
_RESERVED = frozenset("{ } ! if then else elif fi do done while until esac".split())
_NEEDED = ("all", "first", "last")
"""Operands without which it is not seen what a program writes."""
_COUNTING = frozenset(
    ("let", "read", "unset", "declare", "typeset", "export", "local", "readonly", "mapfile", "test", "[")
)
"""Builtins that evaluate the index of an array, and with it what stands in it."""
_NAMING_TARGET = frozenset(
    """
    creates_archive extracts runs_program git_loses downloads sends_over_network removes_essential starts_service
    stops_service lockout formats adds_account changes_account deletes_account kills own_access
    """.split()
)
"""Reasons whose text names what the program acts on."""
_DEEPEST = 32
_MOST_TEXTS = 200
"""Texts inside texts beyond which one command line is not followed."""
_PLACE_REASONS = {Place.DEVICE: "writes_device", Place.MAYBE_ROOT: "maybe_root", Place.NETWORK: "network_redirect"}


class Judge:
    """Grades one command line; holds what was found.

    Args:
        rules: The rules of programs.
        places: Where paths lead.
        reader: Reads shell text, also text found inside commands.
        user: The user's name; empty when unknown.
        home: The user's home directory.
    """

    def __init__(self, rules: RuleBook, places: Places, reader: ScriptReader, *, user: str, home: str) -> None:
        self.findings = Findings()
        self.places = places
        self.rules = rules
        self.user = user
        self._home = home
        self._reader = reader
        self._depth = 0
        self._scripts: list[Script] = []
        self._calls: list[str] = []
        self._seen: set[object] = set()

    def text(self, source: str, around: Invocation | None = None, positional: tuple[Word, ...] = ()) -> None:
        """Grade shell text.

        Args:
            source: The text.
            around: The command it stands in; its directory and rights are passed on.
            positional: Values of `$0`, `$1`, …
        """
        if self._depth >= _DEEPEST:
            self.findings.add(Risk.HIGH, "too_deep")
            return
        known: dict[str, str] = {"HOME": self._home, "IFS": " ", "USER": self.user or "$USER"}
        known.update({str(index): word.text for index, word in enumerate(positional) if word.is_known})
        inherited = dict(self._scripts[-1].variables) if self._scripts else {}
        if positional:
            inherited["@"] = inherited["*"] = tuple(marks.quoted(word.text) for word in positional[1:]) or ("",)
        cwd, is_elevated = (around.cwd, around.is_elevated) if around is not None else ("", False)
        identity = (source, cwd, is_elevated, tuple(inherited.items()), tuple(known.items()))
        if identity in self._seen:
            return
        self._seen.add(identity)
        if len(self._seen) > _MOST_TEXTS:
            self.findings.add(Risk.HIGH, "too_deep")
            return
        script = self._reader.read(source, known, cwd, inherited)
        self._depth += 1
        self._scripts.append(script)
        self._script(script, is_elevated=is_elevated)
        self._scripts.pop()
        self._depth -= 1

    def _script(self, script: Script, *, is_elevated: bool) -> None:
        for invocation in script.invocations:
            self.run(replace(invocation, is_elevated=True) if is_elevated else invocation)
        with self.findings.outside():
            for redirect in script.redirects:
                self._redirect(redirect)
            grade_whole(self, script)

    def run(self, invocation: Invocation) -> None:
        """Grade one command, looking through the programs that only run another."""
        while invocation.words and invocation.words[0].text in _RESERVED:
            # The parser takes `! { rm x; }` for a program called `{`.
            invocation = replace(invocation, words=invocation.words[1:])
        if not invocation.words:
            return
        if self._depth > _DEEPEST:
            self.findings.add(Risk.HIGH, "too_deep")
            return
        with self.findings.within(invocation):
            self._run(invocation)

    def _run(self, invocation: Invocation) -> None:
        head = invocation.words[0]
        if not head.is_literal or (head.has_glob and head.text not in ("[", "[[")):
            self._dynamic(invocation)
        name = invocation.program
        if len(invocation.words) == 2 and invocation.args[0].text in ("--version", "--help") and "/" not in head.text:
            self.findings.command(invocation.argv)
            return
        wrapper = self.rules.wrapper(name)
        if wrapper is not None:
            self._depth += 1
            unwrap(self, wrapper, invocation)
            self._depth -= 1
            return
        self.findings.command(invocation.argv)
        self._indices(invocation)
        is_script = "/" in head.text and head.text.rpartition("/")[0] not in _SYSTEM_FOLDERS
        if is_script:
            self.script_file(head, invocation)
        rule, special = self.rules.program(name), grader(name)
        if special is not None:
            before = self.findings.count
            special(self, invocation)
            if self.findings.count == before and rule is None and not can_read(name):
                self.findings.add(Risk.MEDIUM, "general_medium", program=name)
        if rule is not None:
            self._by_rule(rule, invocation)
        elif special is None:
            self._unknown(invocation, is_script=is_script)
        self._secrets(invocation)

    def run_words(self, words: tuple[Word, ...], around: Invocation) -> None:
        """Grade the command that words inside another command make."""
        if words:
            self.run(replace(around, words=words, assignments=()))

    def touch(self, effect: Effect, word: Word, around: Invocation) -> Risk:
        """Note that a command creates, changes or deletes a file, and return how risky that is."""
        if word.source is not None:
            return Risk.LOW
        place, risk = self.places.risk(effect, word, around.cwd)
        if risk is None:
            return Risk.LOW
        self.findings.touch(touched(effect, word, around))
        reason = _PLACE_REASONS.get(place, effect.value)
        if place is Place.EVERYTHING and risk is Risk.CRITICAL:
            reason = "everything"
        self.findings.add(risk, reason, path=word.text)
        return risk

    def script_file(self, word: Word, around: Invocation) -> None:
        """Note that a script is run; its contents are graded where the command itself writes them."""
        risk = Risk.HIGH if around.is_elevated or not word.is_known else Risk.MEDIUM
        self.findings.add(risk, "runs_script", path=word.text)
        for script in self._scripts:
            for name, contents in script.files.items():
                if name.removeprefix("./") == word.text.removeprefix("./"):
                    for content in contents:
                        self.text(content, around)

    def is_function(self, name: str) -> bool:
        """Return whether the command line itself defines a function of that name."""
        return any(name in script.functions for script in self._scripts)

    def _by_rule(self, rule: Rule, invocation: Invocation) -> None:
        name = invocation.program
        graded, applied, arguments = grade_arguments(rule, invocation.args)
        is_read = True
        for grade in graded:
            if grade.risk is not None:
                is_read = False
                self._note(grade, grade.risk, name)
        for code in arguments.values(*applied.runs):
            is_read = False
            self.findings.add(Risk.HIGH, "runs_program", program=name, target=code.text)
            self.text(code.text.lstrip(":!"), invocation)
        if not graded[0].is_decided or not is_read:
            before = self.findings.count
            self._targets(applied, arguments, invocation)
            if is_read and self.findings.count == before and any(t.operands in _NEEDED for t in applied.targets):
                self.findings.add(Risk.MEDIUM, "general_medium", program=name)
        may_change = applied.options or applied.operands or applied.most is not None or applied.targets
        if is_read and may_change and any(word.can_be_option for word in _before_dashes(invocation.args)):
            self.findings.add(Risk.LOW, "dynamic_argument", program=name)

    def _note(self, grade: Graded, risk: Risk, program: str) -> None:
        reason = grade.reason or f"general_{grade.grade}"
        if reason in _NAMING_TARGET:
            self.findings.add(risk, reason, program=program, target=grade.target)
        else:
            self.findings.add(risk, reason, program=program)

    def _targets(self, rule: Rule, arguments: Arguments, invocation: Invocation) -> None:
        operands = arguments.operands
        for target in rule.targets:
            named = arguments.values(*target.options)
            chosen: list[Word] = []
            match target.operands:
                case "all":
                    chosen = operands
                case "first":
                    chosen = operands[:1]
                case "second":
                    chosen = operands[1:2]
                case "last":
                    chosen = operands[-1:] if len(operands) > 1 and not named else []
                case "but_first":
                    chosen = operands[1:]
                case "none":
                    pass
            for word in (*named, *chosen):
                if word.text != "-":
                    self.touch(target.effect, word, invocation)

    def _redirect(self, redirect: Redirect) -> None:
        around = Invocation((), cwd=redirect.cwd)
        place = self.places.locate(redirect.target, redirect.cwd)
        if place is Place.NETWORK:
            risk = Risk.HIGH if redirect.writes else Risk.MEDIUM
            if redirect.feeds_shell:
                risk = Risk.CRITICAL
            key = "reverse_shell" if redirect.feeds_shell else "network_redirect"
            self.findings.add(risk, key, path=redirect.target.text)
        elif redirect.writes:
            effect = Effect.APPEND if ">>" in redirect.operator else Effect.CREATE
            self.touch(
                Effect.MODIFY if redirect.is_bare and effect is Effect.CREATE else effect, redirect.target, around
            )
        if not redirect.writes and self.places.is_secret(redirect.target, redirect.cwd):
            self.findings.add(Risk.MEDIUM, "reads_secret", path=redirect.target.text)

    def _secrets(self, invocation: Invocation) -> None:
        if invocation.program in _NAMES_ONLY:
            return
        for word in invocation.args:
            for text in {word.text, word.text.rpartition("=")[2], word.text.rpartition("@")[2]}:
                if (
                    "/" in text
                    and not self.findings.has_write(word.text)
                    and self.places.is_secret(replace(word, text=text), invocation.cwd)
                ):
                    self.findings.add(Risk.MEDIUM, "reads_secret", path=text)

    def _indices(self, invocation: Invocation) -> None:
        is_counting = invocation.program in _COUNTING or (invocation.program == "printf" and "-v" in invocation.argv)
        for word in invocation.args if is_counting else ():
            if word.is_known and "[" in word.text and ("$(" in word.text or "`" in word.text):
                self.findings.add(Risk.HIGH, "dynamic_code", program=invocation.program)
                self.text(f": {word.text}", invocation)

    def _dynamic(self, invocation: Invocation) -> None:
        is_open = not invocation.words[0].is_known or invocation.words[0].has_glob
        self.findings.add(Risk.HIGH if is_open else Risk.MEDIUM, "dynamic_name", program=invocation.words[0].text)
        if is_open:
            self._suspect(invocation)

    def _suspect(self, invocation: Invocation) -> None:
        # What the program is, only the run will tell: look at what it would do to the worst of its arguments.
        if any(word.text.startswith("-") for word in invocation.args):
            for word in invocation.args:
                place, risk = self.places.risk(Effect.DELETE_MANY, word, invocation.cwd)
                if risk is Risk.CRITICAL and place is not Place.VITAL:
                    self.findings.add(Risk.CRITICAL, "suspect", path=word.text)
                    return

    def _unknown(self, invocation: Invocation, *, is_script: bool) -> None:
        name = invocation.program
        args = invocation.args
        if self.is_function(name):
            self._call(invocation)
        elif not is_script and invocation.words[0].is_known:
            self.findings.add(Risk.HIGH if invocation.is_elevated else Risk.MEDIUM, "unknown_program", program=name)
        for index, word in enumerate(args):
            if word.is_literal and not word.has_glob and self._runs_others(word.text):
                self.run_words(args[index:], invocation)
                return
            if " " in word.text and word.is_known:
                self.run_words((plain_word("eval"), word), invocation)

    def _call(self, invocation: Invocation) -> None:
        # The body was graded where it stands; with arguments it may do more.
        if invocation.args and invocation.program not in self._calls:
            self._calls.append(invocation.program)
            for script in self._scripts:
                self.text(script.functions.get(invocation.program, ""), invocation, invocation.words)
            self._calls.pop()

    def _runs_others(self, name: str) -> bool:
        base = name.rpartition("/")[2]
        return self.rules.wrapper(base) is not None or base in (
            "rm",
            "dd",
            "sh",
            "bash",
            "chmod",
            "chown",
            "mv",
            "find",
        )


def _before_dashes(words: tuple[Word, ...]) -> tuple[Word, ...]:
    marks = [index for index, word in enumerate(words) if word.text == "--"]
    return words[: marks[0]] if marks else words
