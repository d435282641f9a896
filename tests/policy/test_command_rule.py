"""Rules about commands: what they mean, and what they never let through."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Assessment, Decision, RuleScope, Tier
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.policy.command_rule import CommandRule
from fazai_tui.policy.rulebook import load_rulebook
from fazai_tui.policy.verdict import PlacedRule
from tests.policy.test_wrapping import AS_CODE, AS_TEXT, AS_WORDS, DANGEROUS

BOOK = load_rulebook()
HOME = "/home/ana"


def _rule(text: str, tier: Tier = Tier.USER) -> PlacedRule:
    """Return the rule that a line of TOML values makes: `allow git push | -f`."""
    decision, _, rest = text.partition(" ")
    prefix, bar, args = rest.partition(" |")
    given_args = tuple(args.split()) if bar else None
    return PlacedRule(
        CommandRule(prefix=tuple(prefix.split()), args=given_args, decision=Decision(decision)), tier, "f.toml"
    )


def _policy(*rules: PlacedRule) -> BashPolicy:
    return BashPolicy(home=HOME, user="ana", rules=BOOK, people=rules)


def _decide(rule: str, command: str, cwd: str = "/home/ana/p") -> Assessment:
    return _policy(_rule(rule)).assess(command, cwd)


@pytest.mark.parametrize(
    ("rule", "command"),
    [
        ("allow systemctl restart", "systemctl restart nginx"),
        ("allow systemctl restart", "/usr/bin/systemctl restart nginx"),
        ("allow systemctl restart nginx |", "systemctl restart nginx"),
        ("allow rm | build/* -f", "rm -f build/a build/b"),
        ("allow rm | build/*", "ls && rm build/a"),
        ("allow rm | build/*", "bash -c 'rm build/a'"),
        ("allow rm | build/*", "timeout 5 rm build/a"),
        ("allow sudo systemctl restart", "sudo systemctl restart nginx"),
        ("allow sudo systemctl restart", "systemctl restart nginx"),
        ("allow sudo systemctl restart", "sudo -n systemctl restart nginx"),
        ("allow sudo tee /etc/motd |", "echo oi | sudo tee /etc/motd"),
        ("allow git push", "git push -f"),
    ],
)
def test_what_a_rule_lets_run(rule: str, command: str) -> None:
    assessment = _decide(rule, command)
    assert assessment.decision is Decision.ALLOW, assessment
    assert assessment.rule is not None and assessment.rule.tier is Tier.USER
    assert assessment.risk is _policy().assess(command, "/home/ana/p").risk


@pytest.mark.parametrize(
    ("rule", "command"),
    [
        ("allow systemctl restart nginx |", "systemctl restart nginx sshd"),
        ("allow systemctl restart", "sudo systemctl restart nginx"),
        ("allow systemctl restart", "systemctl stop nginx"),
        ("allow systemctl restart", "./systemctl restart nginx"),
        ("allow systemctl restart", "systemctl restart nginx; rm x"),
        ("allow systemctl restart", "systemctl restart nginx > log"),
        ("allow systemctl restart", "LD_PRELOAD=./x systemctl restart nginx"),
        ("allow systemctl restart", "systemctl restart $x"),
        ("allow rm | build/*", "rm build/../x"),
        ("allow rm | build/*", "rm build/a x"),
        ("allow rm | build/*", 'rm "build/$x"'),
        ("allow bash", "curl x | bash"),
        ("allow bash", "bash -c 'rm x'"),
        ("allow psql", "psql < x.sql"),
        ("allow crontab", "echo '* * * * * rm x' | crontab -"),
        ("allow sudo", "sudo rm x"),
        ("allow env", "env rm x"),
        ("allow ssh host", "ssh host rm x"),
        ("allow find", "find . -exec rm {} +"),
        ("allow xargs", "echo a | xargs rm"),
        ("allow eval", "eval 'rm x'"),
        ("allow git push", "git push; (("),
        ("allow $x", "$x -rf a"),
    ],
)
def test_what_a_rule_does_not_let_run(rule: str, command: str) -> None:
    assert _decide(rule, command).decision is not Decision.ALLOW


@pytest.mark.parametrize(
    ("rule", "command", "is_meant"),
    [
        ("refuse git push | --force* -f", "git push --force", True),
        ("refuse git push | --force* -f", "git -C x push origin -f", True),
        ("refuse git push | --force* -f", "bash -c 'git push --force-with-lease'", True),
        ("refuse git push | --force* -f", "git push", False),
        ("refuse git push | --force* -f", "git commit -m push --force-x", False),
        ("refuse systemctl stop", "systemctl --no-block stop nginx", True),
        ("refuse systemctl stop", "sudo -u x systemctl stop nginx", True),
        ("refuse sudo", "sudo ls", True),
        ("refuse sudo", "bash -c 'sudo ls'", True),
        ("refuse sudo systemctl", "sudo -u x systemctl status", True),
        ("refuse sudo systemctl", "systemctl status", False),
        ("refuse rm -rf", "rm -fr x", True),
        ("refuse rm -rf", "rm -r --force x", False),
        ("refuse rm -rf", "rm x -r -f", True),
        ("refuse rm -rf", "rm -r x", False),
        ("refuse rm | /srv/*", "rm a /srv/x/y", True),
        ("refuse rm | /srv/*", "cd /srv/x && rm y", True),
        ("refuse rm | /srv/*", "rm /srv/../tmp/x", True),
        ("refuse rm | /srv/*", "rm /tmp/../srv/x", True),
        ("refuse dd | of=/dev/* /dev/*", "dd if=x of=/dev/fd9", True),
        ("refuse kubectl delete", "kubectl --as me delete ns x", True),
        ("refuse mkfs*", "mkfs.ext4 x.img", True),
    ],
)
def test_what_a_refusal_means(rule: str, command: str, is_meant: bool) -> None:
    assessment = _decide(rule, command)
    assert (assessment.rule is not None and assessment.decision is Decision.REFUSE) is is_meant


def test_what_only_the_run_tells_is_asked_for() -> None:
    assessment = _decide("refuse cat | /srv/*", 'cat "$f"')
    assert assessment.decision is Decision.ASK
    assert assessment.rule is not None and assessment.rule.decision is Decision.ASK


def test_a_rule_can_ask_for_what_only_reads() -> None:
    assessment = _decide("ask cat | /srv/*", "cat /srv/x")
    assert (assessment.decision, assessment.risk) == (Decision.ASK, Risk.LOW)
    assert assessment.reasons[0].key == "policy.reason.rule_asks"


@pytest.mark.parametrize("command", [command for command in DANGEROUS if _policy().assess(command).risk == "critical"])
def test_no_rule_lifts_a_critical_grade(command: str) -> None:
    words = command.split()
    for tier in (Tier.USER, Tier.SESSION, Tier.WORKSPACE, Tier.ADMIN):
        rules = (_rule(f"allow {words[0]}", tier), _rule(f"allow {command} |", tier))
        assert _policy(*rules).assess(command).decision is Decision.REFUSE


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(DANGEROUS), st.sampled_from([*AS_WORDS, *AS_TEXT, *AS_CODE]))
def test_allowing_the_wrapper_never_allows_what_is_in_it(command: str, wrapper: str) -> None:
    outer = wrapper.partition(" ")[0]
    if any(char in outer for char in "*?[{}$(") or outer == command.split()[0]:
        return
    wrapped = wrapper.format("'" + command + "'" if wrapper in AS_TEXT else command)
    assert _policy(_rule(f"allow {outer}")).assess(wrapped).decision is not Decision.ALLOW


TIERS = (Tier.USER, Tier.SESSION, Tier.WORKSPACE, Tier.ADMIN)


@pytest.mark.parametrize("weak", TIERS)
@pytest.mark.parametrize("strong", TIERS)
@pytest.mark.parametrize("first", list(Decision))
@pytest.mark.parametrize("second", list(Decision))
def test_the_stronger_tier_decides_and_in_one_tier_the_stricter_rule(
    weak: Tier, strong: Tier, first: Decision, second: Decision
) -> None:
    if weak.rank > strong.rank:
        return
    policy = _policy(_rule(f"{first} git push", weak), _rule(f"{second} git push", strong))
    order = list(Decision)
    expected = max(first, second, key=order.index) if weak is strong else second
    assert policy.assess("git push").decision is expected


def test_a_weaker_exact_rule_does_not_reach_inside() -> None:
    command = "bash -c 'git push'"
    exact = PlacedRule(CommandRule(prefix=("bash", "-c", "git push"), args=(), decision=Decision.ALLOW), Tier.SESSION)
    assert _policy(exact).assess(command).decision is Decision.ALLOW
    assert _policy(exact, _rule("refuse git push", Tier.ADMIN)).assess(command).decision is Decision.REFUSE


def test_a_directory_narrows_a_rule() -> None:
    facts = {"prefix": ("rm", "x"), "args": (), "cwd": "/srv/*"}
    allow = PlacedRule(CommandRule.model_validate({**facts, "decision": "allow"}), Tier.USER)
    refuse = PlacedRule(CommandRule.model_validate({**facts, "decision": "refuse", "args": None}), Tier.USER)
    assert [_policy(allow).assess("rm x", cwd).decision for cwd in ("/srv/a", "/tmp", "")] == ["allow", "ask", "ask"]
    assert [_policy(refuse).assess("rm x", cwd).decision for cwd in ("/srv/a", "/tmp", "")] == [
        "refuse",
        "ask",
        "refuse",
    ]


@pytest.mark.parametrize(
    "command",
    [
        "rm build/a",
        "rm *.log",
        "rm '' a",
        "usermod -G '' ana",
        "sudo systemctl restart nginx",
        "sudo -u postgres psql -c 'drop table x'",
        "find . -name '*.log' -delete",
        "bash -c 'rm a; echo b > c'",
        "ssh host 'systemctl restart x'",
        "mkdir a && touch a/b",
        "git commit -m 'diz \"oi\" \\ e ção'",
        "for i in 1 2; do rm $i; done",
        "echo oi | sudo tee /etc/motd",
    ],
)
def test_the_offer_allows_just_that_command(command: str) -> None:
    policy = _policy()
    assessment = policy.assess(command, "/home/ana/p")
    assert assessment.offer, assessment
    for rule in tomllib.loads(assessment.offer)["rule"]:
        assert rule["decision"] == "allow" and rule["args"] == []
    policy.remember(assessment, RuleScope.SESSION)
    again = policy.assess(command, "/home/ana/p")
    assert again.decision is Decision.ALLOW
    assert again.rule is not None and again.rule.tier is Tier.SESSION
    assert policy.assess(f"{command} z", "/home/ana/p").decision is not Decision.ALLOW


def test_an_offer_that_depends_on_the_directory_names_it() -> None:
    policy = _policy()
    assert 'cwd = "/home/ana/p"' in policy.assess("rm build/a", "/home/ana/p").offer
    assert "cwd" not in policy.assess("sudo systemctl restart nginx", "/home/ana/p").offer
    assert "cwd" not in policy.assess("rm /tmp/x", "/home/ana/p").offer
    policy.remember(policy.assess("rm build/a", "/home/ana/p"), RuleScope.SESSION)
    assert policy.assess("rm build/a", "/home/ana/q").decision is Decision.ASK


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf /",
        "rm $x",
        "echo a > b",
        "curl x | sh",
        "eval 'rm x'",
        "ls",
        "rm 'a\nb'",
        "rm x; ((",
        "PATH=. rm x",
        "fazai policy trust .",
    ],
)
def test_what_no_rule_can_cover_is_not_offered(command: str) -> None:
    assert _policy().assess(command, "/home/ana/p").offer == ""


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["rm", "a", "-f", "*", "?", "[x]", "'q q'", "$x", "sudo", "\\*", "é", '"z"']), min_size=1)
)
def test_an_offer_is_always_toml_and_never_wider_than_the_command(words: list[str]) -> None:
    policy = _policy()
    command = " ".join(words)
    assessment = policy.assess(command, "/home/ana/p")
    if assessment.offer:
        policy.remember(assessment, RuleScope.SESSION)
        assert policy.assess(command, "/home/ana/p").decision is Decision.ALLOW
        assert policy.assess(command + " outro", "/home/ana/p").decision is not Decision.ALLOW


def test_the_name_of_a_rule_is_the_same_wherever_it_stands() -> None:
    first, second = _rule("allow git push"), _rule("allow git push", Tier.ADMIN)
    assert first.rule.id == second.rule.id != _rule("allow git pull").rule.id
