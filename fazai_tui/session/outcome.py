"""Reading an exit status: many programs answer a question with it."""

from collections.abc import Mapping, Sequence

_ANSWERS: Mapping[str, frozenset[int]] = {
    "grep": frozenset({1}),
    "egrep": frozenset({1}),
    "zgrep": frozenset({1}),
    "rg": frozenset({1}),
    "diff": frozenset({1}),
    "cmp": frozenset({1}),
    "pgrep": frozenset({1}),
    "pidof": frozenset({1}),
    "test": frozenset({1}),
    "[": frozenset({1}),
    "dpkg": frozenset({1}),
    "dpkg-query": frozenset({1}),
    "rpm": frozenset({1}),
    "which": frozenset({1}),
    "command": frozenset({1}),
    "ping": frozenset({1, 2}),
    "getent": frozenset({2}),
    "lsof": frozenset({1}),
    "fuser": frozenset({1}),
    "id": frozenset({1}),
    "nc": frozenset({1}),
}
"""Exit statuses that mean "no", by program (their manual pages)."""

_UNIT_QUERIES = frozenset({"status", "is-active", "is-enabled", "is-failed"})
_UNIT_ANSWERS = frozenset({1, 3, 4})


def is_answer(commands: Sequence[Sequence[str]], exit_code: int | None) -> bool:
    """Tell whether an exit status other than 0 is the answer of the last command and not its failure."""
    if exit_code is None or not commands or not commands[-1]:
        return False
    program, *arguments = commands[-1]
    name = program.rpartition("/")[2]
    if name == "systemctl":
        return bool(_UNIT_QUERIES.intersection(arguments)) and exit_code in _UNIT_ANSWERS
    if name == "dpkg" and not {"-s", "-l", "-L", "--status", "--list"}.intersection(arguments):
        return False
    return exit_code in _ANSWERS.get(name, frozenset())
