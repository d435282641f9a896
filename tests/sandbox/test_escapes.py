"""Every known way out of a sandbox, tried from inside, for every way to confine, as root and as a user."""

import ctypes
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox import Method
from tests.overlays import overlay_refusal

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WAYS = (*(method.value for method in Method), "ephemeral")
USERS = ("root", "user")

SECRETS = (
    ".ssh/id_ed25519",
    ".gnupg/private-keys-v1.d/key",
    ".aws/credentials",
    ".azure/accessTokens.json",
    ".config/gcloud/credentials.db",
    ".kube/config",
    ".docker/config.json",
    ".netrc",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    ".cargo/credentials.toml",
    ".pgpass",
)

WRITES = {
    "remount": "mount -o remount,bind,rw / ; mount -o remount,rw / ; echo x > {outside}/new",
    "bind over": "mount --bind {outside} . ; echo x > new; umount .",
    "nested user namespace": "unshare -Urm sh -c 'mount -o remount,bind,rw / ; echo x > {outside}/new'",
    "symbolic link to a directory": "ln -s {outside} link1; echo x > link1/new",
    "symbolic link to a file": "ln -s {outside}/file link2; echo x > link2",
    "symbolic link through a swap": "mkdir d; ln -s {outside} d2; mv d2 d/deep; echo x > d/deep/new",
    "hard link": "ln {outside}/file hard; echo x >> hard",
    "parent directories": "echo x > ../../outside/new",
    "root of process 1": "echo x > /proc/1/root{outside}/new",
    "root of the parent": "echo x > /proc/$PPID/root{outside}/new",
    "root of a bystander": "echo x > /proc/{bystander}/root{outside}/new",
    "root of every process": "for p in /proc/[0-9]*; do echo x > $p/root{outside}/new; echo x > $p/cwd/outside; done",
    "directory of the bystander": "echo x > /proc/{bystander}/cwd/new",
    "open files of others": "for f in /proc/{bystander}/fd/*; do echo x > $f; done",
    "chroot": "chroot /proc/1/root sh -c 'echo x > {outside}/new'",
    "nsenter process 1": "nsenter -t 1 -a sh -c 'echo x > {outside}/new'",
    "nsenter the parent": "nsenter -t $PPID -m -U sh -c 'echo x > {outside}/new'",
    "nsenter a bystander": "nsenter -t {bystander} -m sh -c 'echo x > {outside}/new'",
    "truncate": "truncate -s 0 {outside}/file",
    "remove": "rm -f {outside}/file",
    "move": "mv {outside}/file {outside}/other; mv {outside}/file .",
    "make": "mkdir {outside}/folder; mkfifo {outside}/fifo; touch {outside}/touched",
    "copy over": "dd if=/dev/zero of={outside}/file count=1; sed -i s/was/is/ {outside}/file",
    "keep open": "bash -c 'exec 3<>{outside}/file; echo x >&3'",
    "detached": "setsid -f sh -c 'sleep 0.1; echo x > {outside}/new'; sleep 0.3",
}

READS = {
    "shadow": "cat /etc/shadow /etc/gshadow | grep -q : && echo ESCAPED",
    "shadow of process 1": "cat /proc/1/root/etc/shadow | grep -q : && echo ESCAPED",
    "shadow of a bystander": "cat /proc/{bystander}/root/etc/shadow | grep -q : && echo ESCAPED",
    "shadow under a mask": "umount -l /etc/shadow; grep -q : /etc/shadow && echo ESCAPED",
    "own ledger": "grep -q secret {data}/ledger.db && echo ESCAPED",
    "own keys": "grep -rq secret {data} && echo ESCAPED",
    "secret by a link": "ln -s ~/.netrc l3; grep -q secret l3 && echo ESCAPED",
    "secret by a hard link": "ln ~/.netrc l4; grep -q secret l4 && echo ESCAPED",
    "secret by moving its home": "mv ~ ~-away; grep -rq 'top secret' ~-away && echo ESCAPED; mv ~-away ~",
    "environment of a bystander": "grep -qs CANARY /proc/{bystander}/environ && echo ESCAPED",
    "command lines of others": "grep -qs CANARY /proc/[0-9]*/environ && echo ESCAPED",
    "shared memory": "cat /dev/shm/{shared} | grep -q secret && echo ESCAPED",
    "terminals of others": "cat /proc/{bystander}/fd/0 | head -c 1 | grep -q . && echo ESCAPED",
    "kernel memory": "head -c 1 /proc/kcore | grep -q . && echo ESCAPED",
    "disks": "for d in /sys/block/*; do head -c 64 /dev/${{d##*/}} | grep -q . && echo ESCAPED; done",
    "memory device": "head -c 1 /dev/mem | grep -q . && echo ESCAPED",
}

