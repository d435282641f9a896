"""Files: kept before a real command, put back after it, and compared."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fazai_tui.core.undo import FileOutcome, UndoOrigin
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.undo import KeptUndo, UndoLimits


@pytest.fixture(scope="module")
def policy() -> BashPolicy:
    """Return the policy."""
    return BashPolicy(home="/root", user="root")


class Desk:
    """A directory in which commands run, and what is kept of them."""

    def __init__(self, top: Path, policy: BashPolicy, limits: UndoLimits | None = None) -> None:
        self.place = top / "work"
        self.place.mkdir()
        self.store = top / "undo"
        self.policy = policy
        self.keeper = KeptUndo(self.store, policy, os.environ, limits=limits)
        self.gaps: list[str] = []

    def run(self, command: str) -> str:
        """Keep, run, settle; return the record's id, empty when nothing changed."""
        assessment = self.policy.assess(command, str(self.place))
        self.gaps = [gap.key for gap in self.keeper.foresee(assessment, str(self.place)).gaps]
        origin = UndoOrigin(session_id="s", turn_id="t", step_id="s1", command=command, cwd=str(self.place))
        identity = self.keeper.prepare(origin, assessment)
        subprocess.run(["bash", "-c", command], cwd=self.place, check=True, capture_output=True)
        record = self.keeper.settle(identity) if identity else None
        return record.id if record else ""

    def undo(self, identity: str, *, is_forced: bool = False) -> dict[str, str]:
        """Put back; return the outcome by name."""
        return _by_name(self.place, self.keeper.restore(identity, is_forced=is_forced))

    def write(self, name: str, text: str) -> Path:
        """Make a file with its directories."""
        file = self.place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def seen(self) -> dict[str, object]:
        """Return everything that undo promises about every path."""
        found: dict[str, object] = {}
        for path in sorted(self.place.rglob("*")):
            facts = path.lstat()
            content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            time_ns = facts.st_mtime_ns if path.is_file() and not path.is_symlink() else 0
            found[str(path)] = (facts.st_mode, facts.st_uid, facts.st_gid, content, time_ns)
        return found


def _by_name(place: Path, outcomes: tuple[FileOutcome, ...]) -> dict[str, str]:
    return {os.path.relpath(file.path, place): file.outcome for file in outcomes}


Opener = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path, policy: BashPolicy) -> Desk:
    """Return a desk with some files on it."""
    made = Desk(tmp_path, policy)
    made.write("notes.txt", "one\n").chmod(0o640)
    made.write("data/a.log", "a\n")
    made.write("data/deep/b.log", "b\n").chmod(0o600)
    (made.place / "link").symlink_to("notes.txt")
    os.utime(made.place / "notes.txt", ns=(1_000_000_000_123_456_789, 1_000_000_000_123_456_789))
    return made


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf data",
        "rm data/*.log link",
        "sed -i s/one/two/ notes.txt",
        "echo more >> notes.txt",
        "echo more > link",
        "mv notes.txt data/",
        "mv data elsewhere",
        "cp notes.txt data/a.log",
        "cp -r data notes.txt new/ 2>/dev/null || mkdir -p new/x/y && cp -r data new/",
        "mkdir -p x/y/z && touch x/y/z/f",
        "chmod -R 700 data",
        "chmod 600 notes.txt",
        "chown 1:1 notes.txt",
        "ln -sf data link",
        "tar cf a.tar data && rm -r data && tar xf a.tar",
        "gzip notes.txt",
        "find data -name '*.log' -delete",
        "cd data && rm a.log && echo new > c.log",
        "truncate -s 0 notes.txt",
        "touch notes.txt",
    ],
)
def test_everything_is_as_it_was(desk: Desk, command: str) -> None:
    if "chown" in command and os.geteuid():
        pytest.skip("only root gives files away")
    before = desk.seen()
    identity = desk.run(command)
    assert desk.seen() != before, "the command did nothing"

    outcomes = desk.undo(identity)

    assert desk.seen() == before
    assert set(outcomes.values()) <= {"restored", "already"}


def test_a_command_that_changes_nothing_leaves_no_record(desk: Desk) -> None:
    assert desk.run("ls -la") == ""
    assert desk.run("mkdir -p data") == ""
    assert list(desk.store.glob("*")) == []


def test_what_changed_since_is_left_alone_unless_forced(desk: Desk) -> None:
    identity = desk.run("sed -i s/one/two/ notes.txt")
    desk.write("notes.txt", "mine\n")

    assert desk.undo(identity) == {"notes.txt": "changed_since"}
    assert (desk.place / "notes.txt").read_text() == "mine\n"

    assert desk.undo(identity, is_forced=True) == {"notes.txt": "restored"}
    assert (desk.place / "notes.txt").read_text() == "one\n"


def test_new_files_in_a_created_directory_are_not_deleted(desk: Desk) -> None:
    identity = desk.run("mkdir x")
    desk.write("x/mine", "mine")

    assert desk.undo(identity)["x"] in ("not_empty", "failed")
    assert (desk.place / "x" / "mine").read_text() == "mine"


def test_a_directory_that_became_a_link_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    identity = desk.run("rm data/a.log")
    (desk.place / "data" / "deep" / "b.log").unlink()
    (desk.place / "data" / "deep").rmdir()
    (desk.place / "data").rmdir()
    (desk.place / "data").symlink_to(victim)

    assert desk.undo(identity, is_forced=True) == {"data/a.log": "changed_since"}
    assert list(victim.iterdir()) == []


def test_names_of_one_file_stay_one(desk: Desk) -> None:
    os.link(desk.place / "notes.txt", desk.place / "other")
    identity = desk.run("echo two >> notes.txt")

    desk.undo(identity)

    assert (desk.place / "other").read_text() == "one\n"
    assert (desk.place / "other").stat().st_ino == (desk.place / "notes.txt").stat().st_ino


def test_what_is_too_large_is_said_before_and_nothing_of_it_is_kept(tmp_path: Path, policy: BashPolicy) -> None:
    desk = Desk(tmp_path, policy, UndoLimits(files=50, size=1000))
    desk.write("big/file", "x" * 2000)
    for number in range(60):
        desk.write(f"many/{number}", "")

    desk.run("rm -r big many")

    assert desk.gaps == ["too_large", "too_large"]
    assert [blob for blob in desk.store.rglob("*") if blob.stat().st_size > 1900] == []


def test_what_nobody_sees_is_said_before(desk: Desk) -> None:
    desk.run("python3 -c 'print(1)'")
    assert desk.gaps == ["unseen"]
    desk.run('rm -f "$NOWHERE"/x')
    assert "unknown_path" in desk.gaps


def test_records_are_private_and_age(desk: Desk, policy: BashPolicy) -> None:
    identity = desk.run("rm notes.txt")
    place = desk.store / identity
    assert desk.store.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in place.iterdir()} == {0o600}

    long_ago = time.time() - 31 * 86_400
    os.utime(place, (long_ago, long_ago))
    desk.run("touch fresh")

    assert not place.exists()
    assert len(desk.keeper.records()) == 1


def test_a_record_survives_the_program(desk: Desk, policy: BashPolicy) -> None:
    before = desk.seen()
    identity = desk.run("rm -rf data notes.txt")

    KeptUndo(desk.store, policy, os.environ).restore(identity)

    assert desk.seen() == before
