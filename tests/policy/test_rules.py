"""Rules as data."""

from pathlib import Path

import pytest

from fazai_tui.core.errors import ConfigurationError
from fazai_tui.policy.rulebook import RuleBook, load_rulebook
from fazai_tui.policy.rules import OperandRule, OptionRule, Rule, VerbRule, grade_arguments, option_matches, told_apart
from fazai_tui.policy.script import Word
from fazai_tui.policy.summary import summarize


def _words(text: str) -> list[Word]:
    return [Word(part) for part in text.split()]


def test_options_and_operands() -> None:
    found = told_apart(_words("-abc x --name=v --other w -n 5 -- -y"), values=("-n", "--other"))
    assert [name for name, _ in found.options] == ["-a", "-b", "-c", "--name", "--other", "-n"]
    assert [word.text for word in found.values("--name", "--other", "-n")] == ["v", "w", "5"]
    assert [word.text for word in found.operands] == ["x", "-y"]


def test_a_value_ends_a_group() -> None:
    found = told_apart(_words("-xk2,2o -tx"), values=("-k", "-t"))
    assert [name for name, _ in found.options] == ["-x", "-k", "-t"]
    assert [word.text for word in found.values("-k", "-t")] == ["2,2o", "x"]


def test_abbreviations_raise_but_never_lower() -> None:
    assert option_matches("--outp", "--output")
    assert not option_matches("--o", "--output")
    rule = Rule(grade="high", options=(OptionRule(names=("--list",), grade="read", decides=True),))
    assert grade_arguments(rule, _words("--list"))[0][0].grade == "read"
    assert grade_arguments(rule, _words("--lis"))[0][0].grade == "high"


def test_a_verb_replaces_the_grade_and_options_before_it_still_count() -> None:
    rule = Rule(
        grade="high",
        bare="read",
        values=("-C",),
        options=(
            OptionRule(names=("-H",), grade="critical"),
            OptionRule(names=("-o",), grade="medium", everywhere=True),
        ),
        verbs=(VerbRule(names=("status",), grade="read"),),
    )
    grades = {
        text: {graded.grade for graded in grade_arguments(rule, _words(text))[0]}
        for text in ("", "status", "-C d status", "-H status", "status -H", "status -o", "drop")
    }
    assert grades == {
        "": {"read"},
        "status": {"read"},
        "-C d status": {"read"},
        "-H status": {"read", "critical"},
        "status -H": {"read"},
        "status -o": {"read", "medium"},
        "drop": {"high"},
    }


def test_operands_by_pattern() -> None:
    rule = Rule(grade="read", operands=(OperandRule(match="[^+].*", grade="high"),))
    assert [graded.grade for graded in grade_arguments(rule, _words("+%F"))[0]] == ["read"]
    assert [graded.grade for graded in grade_arguments(rule, _words("0101"))[0]] == ["read", "high"]


def test_the_shipped_rules_name_known_programs(rules: RuleBook) -> None:
    assert rules.program("mkfs.ext4") is rules.program("mkfs")
    assert rules.program("pip3.11") is rules.program("pip")
    assert rules.program("no-such-program") is None
    assert rules.wrapper("sudo") is not None


def test_the_overview_holds_every_program_once(rules: RuleBook) -> None:
    groups = summarize(rules)
    names = [name for group, members in groups.items() if group != "wrappers" for name in members]
    assert len(names) == len(set(names))
    assert {"cat", "ls"} <= set(groups["reads"])
    assert "sudo" in groups["wrappers"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[[program]]\nnames = ['x']\ngrade = 'harmless'\n", "extra.toml"),
        ("[[program]]\nname = ['x']\n", "extra.toml"),
        ("[[program]\n", "extra.toml"),
        ("[[program]]\nnames = ['x']\n[[wrapper]]\nnames = ['x']\n", "more than one rule for x"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "extra.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=part):
        load_rulebook(tmp_path)
