"""Repositories, packages and units: what leads back, tried with real git and dpkg."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fazai_tui.core.undo import UndoOrigin
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.undo import KeptUndo, packages, units
from fazai_tui.undo.asking import Asker

POLICY = BashPolicy(home="/root", user="root")
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b")


def git(root: Path, *words: str) -> str:
    """Run git in a repository."""
    done = subprocess.run((*GIT, "-C", str(root), *words), capture_output=True, text=True, check=True)
    return done.stdout


def state(root: Path) -> dict[str, object]:
    """Return all that a user sees of a repository."""
    files = {
        str(file.relative_to(root)): file.read_text()
        for file in sorted(root.rglob("*"))
        if file.is_file() and ".git" not in file.parts
    }
    refs = git(root, "for-each-ref", "--format=%(refname) %(objectname)")
    status = git(root, "status", "--porcelain")
    return {"files": files, "refs": refs, "head": git(root, "rev-parse", "--abbrev-ref", "HEAD"), "status": status}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with two branches, a staged, a changed and a new file."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for key, value in (("user.name", "a"), ("user.email", "a@b")):
        git(root, "config", key, value)
    for name in ("kept", "changed", "staged"):
        (root / name).write_text(f"{name}\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    git(root, "switch", "-qc", "other")
    (root / "kept").write_text("of the other branch\n")
    (root / "added").write_text("there\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "second")
    git(root, "switch", "-q", "main")
    (root / "changed").write_text("changed by hand\n")
    (root / "staged").write_text("staged\nmore\n")
    git(root, "add", "staged")
    (root / "new").write_text("not known to git\n")
    return root


def taken_back(command: str, root: Path, store: Path) -> tuple[str, ...]:
    """Keep, run, and take back, as a session does; return the commands that led back."""
    keeper = KeptUndo(store, POLICY, os.environ)
    origin = UndoOrigin(session_id="s", turn_id="t", step_id="s1", command=command, cwd=str(root))
    identity = keeper.prepare(origin, POLICY.assess(command, str(root)))
    subprocess.run(["bash", "-c", command], cwd=root, check=True, capture_output=True)
    assert keeper.settle(identity) is not None
    back = keeper.way_back(identity)
    for way in back:
        subprocess.run(["bash", "-c", way], check=True, capture_output=True)
    assert {file.outcome for file in keeper.restore(identity)} <= {"restored", "already"}
    return back


@pytest.mark.parametrize(
    "command",
    [
        "git commit -qm more",
        "git commit -qam everything",
        "git add -A",
        "git add -A && git commit -qm all && git branch side && git tag v1",
        "git reset -q --hard",
        "git reset -q --hard HEAD && git merge -q other",
        "git merge -q other",
        "git stash -q -u",
        "git checkout -q -- changed",
        "git clean -qfd",
        "git switch -qc topic && git commit -qm there",
        "git checkout -qf other",
        "git checkout -q --detach",
        "git branch -qD other",
        "git rm -q --cached kept",
        "git rm -qf kept staged",
        "git mv kept moved",
        "git commit -q --amend -m first-again",
        "git config user.name b",
    ],
)
def test_a_repository_is_as_it_was(repository: Path, tmp_path: Path, command: str) -> None:
    before = state(repository)
    config = git(repository, "config", "--list", "--local")

    taken_back(command, repository, tmp_path / "undo")

    assert state(repository) == before
    assert git(repository, "config", "--list", "--local") == config


def test_a_repository_that_moved_on_is_left_alone(repository: Path, tmp_path: Path) -> None:
    keeper = KeptUndo(tmp_path / "undo", POLICY, os.environ)
    command = "git commit -qm more"
    origin = UndoOrigin(session_id="s", turn_id="t", step_id="s1", command=command, cwd=str(repository))
    identity = keeper.prepare(origin, POLICY.assess(command, str(repository)))
    git(repository, "commit", "-qm", "more")
    keeper.settle(identity)
    git(repository, "commit", "-qm", "mine", "--allow-empty")

    assert keeper.way_back(identity) == ()
    assert keeper.way_back(identity, is_forced=True) != ()


def test_a_command_in_another_directory_means_that_repository(repository: Path, tmp_path: Path) -> None:
    before = state(repository)
    keeper = KeptUndo(tmp_path / "undo", POLICY, os.environ)
    prospect = keeper.foresee(POLICY.assess(f"cd {repository} && git reset --hard", "/"), "/")
    assert prospect.kinds == ("git",)
    assert state(repository) == before


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no dpkg")
def test_packages_lead_back_by_name_and_version() -> None:
    before = packages.installed(Asker(os.environ))
    assert before
    name, version = next(iter(before.items()))
    after = {**before, "new:amd64": "1"}
    del after[name]

    assert list(packages.way_back(before, after, "sudo ")) == [
        "sudo apt-get purge -y -- new:amd64",
        f"sudo apt-get install -y --allow-downgrades -- {name}={version}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "back"),
    [
        ("inactive disabled", "active enabled", ["systemctl disable -- u", "systemctl stop -- u"]),
        ("active enabled", "inactive disabled", ["systemctl enable -- u", "systemctl start -- u"]),
        (
            "active enabled",
            "inactive masked",
            ["systemctl unmask -- u", "systemctl enable -- u", "systemctl start -- u"],
        ),
        ("active static", "inactive static", ["systemctl start -- u"]),
        ("active enabled", "active enabled", []),
    ],
)
def test_units_lead_back_to_their_state(old: str, new: str, back: list[str]) -> None:
    assert list(units.way_back({"u": old}, {"u": new}, "")) == back


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("systemctl enable --now nginx", ["nginx"]),
        ("systemctl --user stop a b", ["--user a", "--user b"]),
        ("service ssh stop", ["ssh"]),
        ("systemctl restart nginx", []),
        ("systemctl status nginx", []),
    ],
)
def test_units_are_seen_in_commands(command: str, found: list[str]) -> None:
    assert units.changed_units(command.split()) == found
