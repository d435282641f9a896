"""The map of a working directory."""

import os
import subprocess
from pathlib import Path

import pytest

from fazai_tui.resources import workspace
from fazai_tui.resources.workspace import LIFETIME, WorkspaceMapper


def git(folder: Path, *arguments: str) -> None:
    """Run git in a repository."""
    settings = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(("git", *settings, "-C", str(folder), *arguments), check=True, capture_output=True)


def mapper(now: list[float] | None = None) -> WorkspaceMapper:
    """Return a mapper whose clock is the test's."""
    moment = now if now is not None else [0.0]
    return WorkspaceMapper(os.environ, clock=lambda: moment[0])


def test_languages_and_what_was_edited_last(tmp_path: Path) -> None:
    for place, name in enumerate(("a.py", "b.py", "c.sh", "node_modules/d.js", ".cache/d.js", "sub/e.py")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (place, place))
    found = mapper().map(str(tmp_path))

    assert found.languages == (("Python", 3), ("Shell", 1))
    assert found.files == 4
    assert found.last_edited == ("sub/e.py", "c.sh", "b.py", "a.py")
    assert (found.branch, found.changed, found.is_partial) == ("", None, False)


def test_git_tells_the_branch_and_what_changed_and_runs_no_filter(tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / "a.txt").write_text("one")
    git(tmp_path, "add", "a.txt")
    git(tmp_path, "commit", "-m", "x")
    mark = tmp_path / "filter-ran"
    (tmp_path / ".gitattributes").write_text("* filter=bad\n")
    git(tmp_path, "config", "filter.bad.clean", f"touch {mark}; cat")
    sub = tmp_path / "sub"
    sub.mkdir()
    assert mapper().map(str(sub)).changed == 0
    (tmp_path / "a.txt").write_text("another")
    found = mapper().map(str(sub))

    assert (found.branch, found.changed) == ("main", 1)
    assert not mark.exists()


def test_a_pipe_in_place_of_gits_head_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git" / "HEAD")

    assert mapper().map(str(tmp_path)).branch == ""


def test_a_huge_tree_is_looked_at_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "MOST_ENTRIES", 50)
    for number in range(80):
        (tmp_path / f"{number}.py").write_text("")
    found = mapper().map(str(tmp_path))

    assert found.is_partial
    assert found.files == 50


def test_a_slow_tree_is_looked_at_in_part(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.py").write_text("")
    moments = iter(range(100))
    maps = WorkspaceMapper(os.environ, clock=lambda: next(moments) * workspace.MOST_SECONDS / 4)

    assert 0 < maps.map(str(tmp_path)).files < 8


def test_a_map_is_kept_for_its_lifetime(tmp_path: Path) -> None:
    now = [0.0]
    maps = mapper(now)
    maps.map(str(tmp_path))
    (tmp_path / "a.py").write_text("")
    now[0] = LIFETIME - 1
    assert maps.map(str(tmp_path)).files == 0
    now[0] = LIFETIME + 1
    assert maps.map(str(tmp_path)).files == 1


def test_a_directory_that_is_gone_has_an_empty_map(tmp_path: Path) -> None:
    assert mapper().map(str(tmp_path / "gone")).files == 0
