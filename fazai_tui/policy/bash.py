"""The policy: grades bash command lines by code."""

import tomllib
from collections.abc import Sequence
from functools import cached_property

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, RuleScope, StoredRule, Tier
from fazai_tui.policy.approved import ApprovedRules
from fazai_tui.policy.command_rule import CommandRule, Match
from fazai_tui.policy.findings import Findings
from fazai_tui.policy.judge import Judge
from fazai_tui.policy.lockout import lockout_of
from fazai_tui.policy.places import Places
from fazai_tui.policy.reader import ScriptReader
from fazai_tui.policy.rulebook import RuleBook, load_rulebook
from fazai_tui.policy.verdict import PlacedRule, Verdict


class BashPolicy:
    """Implements `core.ports.PolicyEngine` for bash text.

    The rules are read at the first assessment; importing this module loads the parser (about 20 ms).

    Args:
        home: The user's home directory.
        user: The user's name; empty when unknown.
        rules: The rules of programs; None for the shipped ones.
        own: Directories with FazAI's own settings and rules.
        people: The rules of people about commands.
        approved: Keeps the rules taken from approvals for good; None where none can be kept.
    """

    def __init__(
        self,
        *,
        home: str,
        user: str = "",
        rules: RuleBook | None = None,
        own: tuple[str, ...] = (),
        people: Sequence[PlacedRule] = (),
        approved: ApprovedRules | None = None,
    ) -> None:
        self._people = tuple(people)
        self._approved = approved
        self._home = home
        self._own = own
        self._user = user
        self._given = rules
        self._reader = ScriptReader()

    @cached_property
    def rules(self) -> RuleBook:
        """The rules in force."""
        return self._given if self._given is not None else load_rulebook()

    @cached_property
    def _places(self) -> Places:
        return Places(self.rules.places, home=self._home, own=self._own)

    def assess(self, command: str, cwd: str = "") -> Assessment:
        """Grade a command line that would run in a directory; nothing is run."""
        findings = self._findings(command, cwd)
        assessment = Verdict(findings, self._people, self.rules, cwd).assessment(command)
        lockout = lockout_of(findings, cwd, user=self._user)
        return assessment.model_copy(update={"lockout": lockout}) if lockout.subjects else assessment

    def means(self, rule: CommandRule, command: str) -> bool:
        """Return whether a rule means a command line, or one of the commands in it."""
        for ran in self._findings(command, "").ran:
            program = self.rules.program(ran.invocation.program)
            if rule.meaning(ran.invocation, "", program.values if program is not None else ()) >= Match.YES:
                return True
        return False

    def remember(self, assessment: Assessment, scope: RuleScope) -> StoredRule:
        """Take the rules that an assessment offers, for the session or for good.

        Raises:
            ConfigurationError: They cannot be written.
        """
        found = tomllib.loads(assessment.offer).get("rule", [])
        rules = [CommandRule.model_validate(facts) for facts in found]
        if scope is RuleScope.ALWAYS and self._approved is not None:
            stored = self._approved.add(rules)
            placed = [PlacedRule(rule, Tier.USER, stored.file) for rule in rules]
        else:
            stored = StoredRule(ids=tuple(rule.id for rule in rules))
            placed = [PlacedRule(rule, Tier.SESSION) for rule in rules]
        self._people = (*self._people, *placed)
        return stored

    def _findings(self, command: str, cwd: str) -> Findings:
        judge = Judge(self.rules, self._places.seen_from(cwd), self._reader, user=self._user, home=self._home)
        try:
            judge.text(command)
        except RecursionError:
            # Nested beyond what Python follows: nothing that a person or a model means well.
            judge.findings.add(Risk.HIGH, "too_deep")
        return judge.findings
