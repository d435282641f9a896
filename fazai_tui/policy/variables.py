"""Variables that make programs run other programs."""

import re

from fazai_tui.core.plan import Risk
from fazai_tui.policy.grading import Grading
from fazai_tui.policy.script import Assignment

_COMMANDS = re.compile(
    r"(GIT_)?(PAGER|EDITOR|VISUAL|SSH|SSH_COMMAND|ASKPASS|EXTERNAL_DIFF|SEQUENCE_EDITOR|PROXY_COMMAND)|PROMPT_COMMAND|"
    r"MANPAGER|SYSTEMD_PAGER|SYSTEMD_EDITOR|LESSOPEN|LESSCLOSE|BROWSER|SUDO_ASKPASS|SSH_ASKPASS|FCEDIT|RSYNC_RSH|PS[0124]"
)
_LOADERS = re.compile(
    r"LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|PERL5LIB|PERL5OPT|"
    r"RUBYLIB|RUBYOPT|NODE_OPTIONS|NODE_PATH|GIT_EXEC_PATH|GIT_CONFIG.*|GIT_DIR|GIT_TEMPLATE_DIR|BASH_FUNC_.*|IFS|"
    r"JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GCONV_PATH|MALLOC_.*|TAR_OPTIONS|GREP_OPTIONS|LESS|MANOPT|JOURNAL_.*_COMMAND"
)
_HARMLESS = frozenset(("cat", "less", "more", "true", "", "most", "less -R", "less -F", "less -FRX"))


def grade_assignment(judge: Grading, assignment: Assignment) -> None:
    """Grade what setting a variable does to the commands that follow."""
    name = assignment.name
    if name == "PATH":
        judge.findings.add(Risk.MEDIUM, "search_path")
    elif _COMMANDS.fullmatch(name):
        for value in assignment.values:
            if value.text not in _HARMLESS:
                judge.findings.add(Risk.MEDIUM, "variable_runs", name=name)
                judge.text(value.text)
    elif _LOADERS.fullmatch(name) and any(value.text for value in assignment.values):
        judge.findings.add(Risk.HIGH, "variable_loads", name=name)