DEEDS = {
    "core pattern": 'f=/proc/sys/kernel/core_pattern; v=$(cat $f) && echo "$v" > $f && echo ESCAPED',
    "domain name": 'f=/proc/sys/kernel/domainname; v=$(cat $f) && echo "$v" > $f && echo ESCAPED',
    "magic key": "echo h > /proc/sysrq-trigger && echo ESCAPED",
    "kernel's settings": "f=/sys/kernel/mm/ksm/run; v=$(cat $f) && echo $v > $f && echo ESCAPED",
    "control groups": "for f in /sys/fs/cgroup{{,/*}}/cgroup.procs; do echo $$ > $f && echo ESCAPED; done",
    "block device": "mknod disk b 254 0 && echo ESCAPED",
    "character device": "mknod mem c 1 1 && echo ESCAPED",
    "signal": "kill -0 {bystander} && echo ESCAPED",
    "signal to all": "kill -CONT -1; kill -0 {parent} && echo ESCAPED",
    "user namespace": "unshare -Ur true && echo ESCAPED",
    "process namespace": "unshare -p -f true && echo ESCAPED",
    "sudo": "sudo -n true && test $(id -u) != 0 && echo ESCAPED",
}

CALLS = (
    "mount",
    "umount={home}/.ssh",
    "open_tree",
    "fsopen",
    "unshare_user",
    "unshare_mounts",
    "clone3",
    "setns={bystander}",
    "ptrace={bystander}",
    "ptrace_self",
    "memory={bystander}",
    "vm_read={bystander}",
    "handle={outside}/file",
    "tiocsti",
    "bpf",
    "perf",
    "userfaultfd",
    "keyring",
    "kexec",
    "module",
    "io_uring",
    "tcp={port}",
    "abstract={abstract}",
    "path_socket={service}",
    "vsock",
    "packet",
    "unfiltered",
)

HARMLESS_OUTSIDE = (
    "own ledger",
    "secret by a link",
    "environment of a bystander",
    "shared memory",
    "signal",
    ".aws/credentials",
)
HARMLESS_CALLS = ("ptrace={bystander}", "memory={bystander}", "tcp={port}", "abstract={abstract}", "unfiltered")
"""What is tried without a sandbox, to see that it would work."""


class World:
    """A home with secrets, a workspace in it, a directory outside, services and a bystander; all of one user."""

    def __init__(self, user: int) -> None:
        self.user = user
        self.name = f"fazai-escape-{os.getpid()}-{secrets.token_hex(4)}"
        # Not below /tmp, which a sandbox may write to.
        self.root = Path("/var/tmp") / self.name
        self.home, self.outside, self.data = self.root / "home", self.root / "outside", self.root / "data"
        self.workspace = self.home / "project"
        self.shared = Path("/dev/shm") / self.name
        for folder in (self.workspace / ".git", self.outside, self.data):
            folder.mkdir(parents=True)
        for name in (*(self.home / name for name in SECRETS), self.data / "ledger.db", self.data / "keys", self.shared):
            name.parent.mkdir(parents=True, exist_ok=True)
            name.write_text("top secret\n")
        (self.outside / "file").write_text("as it was\n")
        self.attempts = self.root / "attempts.py"
        shutil.copy(HERE / "escape_attempts.py", self.attempts)
        self.services = [self._service(socket.AF_INET, ("127.0.0.1", 0))]
        self.services += [self._service(socket.AF_UNIX, f"\0{self.name}")]
        self.services += [self._service(socket.AF_UNIX, str(self.root / "socket"))]
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{user}:{user}", self.root, self.shared], check=True)
        self.bystander = subprocess.Popen(
            [*self.become(), "sleep", "600"], cwd=self.outside, env={**os.environ, "CANARY": "1"}
        )

    def _service(self, family: int, address: object) -> socket.socket:
        listening = socket.socket(family)
        listening.bind(address)  # type: ignore[arg-type]
        listening.listen()
        threading.Thread(target=_answer, args=(listening,), daemon=True).start()
        return listening

    def become(self) -> list[str]:
        """Return what starts a program as the user."""
        return (
            []
            if self.user == os.geteuid()
            else ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        )

    def command(self, template: str, python: str) -> str:
        """Fill in where everything is."""
        return template.format(
            outside=self.outside,
            home=self.home,
            data=self.data,
            bystander=self.bystander.pid,
            parent=os.getpid(),
            shared=self.shared.name,
            attempts=self.attempts,
            python=python,
            port=self.services[0].getsockname()[1],
            abstract=self.name,
            service=self.root / "socket",
        )

    def close(self) -> None:
        """Take everything away."""
        self.bystander.kill()
        self.bystander.wait()
        for service in self.services:
            service.shutdown(socket.SHUT_RDWR)
            service.close()
        subprocess.run(["rm", "-rf", self.root, self.shared], check=True)


def _answer(listening: socket.socket) -> None:
    while True:
        try:
            listening.accept()[0].close()
        except OSError:
            return


