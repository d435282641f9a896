"""A machine of its own for each test: a network and mounts that nobody else has, changed and put back for real."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATIENCE_SECONDS = 30.0
TOP = Path(__file__).parents[2]
_SET_UP = """
set -e
mount -t tmpfs none /etc/ssh && echo 'Port 22' > /etc/ssh/sshd_config
mkdir /etc/ssh/sshd_config.d
cp -a /etc/sudoers {home}/sudoers 2>/dev/null || echo 'root ALL=(ALL) ALL' > {home}/sudoers
mount --bind {home}/sudoers /etc/sudoers 2>/dev/null || true
ip link set lo up
ip address add 10.9.0.1/24 dev lo
ip route add 10.8.0.0/16 via 10.9.0.2
"""


def wait_for(holds: Callable[[], Any], what: str = "it") -> Any:
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
    return found


@dataclass
class Actor:
    """A FazAI in the room."""

    process: "subprocess.Popen[str]"

    def ask(self, verb: str, argument: str = "") -> Any:
        """Tell it what to do; return its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{verb} {argument}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def states(self) -> list[str]:
        """Return where each guard stands, the newest first."""
        return [status["state"] for status in self.ask("list")]

    def until(self, state: str) -> dict[str, Any]:
        """Wait until the newest guard stands so; return it."""
        wait_for(lambda: self.states()[:1] == [state], state)
        found: dict[str, Any] = self.ask("list")[0]
        return found

    def kill(self) -> None:
        """End it by the signal that it cannot see."""
        self.process.kill()
        self.process.wait()


@dataclass
class Room:
    """Namespaces that live as long as the test.

    Attributes:
        home: Where guards are kept.
    """

    home: Path
    keeper: "subprocess.Popen[bytes]"
    actors: list[Actor] = field(default_factory=list[Actor])

    def enter(self, *argv: str) -> list[str]:
        """Return the command that runs a program in the room."""
        return ["nsenter", "-t", str(self.keeper.pid), "-n", "-m", "--", *argv]

    def sh(self, text: str) -> str:
        """Run a shell text in the room; return what it printed."""
        done = subprocess.run(
            self.enter("bash", "-c", text), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.stdout

    def actor(self, seconds: int = 1) -> Actor:
        """Start a FazAI in the room."""
        command = self.enter(
            "env", "-C", str(TOP), sys.executable, "-m", "tests.lockout.actor", str(self.home / "guard"), str(seconds)
        )
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.actors.append(Actor(process))
        return self.actors[-1]

    def fazai(self, *arguments: str, **settings: object) -> "subprocess.CompletedProcess[str]":
        """Run the product in the room, with settings of the guard."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("FAZAI_")}
        variables |= {"FAZAI_HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        variables |= {f"FAZAI_GUARD__{name.upper()}": str(value) for name, value in settings.items()}
        program = str(Path(sys.executable).with_name("fazai"))
        return subprocess.run(
            self.enter("env", "-C", str(self.home), program, "--lang", "en", *arguments),
            check=False,
            capture_output=True,
            text=True,
            env=variables,
            timeout=PATIENCE_SECONDS,
        )

    def network(self) -> str:
        """Return all that a person could tell of the network and the firewall."""
        commands = ["ip -br address", "ip -br link", "ip route", "ip rule", "ip -6 route", "nft list ruleset"]
        commands += ["iptables-save | grep -v '^#'", "iptables-legacy-save | grep -v '^#'"]
        return self.sh("\n".join(f"{command} 2>&1" for command in commands))

    def close(self) -> None:
        """End everything in the room."""
        for actor in self.actors:
            actor.kill()
            for stream in (actor.process.stdin, actor.process.stdout):
                if stream is not None:
                    stream.close()
        self.keeper.kill()
        self.keeper.wait()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Give a machine of its own: loopback with an address and a route, sshd_config, sudoers."""
    if os.geteuid():
        pytest.skip("not root: a network of one's own takes root")
    for program in ("unshare", "nsenter", "ip"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: the guard is tried on a network of its own")
    command = ("unshare", "-n", "-m", "--propagation", "private", "sleep", "600")
    keeper = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    opened = Room(tmp_path, keeper)
    try:
        own = os.readlink("/proc/self/ns/net")
        wait_for(lambda: keeper.poll() is not None or os.readlink(f"/proc/{keeper.pid}/ns/net") != own, "a namespace")
        if keeper.poll() is not None:
            pytest.skip("unshare -n -m is refused here")
        wait_for(lambda: Path(f"/proc/{keeper.pid}/comm").read_text().strip() == "sleep", "the namespace")
        said = opened.sh(_SET_UP.format(home=tmp_path))
        if "10.8.0.0" not in opened.sh("ip route"):
            pytest.skip(f"the network of the room cannot be set up: {said}")
        yield opened
    finally:
        opened.close()


@pytest.fixture
def firewall(room: Room) -> Room:
    """Give a room with rules of nftables, of both kinds of iptables, and of IPv6."""
    for program in ("nft", "iptables", "ip6tables", "iptables-legacy"):
        if shutil.which(program, path=f"/usr/sbin:/sbin:{os.environ.get('PATH', '')}") is None:
            pytest.skip(f"{program} is not installed: its rules are changed and put back for real")
    said = room.sh(
        """
        printf %s '
        table inet own {
            set friends { type ipv4_addr; elements = { 10.1.1.1, 10.1.1.2 } }
            chain input {
                type filter hook input priority 0; policy accept;
                ip saddr @friends counter accept
                tcp dport 22 accept
            }
        }' | nft -f -
        iptables -A INPUT -p tcp --dport 22 -j ACCEPT
        iptables -A INPUT -m string --string ssh --algo bm -j ACCEPT
        ip6tables -A INPUT -p tcp --dport 22 -j ACCEPT
        iptables-legacy -A INPUT -p udp --dport 53 -j ACCEPT
        """
    )
    if "tcp dport 22" not in room.sh("nft list ruleset"):
        pytest.skip(f"this kernel takes no rules: {said}")
    return room
