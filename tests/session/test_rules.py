"""Rules of people in a session: what they let run, what they stop, and how an answer becomes one."""

import os
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ApprovalDecided, ApprovalRequested, MessageProduced
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply, Decision, RuleScope, Tier
from fazai_tui.policy.approved import ApprovedRules
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.policy.command_rule import CommandRule
from fazai_tui.policy.verdict import PlacedRule
from tests.session.conftest import RUN, Opener, plan

ASKING = ApprovalPolicy.UNTRUSTED
TWICE = plan("touch made", "touch made")


def rule(decision: Decision, *prefix: str, tier: Tier = Tier.USER, reason: str = "") -> PlacedRule:
    """Return a rule without arguments."""
    return PlacedRule(CommandRule(prefix=prefix, decision=decision, reason=reason), tier, "/etc/x.toml", 1)


def with_rules(*rules: PlacedRule, folder: Path | None = None) -> BashPolicy:
    """Return the shipped policy with rules of people."""
    approved = ApprovedRules(folder, Texts("en")) if folder else None
    return BashPolicy(home=os.environ.get("HOME", "/root"), people=rules, approved=approved)


@pytest.mark.parametrize("approval", [ASKING, ApprovalPolicy.ON_REQUEST])
async def test_what_a_rule_allows_is_not_asked_for(open_session: Opener, approval: ApprovalPolicy) -> None:
    rules = with_rules(rule(Decision.ALLOW, "chmod"), rule(Decision.ALLOW, "touch"))
    bench = await open_session(plan("touch made", "chmod 600 made"), rules=rules, approval=approval)
    assert await bench.order() == "fulfilled"
    assert bench.of(ApprovalRequested) == []
    assert [decided.decided_by for decided in bench.of(ApprovalDecided)] == ["policy", "policy"]


@pytest.mark.parametrize("approval", list(ApprovalPolicy))
@pytest.mark.parametrize("can_ask", [True, False])
async def test_what_a_rule_refuses_runs_for_nobody(
    open_session: Opener, approval: ApprovalPolicy, can_ask: bool
) -> None:
    rules = with_rules(rule(Decision.REFUSE, "touch", reason="hands off", tier=Tier.ADMIN))
    bench = await open_session(rules=rules, approval=approval, can_ask=can_ask, replies=[RUN])
    assert await bench.order("!touch made") == "declined"
    assert bench.of(ApprovalRequested) == [] and os.listdir(bench.folder) == []
    assert "hands off" in bench.message and "/etc/x.toml" in bench.message


async def test_an_edit_does_not_get_round_a_refusal(open_session: Opener) -> None:
    rules = with_rules(rule(Decision.REFUSE, "mkdir"))
    reply = ApprovalReply(decision=ApprovalDecision.RUN, command="env mkdir d")
    bench = await open_session(rules=rules, approval=ASKING, replies=[reply])
    assert await bench.order("!touch made") == "declined"
    assert os.listdir(bench.folder) == []


async def test_what_a_rule_asks_for_is_asked_even_where_nothing_is(open_session: Opener) -> None:
    rules = with_rules(rule(Decision.ASK, "ls"))
    bench = await open_session(rules=rules, approval=ASKING, can_ask=True, replies=[RUN])
    assert await bench.order("!ls") == "fulfilled"
    assert len(bench.of(ApprovalRequested)) == 1

    bench = await open_session(rules=rules, approval=ASKING, can_ask=False)
    assert await bench.order("!ls") == "declined"


@pytest.mark.parametrize("can_ask", [True, False])
async def test_where_nobody_is_to_be_asked_a_rule_of_ones_own_asks_nobody(open_session: Opener, can_ask: bool) -> None:
    bench = await open_session(
        rules=with_rules(rule(Decision.ASK, "touch")), approval=ApprovalPolicy.NEVER, can_ask=can_ask
    )
    assert await bench.order("!touch made") == "fulfilled"
    assert bench.of(ApprovalRequested) == []


async def test_the_machines_rule_is_not_loosened_by_asking_nobody(open_session: Opener) -> None:
    rules = with_rules(rule(Decision.ASK, "touch", tier=Tier.ADMIN))
    bench = await open_session(rules=rules, approval=ApprovalPolicy.NEVER, can_ask=False)
    assert await bench.order("!touch made") == "declined"
    assert os.listdir(bench.folder) == []


async def test_the_rest_of_a_plan_does_not_skip_what_a_rule_asks_for(open_session: Opener) -> None:
    rest = ApprovalReply(decision=ApprovalDecision.APPROVE_REST)
    rules = with_rules(rule(Decision.ASK, "mkdir"))
    bench = await open_session(plan("touch a", "mkdir b", "touch c"), rules=rules, approval=ASKING, replies=[rest, RUN])
    assert await bench.order() == "fulfilled"
    assert [event.card.assessment.command for event in bench.of(ApprovalRequested)] == ["touch a", "mkdir b"]


async def test_an_answer_for_the_session_holds_until_its_end(open_session: Opener, tmp_path: Path) -> None:
    folder = tmp_path / "policy.d"
    session = ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.SESSION)
    bench = await open_session(TWICE, TWICE, rules=with_rules(folder=folder), approval=ASKING, replies=[session])
    assert await bench.order() == "fulfilled"
    assert await bench.order() == "fulfilled"
    assert len(bench.of(ApprovalRequested)) == 1
    assert not folder.exists()
    assert any("this session" in event.text and "[[rule]]" in event.text for event in bench.of(MessageProduced))


async def test_an_answer_for_good_is_kept_and_says_how_to_take_it_back(open_session: Opener, tmp_path: Path) -> None:
    folder = tmp_path / "policy.d"
    always = ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.ALWAYS)
    bench = await open_session(TWICE, rules=with_rules(folder=folder), approval=ASKING, replies=[always])
    assert await bench.order() == "fulfilled"
    assert len(bench.of(ApprovalRequested)) == 1
    said = next(event.text for event in bench.of(MessageProduced) if "[[rule]]" in event.text)
    assert "fazai policy remove " in said and str(folder / "approved.toml") in said
    assert 'prefix = ["touch", "made"]' in (folder / "approved.toml").read_text(encoding="utf-8")


async def test_a_rule_that_cannot_be_kept_is_said_and_the_command_runs(open_session: Opener, tmp_path: Path) -> None:
    (tmp_path / "policy.d").write_text("in the way")
    always = ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.ALWAYS)
    bench = await open_session(rules=with_rules(folder=tmp_path / "policy.d"), approval=ASKING, replies=[always])
    assert await bench.order("!touch made") == "fulfilled"
    assert os.listdir(bench.folder) == ["made"]
    assert any("cannot be written" in event.text for event in bench.of(MessageProduced))


async def test_a_critical_command_makes_no_rule(open_session: Opener) -> None:
    always = ApprovalReply(decision=ApprovalDecision.RUN, scope=RuleScope.ALWAYS)
    bench = await open_session(
        rules=with_rules(), approval=ASKING, replies=[always, ApprovalReply(decision=ApprovalDecision.DECLINE)]
    )
    assert await bench.order("!wipefs -a /dev/sdzz") == "declined"
    assert bench.of(ApprovalRequested)[0].card.assessment.offer == ""
