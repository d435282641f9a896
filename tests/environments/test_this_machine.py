"""This machine as an environment: everything can be tried, nothing reaches the real one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fazai_tui.environments.listing import memory_used
from fazai_tui.environments.records import Facts
from tests.environments.conftest import Place, running, waited

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do outside what must not work inside")


@pytest.fixture(scope="module")
def lab(module_place: Place) -> Iterator[Facts]:
    """Return an environment."""
    yield module_place.make(name="lab", roles=("dev",))


def test_what_is_changed_is_seen_inside_alone(module_place: Place, lab: Facts) -> None:
    folder = module_place.directory.parent
    (folder / "kept").write_text("old")
    inside = module_place.run(
        lab, "bash", "-c", "echo new > kept; rm -r secret; touch added; cat kept", cwd=str(folder)
    )
    again = module_place.run(lab, "cat", "kept", cwd=str(folder))

    assert (inside.stdout, again.stdout) == ("new\n", "new\n")
    assert (folder / "kept").read_text() == "old" and (folder / "secret").exists() and not (folder / "added").exists()


@needs_root
def test_the_system_can_be_taken_apart(module_place: Place, lab: Facts) -> None:
    done = module_place.run(lab, "bash", "-c", "echo x > /etc/hostname && rm -rf /usr/share/doc /var/log && ls /var")

    assert done.returncode == 0 and "log" not in done.stdout.split()
    assert Path("/etc/hostname").read_text() != "x\n" and Path("/var/log").is_dir()


def test_it_ends_as_the_program_does(module_place: Place, lab: Facts) -> None:
    assert module_place.run(lab, "bash", "-c", "exit 7").returncode == 7
    assert module_place.run(lab, "bash", "-c", "kill -TERM $$").returncode == 143
    missing = module_place.run(lab, "no-such-program")
    assert (missing.returncode, missing.stderr) == (127, "no-such-program: No such file or directory\n")


def test_secrets_are_neither_in_files_nor_in_variables(module_place: Place, lab: Facts) -> None:
    folder = module_place.directory.parent
    assert module_place.run(lab, "cat", str(folder / "secret")).stdout == ""
    assert module_place.run(lab, "ls", str(module_place.directory)).stdout == ""
    assert "canary" not in module_place.run(lab, "env").stdout
    told = module_place.run(lab, "bash", "-c", "cat /proc/1/environ /proc/1/cmdline | tr '\\0' '\\n'").stdout
    assert "canary" not in told and str(folder) not in told


def test_it_is_a_machine_of_its_own(module_place: Place, lab: Facts) -> None:
    assert module_place.run(lab, "hostname").stdout == "lab\n"
    assert module_place.run(lab, "bash", "-c", "echo $FAZAI_ENV").stdout == "lab\n"
    others = module_place.run(lab, "bash", "-c", "for p in /proc/[0-9]*; do echo ${p#/proc/}; done").stdout.split()
    assert str(os.getpid()) not in others and "1" in others
    interfaces = module_place.run(lab, "cat", "/proc/net/dev").stdout
    assert [line.split(":")[0].strip() for line in interfaces.splitlines()[2:]] == ["lo"]


@needs_root
@pytest.mark.parametrize(
    "command",
    [
        "mount -o remount,rw / && touch /remounted",
        "mount -t tmpfs x /mnt",
        "unshare -m true",
        "unshare -Ur true",
        "nsenter -t 1 -m touch /entered",
        "mknod device b 8 0",
        "echo x > /proc/sys/kernel/domainname && test $(cat /proc/sys/kernel/domainname) = x",
        "echo 1 > /proc/sysrq-trigger",
        "ls /proc/1/root/ /proc/1/fd/",
        "cat /proc/1/mem",
        "chroot /proc/1/root true",
        "test -e /dev/sda || test -e /dev/vda || test -S /run/docker.sock",
        "python3 -c 'import fcntl; fcntl.ioctl(0, 0x5412, b\"x\")'",
        "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 22), 1)'",
        "kill -9 1; sleep 0.1; kill -0 1 && false",
    ],
)
def test_there_is_no_way_out(module_place: Place, lab: Facts, command: str) -> None:
    assert module_place.run(lab, "bash", "-c", command).returncode != 0
    assert not Path("/remounted").exists() and not Path("/entered").exists()
    assert module_place.run(lab, "true").returncode == 0


def test_what_it_takes_is_counted(module_place: Place, lab: Facts) -> None:
    before = memory_used(lab)
    module_place.run(
        lab, "bash", "-c", "head -c 20000000 /dev/zero > /var/tmp/filled || head -c 20000000 /dev/zero > ~/f"
    )
    assert memory_used(lab) - before > 15_000_000


def test_what_is_left_in_the_background_goes_on_until_the_end(place: Place) -> None:
    facts = place.make()
    mark = f"9{os.getpid()}.25"
    place.run(facts, "bash", "-c", f"setsid sleep {mark} >/dev/null 2>&1 & nohup sleep {mark} >/dev/null 2>&1 &")
    assert waited(lambda: len(running(mark)) == 2)

    place.environments.remove(facts)

    assert not running(mark)
    assert waited(lambda: not place.remains(facts))


def test_programs_can_make_terminals(module_place: Place, lab: Facts) -> None:
    done = module_place.run(lab, "python3", "-c", "import pty; pty.spawn(['tty'])")
    assert done.stdout.startswith("/dev/pts/")
