"""The policy put together for a user."""

import os
from pathlib import Path

import pytest

from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.policy_rules import plain_policy
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts

NOBODY_KNOWS = 4_000_000_000
"""The number of a user that no machine has a name for."""


def test_a_user_without_a_name_has_a_policy_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"FAZAI_HOME": str(tmp_path)}
    invocation = Invocation(Texts("en"), Paths.from_environment(environment), environment)
    monkeypatch.setattr(os, "getuid", lambda: NOBODY_KNOWS)

    assert plain_policy(invocation).assess("rm -rf ~", "/").writes
