"""The policy put together: the rules of programs, and those of the user, the workspace and the machine."""

import os
import pwd
from collections.abc import Sequence

from fazai_tui.cli.invocation import Invocation
from fazai_tui.policy.approved import ApprovedRules
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.policy.rule_files import CommandRules, RuleFiles
from fazai_tui.policy.trust import trust_record
from fazai_tui.policy.verdict import PlacedRule


def plain_policy(invocation: Invocation, people: Sequence[PlacedRule] = ()) -> BashPolicy:
    """Return the policy of this user with the given rules of people."""
    name, folder = _account(os.getuid())
    home = invocation.environment.get("HOME") or folder
    approved = ApprovedRules(invocation.paths.policy_dir, invocation.texts)
    own = (str(invocation.paths.config_dir), str(trust_record(invocation.paths)))
    return BashPolicy(home=home, user=name, own=own, people=people, approved=approved)


def rule_files(invocation: Invocation) -> RuleFiles:
    """Return what reads rule files."""
    return RuleFiles(invocation.texts, plain_policy(invocation).means)


def load_policy(invocation: Invocation, cwd: str) -> tuple[BashPolicy, CommandRules]:
    """Return the policy in force in a directory, and what was found in files.

    Raises:
        ConfigurationError: A rule file does not do.
    """
    found = rule_files(invocation).load(invocation.paths, cwd)
    return plain_policy(invocation, found.rules), found


def _account(number: int) -> tuple[str, str]:
    """Return a user's name and home; in a container the number may be all there is."""
    try:
        account = pwd.getpwuid(number)
    except KeyError:
        return str(number), "/"
    return account.pw_name, account.pw_dir
