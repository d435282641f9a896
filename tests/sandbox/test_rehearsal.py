"""Rehearsals: real commands in a real overlay, and the real disk untouched."""

import os
import subprocess
from pathlib import Path

import pytest

from fazai_tui.core.rehearsal import Rehearsal
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.sandbox.programs import jail_program
from fazai_tui.sandbox.rehearsal import OverlayRehearser, own_dry_run
from tests.overlays import overlay_refusal

POLICY = BashPolicy(home="/root", user="root")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do outside what must not work inside")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory with files."""
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "file").write_text("kept")
    (tmp_path / "text").write_text("one\n")
    return tmp_path


def rehearsed(command: str, place: Path, masked: tuple[str, ...] = ()) -> Rehearsal:
    """Rehearse in an overlay; a machine without one has nothing to test."""
    if why := overlay_refusal():
        pytest.skip(f"no overlay here: {why}")
    found = OverlayRehearser(dict(os.environ), masked).rehearse(POLICY.assess(command, str(place)), str(place))
    assert found.how == "overlay", found.why
    return found


def changes(found: Rehearsal, place: Path) -> dict[str, str]:
    """Return what would become of which file."""
    return {os.path.relpath(change.path, place): change.kind for change in found.changes}


def test_changes_are_told_and_none_is_made(place: Path) -> None:
    command = "rm -rf tree; echo two >> text; mkdir new && echo 12345 > new/file; chmod 600 text; echo said; exit 3"
    found = rehearsed(command, place)

    assert (found.status, found.output) == (3, "said\n")
    assert changes(found, place) == {"tree": "delete", "text": "update", "new": "add", "new/file": "add"}
    assert next(change.size for change in found.changes if change.path.endswith("new/file")) == 6
    assert (place / "tree" / "deep" / "file").read_text() == "kept"
    assert sorted(path.name for path in place.iterdir()) == ["text", "tree"]


def test_a_replaced_directory_is_told(place: Path) -> None:
    found = rehearsed("rm -r tree && mkdir tree && touch tree/other", place)
    assert changes(found, place) == {"tree": "update", "tree/*": "delete", "tree/other": "add"}


def test_reading_changes_nothing(place: Path) -> None:
    assert rehearsed("cat text", place).changes == ()


@needs_root
def test_the_system_itself_is_not_touched(place: Path) -> None:
    before = Path("/etc/hostname").stat()
    found = rehearsed("echo x > /etc/hostname; rm -rf /usr/share/doc /var/log; touch /usr/bin/made", place)

    told = {change.path: change.kind for change in found.changes}
    assert told["/etc/hostname"] == "update" and told["/usr/bin/made"] == "add" and told["/var/log"] == "delete"
    assert Path("/etc/hostname").stat() == before
    assert Path("/var/log").is_dir() and not Path("/usr/bin/made").exists()


@pytest.mark.parametrize(
    "command",
    [
        "mount -o remount,rw / && touch /remounted",
        "echo x > /proc/sys/kernel/domainname && test $(cat /proc/sys/kernel/domainname) = x",
        "unshare -m true",
        "mknod device b 8 0",
        "nsenter -t 1 -m touch /entered",
        "python3 -c 'import socket; socket.socket(socket.AF_UNIX)'",
        "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 22), 1)'",
        "test -e /dev/sda || test -e /dev/vda || test -S /run/docker.sock",
        "kill -0 $PPID && test $PPID -gt 1",
    ],
)
def test_there_is_no_way_out(place: Path, command: str) -> None:
    assert rehearsed(command, place).status != 0
    assert not Path("/remounted").exists() and not Path("/entered").exists()


def test_what_is_masked_is_not_read(place: Path) -> None:
    secret = place / "text"
    assert rehearsed("cat text", place, (str(secret),)).output == ""


def test_output_is_bounded_and_nothing_stays_behind(place: Path) -> None:
    nap = f"sleep 1{os.getpid()}"
    found = rehearsed(f"yes | head -c 1000000; {nap} & {nap} & true", place)
    assert found.is_cut and len(found.output) == 64 * 1024
    assert subprocess.run(["pgrep", "-fx", nap], capture_output=True, check=False).returncode == 1
    assert "overlay /sys" not in Path("/proc/self/mounts").read_text()


def test_an_overlay_that_cannot_be_had_ends_with_a_reason() -> None:
    argv = [*jail_program("rehearse"), '{"masked": ["/etc"], "own": [], "size": "none"}']
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 125
    assert done.stderr.startswith("rehearse: ")


@pytest.mark.parametrize(
    ("command", "own"),
    [
        ("sudo apt-get install -y hello", "apt-get -s install -y hello"),
        ("rsync -a a/ b/", "rsync -n -v -a a/ b/"),
        ("systemctl reload nginx", "nginx -t"),
        ("sudo systemctl restart ssh.service", "sshd -t"),
        ("git clean -fd", "git clean --dry-run -fd"),
        ("git reset --hard", ""),
        ("rm -rf x", ""),
        ("apt-get install -y hello && rm x", ""),
    ],
)
def test_the_commands_own_dry_run(command: str, own: str) -> None:
    assert " ".join(own_dry_run(POLICY.assess(command, "/"))) == own