def interpreter(become: list[str]) -> tuple[str, dict[str, str]] | None:
    """Return an interpreter that the user can run, with an environment in which it finds everything."""
    packages = os.pathsep.join((str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))))
    env = {**os.environ, "PYTHONPATH": packages, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    for name in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        # What changes the user keeps its capabilities until its first program: that is not to be the one looked at.
        argv = [*become, "sh", "-c", 'exec "$0" -c "import fazai_tui.shell, fazai_tui.sandbox"', name]
        if os.path.exists(name) and subprocess.run(argv, env=env, cwd="/", capture_output=True).returncode == 0:
            return name, env
    return None


def refusal(way: str, world: World) -> str:
    """Return why the machine has no such way for the user, found out without the product; empty when it has it."""
    if way == Method.LANDLOCK:
        landlock_create_ruleset, version = 444, 1
        abi = ctypes.CDLL(None).syscall(landlock_create_ruleset, None, 0, version)
        return "" if abi > 0 else "the kernel has no Landlock"
    if way == Method.BUBBLEWRAP:
        argv = [*world.become(), "bwrap", "--ro-bind", "/", "/", "--unshare-user", "--unshare-pid", "true"]
        try:
            return subprocess.run(argv, cwd="/", capture_output=True, text=True, check=False).stderr.strip()
        except FileNotFoundError:
            return "bubblewrap is not installed"
    return overlay_refusal(world.user)


def carried_out(way: str, user: int, *, commands: dict[str, str], network: bool = False) -> dict[str, Any]:
    """Try commands in one shell; return for each what it printed and whether it changed anything outside."""
    world = World(user)
    try:
        found = interpreter(world.become())
        if found is None:
            pytest.skip(f"no Python here that user {user} can run with what FazAI needs")
        python, env = found
        plan = {
            "mode": way if way in tuple(SandboxMode) else SandboxMode.WORKSPACE_WRITE,
            "methods": [way] if way in tuple(Method) else [],
            "network": network,
            "home": str(world.home),
            "workspace": str(world.workspace),
            "outside": str(world.outside),
            "private": [str(world.data)],
            "commands": {name: world.command(command, python) for name, command in commands.items()},
        }
        argv = [*world.become(), python, str(HERE / "escape_run.py")]
        ended = subprocess.run(argv, input=json.dumps(plan), env=env, cwd="/", capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        told: dict[str, Any] = json.loads(ended.stdout)
        if "refused" in told:
            why = refusal(way, world)
            assert why, f"the machine can do it, and no {way} is to be had: {told['refused']}"
            pytest.skip(f"no {way} here: {why}")
        return told
    finally:
        world.close()


def secret_readers() -> dict[str, str]:
    """Return a command for each secret that prints ESCAPED when it can be read."""
    return {name: f"grep -q secret ~/{name} && echo ESCAPED" for name in SECRETS}


def number(user: str) -> int:
    """Return the number of a user."""
    if os.geteuid():
        if user == "root":
            pytest.skip("only root can be root")
        return os.geteuid()
    # Nobody of this number is known, so that nothing is shared with anyone.
    return 0 if user == "root" else 61_184 + os.getpid() % 4000


def calls(names: Sequence[str]) -> dict[str, str]:
    """Return the command that tries ways out that take system calls."""
    return {"calls": f"{{python}} -I {{attempts}} {' '.join(names)}"}


def opened(found: dict[str, Any]) -> dict[str, Any]:
    """Return what came of the attempts that were of use."""
    lines = {name: [line for line in told["output"].splitlines() if "ESCAPED" in line] for name, told in found.items()}
    return {name: lines[name] or told["output"] for name, told in found.items() if lines[name] or told["leaked"]}


COMMANDS = {**WRITES, **READS, **DEEDS, **secret_readers(), **calls(CALLS)}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_gets_out(way: str, user: str) -> None:
    found = carried_out(way, number(user), commands=COMMANDS)
    assert list(found) == list(COMMANDS)
    assert opened(found) == {}
    assert found["calls"]["output"].count(": refused") == len(CALLS), "the attempts themselves have to run"


def test_all_of_it_gets_out_where_nothing_is_confined() -> None:
    commands = {name: COMMANDS[name] for name in HARMLESS_OUTSIDE}
    found = carried_out("danger-full-access", os.geteuid(), commands={**commands, **calls(HARMLESS_CALLS)})
    assert list(opened(found)) == list(found)
    assert len(opened(found)["calls"]) == len(HARMLESS_CALLS)


@pytest.mark.parametrize("way", WAYS)
def test_with_the_network_on_there_are_still_no_sockets_of_others(way: str) -> None:
    names = ("tcp={port}", "abstract={abstract}", "path_socket={service}", "vsock", "packet")
    found = carried_out(way, os.geteuid(), commands=calls(names), network=True)
    assert [line.partition("=")[0] for line in opened(found)["calls"]] == ["tcp"]
