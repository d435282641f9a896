"""Every command of the tables gets the grade written beside it."""

import tomllib
from pathlib import Path

import pytest

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Decision
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.policy.rulebook import RuleBook

HERE = Path(__file__).parent


def _table(name: str) -> list[tuple[str, str, str]]:
    groups = tomllib.loads((HERE / name).read_text(encoding="utf-8"))["group"]
    return [(group["risk"], group["decision"], command) for group in groups for command in group["commands"]]


CORPUS, HARD, ORDERS = _table("corpus.toml"), _table("hard.toml"), _table("orders.toml")


@pytest.mark.parametrize(("risk", "decision", "command"), [*CORPUS, *HARD, *ORDERS])
def test_grade(policy: BashPolicy, risk: str, decision: str, command: str) -> None:
    assessment = policy.assess(command)
    assert (assessment.risk, assessment.decision) == (risk, decision), assessment.reasons


def test_the_tables_hold_what_they_should() -> None:
    assert len({command for _, _, command in CORPUS}) >= 300
    assert len(HARD) == 100
    assert {risk for risk, _, _ in CORPUS} == set(Risk)


def test_no_ordinary_order_is_refused() -> None:
    assert [command for _, decision, command in ORDERS if decision == Decision.REFUSE] == []


@pytest.mark.parametrize(
    "command",
    [
        "apt-get install -y nginx",
        "useradd -m joao",
        "usermod -aG sudo joao",
        "userdel -r joao",
        "ufw --force enable",
        "ufw default deny incoming",
        "systemctl restart nginx",
        "crontab -",
        "rm logs/*.log",
        "find . -name '*.tmp' -delete",
        "kill 4242",
        "pkill stuckwrk",
        "iptables -A INPUT -p tcp --dport 23 -j DROP",
        "mount /dev/sdb1 /mnt",
        "echo 'UUID=1 /dados ext4 defaults 0 2' | sudo tee -a /etc/fstab",
        "sed -i 's/^#*PermitRootLogin.*/PermitRootLogin no/' /etc/ssh/sshd_config",
    ],
)
def test_ordinary_administration_runs_unattended(policy: BashPolicy, command: str) -> None:
    assessment = policy.assess(command)
    assert assessment.decision is Decision.ASK
    assert assessment.risk.rank <= Risk.HIGH.rank


@pytest.mark.parametrize("command", ["", "   ", "\n\n", "# só um comentário", "\t# rm -rf /\n"])
def test_nothing_to_run_is_harmless(policy: BashPolicy, command: str) -> None:
    assessment = policy.assess(command)
    assert (assessment.risk, assessment.decision, assessment.commands) == (Risk.LOW, Decision.ALLOW, ())


def test_reasons_stand_gravest_first_and_once(policy: BashPolicy) -> None:
    assessment = policy.assess("touch a; rm -rf /; touch a; kill 7; rm -rf /")
    assert [reason.key.removeprefix("policy.reason.") for reason in assessment.reasons] == [
        "everything",
        "kills",
        "create",
    ]


def test_writes_are_as_written(policy: BashPolicy) -> None:
    assert policy.assess("rm -f 'a b.txt' logs/*.log; echo x > out.txt").writes == ("a b.txt", "logs/*.log", "out.txt")


def test_wrappers_are_looked_through(policy: BashPolicy) -> None:
    assert policy.assess("sudo -u root env A=1 timeout 5 rm -f x").commands == (("rm", "-f", "x"),)


@pytest.mark.parametrize(
    ("cwd", "command", "risk"),
    [
        ("/", "rm -rf *", Risk.CRITICAL),
        ("/", "rm -rf .", Risk.CRITICAL),
        ("/etc", "rm -rf ./*", Risk.CRITICAL),
        ("/etc", "echo x > passwd", Risk.CRITICAL),
        ("/dev", "mkfs.ext4 sdb1", Risk.CRITICAL),
        ("/home/ana", "rm -rf *", Risk.CRITICAL),
        ("/home/ana", "echo x >> .bashrc", Risk.HIGH),
        ("/home/ana", "rm -rf build", Risk.HIGH),
        ("/home/ana", "touch nota", Risk.LOW),
        ("/home/ana/p", "rm -rf ..", Risk.CRITICAL),
        ("/home/ana/p", "cd .. && rm -rf *", Risk.CRITICAL),
        ("/home/ana/p", "cd q && rm -rf *", Risk.HIGH),
        ("/home/ana", "cd ../.. && chmod -R 777 .", Risk.CRITICAL),
        ("/", "cd etc && rm -rf *", Risk.CRITICAL),
        ("/home/ana/p", "rm -rf *", Risk.HIGH),
        ("/tmp/x", "touch nota", Risk.LOW),
        ("/opt/app", "touch nota", Risk.LOW),
        ("/var/www/html", "touch nota", Risk.LOW),
        ("/var/lib", "rm -rf dpkg", Risk.CRITICAL),
        ("/etc/nginx", "touch nota", Risk.HIGH),
    ],
)
def test_where_one_stands_counts(policy: BashPolicy, cwd: str, command: str, risk: Risk) -> None:
    assert policy.assess(command, cwd).risk is risk


def test_own_rules_are_out_of_reach(rules: RuleBook) -> None:
    policy = BashPolicy(home="/home/ana", rules=rules, own=("/srv/fz/config",))
    assert policy.assess("echo x > /srv/fz/config/policy.d/a.toml").risk is Risk.CRITICAL
    assert policy.assess("echo x > /srv/fz/outro").risk is not Risk.CRITICAL


def test_the_own_account_counts_more(rules: object) -> None:
    assert BashPolicy(home="/home/bia", user="bia").assess("userdel bia").risk is Risk.CRITICAL
    assert BashPolicy(home="/home/ana", user="ana").assess("userdel bia").risk is Risk.HIGH


@pytest.mark.parametrize("home", ["/", "", "relativo"])
def test_a_home_that_is_none_protects_nothing_and_breaks_nothing(home: str) -> None:
    policy = BashPolicy(home=home)
    assert policy.assess("rm -rf /").decision is Decision.REFUSE
    assert policy.assess("echo x > nota.txt").risk is Risk.LOW
