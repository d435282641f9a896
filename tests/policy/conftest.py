"""The policy under test, for the user ana."""

import pytest

from fazai_tui.policy.bash import BashPolicy
from fazai_tui.policy.reader import ScriptReader
from fazai_tui.policy.rulebook import RuleBook, load_rulebook


@pytest.fixture(scope="session")
def rules() -> RuleBook:
    """Return the shipped rules."""
    return load_rulebook()


@pytest.fixture(scope="session")
def policy(rules: RuleBook) -> BashPolicy:
    """Return the policy with the shipped rules."""
    return BashPolicy(home="/home/ana", user="ana", rules=rules)


@pytest.fixture(scope="session")
def reader() -> ScriptReader:
    """Return a reader of shell text."""
    return ScriptReader()
