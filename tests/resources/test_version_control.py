"""What git keeps of files."""

import os
import subprocess
from pathlib import Path

import pytest

from fazai_tui.resources.version_control import GitVersions


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository whose index holds two files and a link."""
    folder = tmp_path / "repo"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "one").write_text("1")
    (folder / "sub dir" / "dois é [x]*").write_text("2")
    (folder / "link").symlink_to("one")
    for words in (("init", "-q"), ("add", "-A")):
        subprocess.run(("git", *words), cwd=folder, check=True)
    return folder


def _unsaved(*files: Path) -> int | None:
    return GitVersions(os.environ).unsaved([str(file) for file in files])


def test_the_very_content_counts(repository: Path) -> None:
    files = (repository / "one", repository / "sub dir" / "dois é [x]*", repository / "link")
    assert _unsaved(*files) == 0
    (repository / "one").write_text("another")
    assert _unsaved(*files) == 1
    (repository / "new").write_text("")
    assert _unsaved(*files, repository / "new") == 2


def test_outside_of_a_repository_nothing_is_said(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "alone").write_text("")
    assert _unsaved(tmp_path / "alone") is None
    assert _unsaved(repository / "one", tmp_path / "alone") == 1


def test_a_repository_runs_nothing(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for name in ("core.fsmonitor", "filter.x.clean", "filter.x.process", "diff.external", "core.pager"):
        subprocess.run(("git", "config", name, f"touch '{mark}'"), cwd=repository, check=True)
    (repository / ".gitattributes").write_text("* filter=x\n")
    (repository / "one").write_text("another")
    assert _unsaved(repository / "one", repository / ".gitattributes") == 2
    assert not mark.exists()


def test_a_broken_repository_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "file").write_text("")
    assert _unsaved(tmp_path / "file") is None


def test_without_git_nothing_is_said(repository: Path) -> None:
    assert GitVersions({"PATH": "/nonexistent"}).unsaved([str(repository / "one")]) in (None, 0)
