"""Deciding on a command line: what its grade says, and what the rules of files and of the session say over it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import AppliedRule, Assessment, Decision, Reason, Tier
from fazai_tui.policy.command_rule import CommandRule, Match, written_program
from fazai_tui.policy.findings import Blame, Findings, Ran
from fazai_tui.policy.rulebook import RuleBook

_STRICTNESS = (Decision.ALLOW, Decision.ASK, Decision.REFUSE)


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """A rule and where it comes from.

    Attributes:
        source: The file; empty for a rule of the session.
        line: Where it begins in the file.
    """

    rule: CommandRule
    tier: Tier
    source: str = ""
    line: int = 0

    def applied(self, decision: Decision) -> AppliedRule:
        """Return the rule as an assessment names it."""
        return AppliedRule(
            id=self.rule.id, tier=self.tier, decision=decision, source=self.source, reason=self.rule.reason
        )


@dataclass(frozen=True, slots=True)
class _Hit:
    applied: AppliedRule
    is_exact: bool = False

    @property
    def weight(self) -> tuple[int, int]:
        return self.applied.tier.rank, _STRICTNESS.index(self.applied.decision)


class Verdict:
    """Decides on one command line by its findings.

    Args:
        findings: What grading brought to light.
        rules: The rules of people, in any order.
        book: The rules of programs; tells which options take a value.
        cwd: The directory the command line would run in; empty when unknown.
    """

    def __init__(self, findings: Findings, rules: Sequence[PlacedRule], book: RuleBook, cwd: str) -> None:
        self._findings = findings
        self._book = book
        self._cwd = cwd
        self._hits: list[list[_Hit]] = [self._hits_of(ran, rules) for ran in findings.ran]

    def assessment(self, command: str) -> Assessment:
        """Return the grade with the decision."""
        graded = self._findings.assessment(command)
        decided = [hit for index in range(len(self._hits)) if (hit := self._deciding(index)) is not None]
        strict = [hit for hit in decided if hit.applied.decision is not Decision.ALLOW]
        if strict:
            return self._by_rule(graded, max(strict, key=lambda hit: (hit.weight[1], hit.weight[0])).applied)
        if graded.decision is not Decision.ASK:
            return graded
        left = [blame for blame in self._findings.blamed if not self._is_allowed(blame)]
        if left:
            return graded.model_copy(update={"offer": self._offer(left)})
        rule = max(decided, key=lambda hit: hit.weight).applied
        return graded.model_copy(update={"decision": Decision.ALLOW, "rule": rule})

    def _by_rule(self, graded: Assessment, rule: AppliedRule) -> Assessment:
        key = "rule_refuses" if rule.decision is Decision.REFUSE else "rule_asks"
        reason = Reason(
            key=f"policy.reason.{key}{'_why' if rule.reason else ''}",
            params={"source": rule.source or rule.tier.value, "why": rule.reason},
        )
        decision = Decision.REFUSE if graded.decision is Decision.REFUSE else rule.decision
        return graded.model_copy(
            update={"decision": decision, "rule": rule, "reasons": (reason, *graded.reasons), "offer": ""}
        )

    def _hits_of(self, ran: Ran, rules: Sequence[PlacedRule]) -> list[_Hit]:
        if not rules:
            return []
        program = self._book.program(ran.invocation.program)
        wrapper = self._book.wrapper(ran.invocation.program)
        values = program.values if program is not None else wrapper.values if wrapper is not None else ()
        hits: list[_Hit] = []
        for placed in rules:
            found = placed.rule.meaning(ran.invocation, self._cwd, values)
            if found is Match.NO:
                continue
            decision = placed.rule.decision
            if found is Match.MAYBE and decision is Decision.REFUSE:
                decision = Decision.ASK
            hits.append(_Hit(placed.applied(decision), found is Match.EXACT))
        return hits

    def _deciding(self, index: int) -> _Hit | None:
        """Return what decides on a command: the strongest tier, and in it the strictest rule."""
        hits = [*self._hits[index], *(hit for hit in self._around(index) if hit.is_exact)]
        return max(hits, key=lambda hit: hit.weight, default=None)

    def _around(self, index: int) -> list[_Hit]:
        hits: list[_Hit] = []
        place = self._findings.ran[index].around
        while place >= 0:
            hits.extend(hit for hit in self._hits[place] if hit.applied.decision is Decision.ALLOW)
            place = self._findings.ran[place].around
        return hits

    def _is_allowed(self, blame: Blame) -> bool:
        if blame.risk is Risk.CRITICAL or blame.ran < 0:
            return False
        hits = self._around(blame.ran)
        own = [hit for hit in self._hits[blame.ran] if hit.applied.decision is Decision.ALLOW]
        return any(hit.is_exact for hit in (*hits, *own)) or (blame.is_own and bool(own))

    def _offer(self, left: Sequence[Blame]) -> str:
        """Return rules for just the outermost commands that need asking, as TOML."""
        if any(blame.risk is Risk.CRITICAL or blame.ran < 0 for blame in left):
            return ""
        local: dict[int, bool] = {}
        for blame in left:
            index = self._outermost(blame.ran)
            local[index] = local.get(index, False) or blame.is_local
        drafts = [self._draft(self._findings.ran[index], is_local=local[index]) for index in sorted(local)]
        return "\n".join(drafts) if all(drafts) else ""

    def _outermost(self, index: int) -> int:
        while self._findings.ran[index].around >= 0:
            index = self._findings.ran[index].around
        return index

    def _draft(self, ran: Ran, *, is_local: bool) -> str:
        texts = [written_program(ran.invocation), *(word.text for word in ran.invocation.args)]
        has_break = any(char in text for text in texts for char in "\n\r\0")
        if has_break or not texts[0] or any(char in "*?[" for char in texts[0]) or (is_local and not self._cwd):
            return ""
        rule = CommandRule(
            prefix=tuple(_escaped(text) for text in texts),
            args=(),
            cwd=_escaped(self._cwd) if is_local else "",
            decision=Decision.ALLOW,
        )
        return rule_text(rule) if rule.meaning(ran.invocation, self._cwd) is Match.EXACT else ""


def rule_text(rule: CommandRule) -> str:
    """Return a rule as TOML."""
    facts: dict[str, object] = {"decision": rule.decision.value, "prefix": rule.prefix}
    if rule.args is not None:
        facts["args"] = rule.args
    if rule.cwd:
        facts["cwd"] = rule.cwd
    if rule.reason:
        facts["reason"] = rule.reason
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items())
    return "\n".join(("[[rule]]", *lines)).replace("\x7f", "\\u007f") + "\n"


def _escaped(text: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)
