"""What locks people out is put back: files, firewall, network, by a process that outlives FazAI."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from tests.lockout.conftest import Room, wait_for


def watcher_of(room: Room) -> int:
    """Return the process that watches the only guard."""
    [state] = list((room.home / "guard").glob("*/state.json"))
    return int(str(json.loads(state.read_text())["watcher"]).partition(":")[0])


FIREWALL = (
    "nft flush ruleset",
    "nft -f - <<< 'flush ruleset; table ip other { chain c { type filter hook input priority 0; policy drop; }; }'",
    "iptables -P INPUT DROP; iptables -F",
    "iptables -t nat -A PREROUTING -p tcp --dport 22 -j REDIRECT --to-port 9",
    "iptables -A INPUT -m string --string a --algo bm -j DROP",
    "iptables-legacy -F; iptables-legacy -P OUTPUT DROP; iptables-legacy -t mangle -A INPUT -j DROP",
    "ip6tables -P INPUT DROP",
    "nft delete element inet own friends '{ 10.1.1.1 }'",
)
NETWORK = (
    "ip link set lo down",
    "ip address flush dev lo",
    "ip route flush table main",
    "ip route replace default via 10.9.0.9",
    "ip rule add from 10.9.0.1 blackhole priority 5; ip rule del priority 32766",
    "ip link set lo mtu 1200; ip address del 10.9.0.1/24 dev lo; ip address add 10.9.0.7/24 dev lo",
    "ip link add fz0 type bridge; ip link set lo down",
    "sh -c 'sleep 0.2; ip link set lo down' & sleep 0.5",
)
FILES = (
    "echo 'Port 2222' >> /etc/ssh/sshd_config",
    "rm -rf /etc/ssh/sshd_config.d /etc/ssh/sshd_config",
    "echo 'PermitRootLogin no' > /etc/ssh/sshd_config.d/new.conf; chmod 600 /etc/ssh/sshd_config",
    "sed -i 's/ALL/NONE/' /etc/sudoers; cp /dev/null /etc/sudoers",
    "mv /etc/ssh/sshd_config /etc/ssh/old; ln -s /nowhere /etc/ssh/sshd_config",
    "chown 7:7 /etc/ssh/sshd_config; chmod 4755 /etc/ssh/sshd_config",
)


def rules_of(room: Room) -> str:
    """Return the rules, table by table; chains that stay, though they are empty and let all through, do not count."""
    rules = room.sh("nft list ruleset | tr -d '\t'; echo 'table legacy'; iptables-legacy-save | grep -v '^#'")
    rules = re.sub(r"chain (FORWARD|OUTPUT|INPUT) \{\ntype [^\n]*accept;\n\}\n", "", rules)
    kept = "\n".join(line for line in rules.splitlines() if "ACCEPT [" not in line and line[:1] not in "*C#")
    return "\n".join(sorted(kept.split("\ntable ")))


def test_the_firewall_is_as_it_was(firewall: Room) -> None:
    before = rules_of(firewall)
    actor = firewall.actor(seconds=600)
    for command in FIREWALL:
        actor.ask("step", command)
        assert rules_of(firewall) != before, command

        actor.ask("revert")

        found = actor.until("reverted")
        assert rules_of(firewall) == before, command
        assert "DROP" not in firewall.network(), command
        assert found["outcomes"] and all(outcome["is_back"] for outcome in found["outcomes"])


def test_the_network_is_as_it_was(room: Room) -> None:
    before = room.network()
    actor = room.actor(seconds=600)
    for command in NETWORK:
        actor.ask("step", command)
        assert room.network() != before, command

        actor.ask("revert")

        actor.until("reverted")
        assert room.network() == before, command


def test_the_files_are_as_they_were(room: Room) -> None:
    look = "cd /etc; stat -c '%n %a %u %g %F %Y' ssh ssh/* ssh/*/* sudoers; cat ssh/sshd_config sudoers 2>&1"
    room.sh("touch -d '2020-01-01' /etc/ssh/sshd_config* /etc/ssh /etc/sudoers")
    before = room.sh(look)
    actor = room.actor(seconds=600)
    for command in FILES:
        actor.ask("step", command)
        assert room.sh(look) != before, command

        actor.ask("revert")

        actor.until("reverted")
        assert room.sh(look) == before, command
    wait_for(lambda: not list((room.home / "guard").glob("*/kept")), "secrets to be forgotten")


def test_time_runs_out(room: Room) -> None:
    before = room.network()
    actor = room.actor()
    actor.ask("step", NETWORK[0])

    found = actor.until("reverted")

    assert room.network() == before
    assert found["by"] == ""


def test_it_outlives_a_killed_fazai(room: Room) -> None:
    before = room.network()
    actor = room.actor()
    actor.ask("begin", "ip route del 10.8.0.0/16")

    actor.kill()

    assert room.network() != before
    wait_for(lambda: room.network() == before, "the route")
    assert room.actor().until("reverted")["is_own"] is False


def test_it_is_detached_and_private(room: Room) -> None:
    actor = room.actor(seconds=60)
    actor.ask("step", "ip route del 10.8.0.0/16")
    pid = watcher_of(room)

    os.kill(pid, signal.SIGHUP)
    os.kill(pid, signal.SIGINT)

    assert os.getsid(pid) not in (os.getsid(0), os.getsid(actor.process.pid))
    assert Path(f"/proc/{pid}/comm").read_text() == "fazai-guard\n"
    assert all(os.readlink(f"/proc/{pid}/fd/{number}") == "/dev/null" for number in (0, 1, 2))
    places = [place for place in (room.home / "guard").rglob("*") if place.exists()]
    assert {place.stat().st_mode & 0o777 for place in places} == {0o600, 0o700}
    assert actor.states() == ["armed"]
    assert actor.ask("revert") is True
    actor.until("reverted")


def test_a_step_that_hangs_does_not_hold_the_way_back_up(room: Room) -> None:
    before = room.network()
    actor = room.actor()

    actor.ask("begin", "ip route del 10.8.0.0/16")

    wait_for(lambda: room.network() == before, "the route, though the step has not ended")
    assert actor.states() == ["reverting"], "what still runs could do it once more"
    room.sh("ip link set lo down")
    actor.ask("settle")
    actor.until("reverted")
    assert room.network() == before


def test_a_step_that_runs_without_changing_anything_has_all_its_time(room: Room) -> None:
    actor = room.actor()

    actor.ask("begin", "ip route get 10.8.0.1; ip route replace 10.8.0.0/16 via 10.9.0.2")
    wait_for(lambda: watcher_of(room))

    for _ in range(12):
        assert actor.ask("list")[0]["left"] is None
        room.sh("sleep 0.2")


def test_a_server_reads_its_files_again(room: Room) -> None:
    sshd = "/usr/sbin/sshd"
    if not os.access(sshd, os.X_OK):
        pytest.skip("sshd is not installed: a real one is locked out of and let in again")
    room.sh(
        f"""
        mount -t tmpfs none /run && mkdir -p /run/sshd
        ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
        printf 'Port 2201\\nPidFile /run/sshd.pid\\n' > /etc/ssh/sshd_config
        {sshd}
        """
    )
    wait_for(lambda: "SSH-2" in room.sh("timeout 1 head -c 5 < /dev/tcp/127.0.0.1/2201"), "the server")
    actor = room.actor()

    actor.ask("step", "sed -i s/2201/2202/ /etc/ssh/sshd_config; kill -HUP $(cat /run/sshd.pid)")
    wait_for(lambda: "SSH-2" in room.sh("timeout 1 head -c 5 < /dev/tcp/127.0.0.1/2202"), "the new port")
    actor.until("reverted")

    wait_for(lambda: "SSH-2" in room.sh("timeout 1 head -c 5 < /dev/tcp/127.0.0.1/2201"), "the old port")
    room.sh("kill $(cat /run/sshd.pid)")
