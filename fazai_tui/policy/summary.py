"""An overview of the rules, for people."""

from fazai_tui.policy.rulebook import RuleBook
from fazai_tui.policy.rules import ProgramRule, Rule
from fazai_tui.policy.special import SPECIAL


def summarize(rules: RuleBook) -> dict[str, list[str]]:
    """Return the programs the rules name, by group.

    The groups are `reads` (read-only whatever the arguments), `some` (read-only with some arguments), the risks of the
    others, and `wrappers` (looked through).
    """
    groups: dict[str, list[str]] = {name: [] for name in ("reads", "some", "low", "medium", "high", "critical")}
    for program in rules.programs:
        groups[_group(program)].extend(program.names)
    known = {name for names in groups.values() for name in names}
    groups["some"].extend(name for name in SPECIAL if name not in known)
    groups["wrappers"] = [name for wrapper in rules.wrappers for name in wrapper.names]
    return {name: sorted(set(names)) for name, names in groups.items() if names}


def _group(program: ProgramRule) -> str:
    if program.grade == "read" and not (program.options or program.operands or program.targets or program.verbs):
        return "some" if any(name in SPECIAL for name in program.names) else "reads"
    return (
        "some"
        if program.targets == () and _can_read(program)
        else ("low" if program.grade == "read" else program.grade)
    )


def _can_read(rule: Rule) -> bool:
    grades = {rule.grade, rule.bare, *(option.grade for option in rule.options if option.decides)}
    return "read" in grades or any(_can_read(verb) for verb in rule.verbs)
