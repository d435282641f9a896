"""Every reason has a text in both languages."""

import re
import string
import tomllib
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Language
from fazai_tui.policy.bash import BashPolicy

ROOT = Path(__file__).parents[2]


def _reasons(folder: str) -> dict[str, str]:
    catalogue = tomllib.loads((ROOT / "config/messages" / folder / "policy.toml").read_text(encoding="utf-8"))
    texts: dict[str, str] = catalogue["reason"]
    return texts


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    portuguese, english = _reasons("pt_BR"), _reasons("en")
    assert {key: _fields(text) for key, text in portuguese.items()} == {
        key: _fields(text) for key, text in english.items()
    }


def test_every_reason_of_the_rules_has_a_text() -> None:
    named = {
        reason
        for file in (ROOT / "config/policy").glob("*.toml")
        for reason in re.findall(r'reason = "(\w+)"', file.read_text(encoding="utf-8"))
    }
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "fazai_tui/policy").glob("*.py"))
    named |= set(re.findall(r'findings\.add\(\s*Risk\.\w+(?: if [^,]+ else Risk\.\w+)?,\s*"(\w+)"', code))
    assert named - _reasons("en").keys() == set()
    assert len(named) > 90


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("table", ["corpus.toml", "hard.toml", "orders.toml"])
def test_every_reason_can_be_said(policy: BashPolicy, language: Language, table: str) -> None:
    texts = Texts(language)
    groups = tomllib.loads((Path(__file__).parent / table).read_text(encoding="utf-8"))["group"]
    for command in (command for group in groups for command in group["commands"]):
        assessment = policy.assess(command)
        said = [texts.get(reason.key, **reason.params) for reason in assessment.reasons]
        assert said or not assessment.commands, command
        assert len(set(said)) == len(said), (command, said)
