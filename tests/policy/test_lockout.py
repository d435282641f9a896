"""Which commands could lock people out, told from their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.core.lockout import Lockout
from fazai_tui.policy.bash import BashPolicy

POLICY = BashPolicy(home="/root", user="root")
WRAPPERS = (
    "sudo {}",
    "doas {}",
    "env A=1 {}",
    "nice -n 5 {}",
    "timeout 5 {}",
    "nohup {}",
    "sh -c '{}'",
    "( {} )",
    "{} &",
)


def lockout(command: str, cwd: str = "/root") -> Lockout:
    """Return what a command could lock people out by."""
    return POLICY.assess(command, cwd).lockout


@pytest.mark.parametrize(
    ("command", "subject"),
    [
        ("nft flush ruleset", "firewall"),
        ("iptables -P INPUT DROP", "firewall"),
        ("ip6tables-restore < /tmp/rules", "firewall"),
        ("ufw --force enable", "firewall"),
        ("firewall-cmd --reload", "firewall"),
        ("systemctl stop nftables.service", "firewall"),
        ("cp new.conf /etc/nftables.conf", "firewall"),
        ("ip link set eth0 down", "network"),
        ("ip -6 addr flush dev eth0", "network"),
        ("ip ro del default", "network"),
        ("ifdown eth0", "network"),
        ("nmcli connection down office", "network"),
        ("netplan apply", "network"),
        ("service networking restart", "network"),
        ("rm /etc/netplan/50-cloud.yaml", "network"),
        ("echo 'Port 2222' >> /etc/ssh/sshd_config", "ssh"),
        ("sed -i s/yes/no/ /etc/ssh/sshd_config", "ssh"),
        ("rm -rf /etc/ssh/sshd_config.d/*", "ssh"),
        ("systemctl disable --now ssh", "ssh"),
        ("pkill sshd", "ssh"),
        ("apt-get purge -y openssh-server", "ssh"),
        ("rm -rf ~/.ssh", "ssh"),
        ("> /home/ana/.ssh/authorized_keys", "ssh"),
        ("find /etc/ssh -name '*.conf' -delete", "ssh"),
        ("visudo -f /etc/sudoers.d/ana", "sudo"),
        ("tee /etc/sudoers.d/ana <<< 'ana ALL=(ALL) ALL'", "sudo"),
        ("gpasswd -d ana sudo", "sudo"),
        ("chmod 777 /etc/sudoers", "sudo"),
    ],
)
def test_what_people_come_in_by(command: str, subject: str) -> None:
    assert subject in lockout(command).subjects


@pytest.mark.parametrize(
    "command",
    [
        "nft list ruleset",
        "iptables -L -n",
        "ufw status verbose",
        "ip a",
        "ip route show",
        "systemctl status ssh",
        "cat /etc/ssh/sshd_config",
        "grep -r root /etc/sudoers.d",
        "sshd -t",
        "visudo -c",
        "touch /etc/motd",
        "cp app.conf /etc/",
        "systemctl restart nginx",
        "ip netns exec blue ip link set eth0 down",
        "ip -n blue link set eth0 down",
        "unshare -n ip link set lo up",
        "ssh web1 'sudo ufw enable'",
        "ssh web1 'echo x >> /etc/ssh/sshd_config'",
        "docker exec web iptables -F",
        "rm ~/.ssh/known_hosts.old",
    ],
)
def test_what_locks_nobody_out_of_this_machine(command: str) -> None:
    assert lockout(command) == Lockout()


def test_the_directory_counts() -> None:
    assert lockout("echo x >> sshd_config", "/etc/ssh").paths == ("/etc/ssh/sshd_config",)
    assert lockout("cd /etc && rm sudoers").paths == ("/etc/sudoers",)
    assert lockout("echo x >> sshd_config", "/root") == Lockout()


def test_a_directory_above_is_guarded_by_its_places() -> None:
    found = lockout("rm -rf /etc")

    assert set(found.subjects) == {"ssh", "firewall", "network", "sudo"}
    assert found.paths == ()


def test_what_gives_rights_is_named() -> None:
    assert lockout("sudo sh -c 'nft flush ruleset'").elevation == "sudo"
    assert lockout("doas nft flush ruleset").elevation == "doas"
    assert lockout("nft flush ruleset").elevation == ""


def test_what_cannot_be_put_back_is_named() -> None:
    assert lockout("systemctl restart sshd").gaps == ("service",)
    assert lockout("apt-get remove openssh-server").gaps == ("package",)


@given(st.lists(st.sampled_from(WRAPPERS), max_size=3))
def test_no_wrapper_hides_it(wrappers: list[str]) -> None:
    command = "nft flush ruleset"
    for wrapper in wrappers:
        if "'" in wrapper and ("'" in command or "&" in command):
            continue
        if wrapper.startswith(("sudo", "doas", "env", "nice", "timeout", "nohup")) and command[:1] in "(":
            continue
        command = wrapper.format(command)

    assert "firewall" in lockout(command).subjects, command


def test_a_plan_cannot_confirm_its_own_guard() -> None:
    assert POLICY.assess("fazai guard confirm").decision == "refuse"
    assert POLICY.assess("fazai guard list").decision != "refuse"
