"""The prepared cookbook: kept, used again, made anew when it is damaged, and never in the way."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory import store as store_module
from fazai_tui.memory.cookbook import load_cookbook, shipped_cookbook
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.memory.store import KnowledgeStore

ORDER = "quanto espaço livre tem no disco"


def first(folder: Path) -> tuple[str, float]:
    """Return the best entry that a store in a folder finds, with its score."""
    (found,) = CookbookRetriever(KnowledgeStore(folder).open).search(ORDER, limit=1)
    return found.entry.id, found.score


@pytest.fixture(autouse=True)
def parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Let the cookbook be a small part of the shipped one; return a list that grows whenever it is parsed."""
    part = tmp_path / "cookbook"
    part.mkdir()
    for name in ("disks.toml", "repairs.toml"):
        (part / name).write_bytes(shipped_cookbook().joinpath(name).read_bytes())
    count: list[bool] = []

    def load() -> tuple[Entry, ...]:
        count.append(True)
        return load_cookbook(part)

    monkeypatch.setattr(store_module, "shipped_cookbook", lambda: part)
    monkeypatch.setattr(store_module, "load_cookbook", load)
    return count


@pytest.fixture
def prepared(tmp_path: Path, parsed: list[bool]) -> Path:
    """Return a prepared cookbook that a test may spoil."""
    KnowledgeStore(tmp_path / "knowledge").open()
    parsed.clear()
    return tmp_path / "knowledge"


@pytest.fixture
def expected(tmp_path: Path, parsed: list[bool]) -> tuple[str, float]:
    """Return what is found without anything kept."""
    part = tmp_path / "cookbook"
    (found,) = CookbookRetriever(lambda: indexes_of(load_cookbook(part), TermVectors.shipped())).search(ORDER, limit=1)
    assert not parsed
    return found.entry.id, found.score


def test_what_was_prepared_is_used_again(prepared: Path, parsed: list[bool], expected: tuple[str, float]) -> None:
    assert first(prepared) == expected
    assert parsed == []


def test_it_holds_no_code(prepared: Path) -> None:
    """Nothing that is loaded can run anything: no pickles, no compiled Python."""
    names = [file for file in prepared.rglob("*") if file.is_file()]

    assert names
    for file in names:
        assert file.suffix in (".json", ".npy", ".npz"), file
        if file.suffix == ".npy":
            assert b"'descr': '|O'" not in file.read_bytes()[:200]


def _cut(folder: Path) -> None:
    (folder / "entries.json").write_bytes((folder / "entries.json").read_bytes()[:5000])


def _empty(folder: Path) -> None:
    for file in folder.rglob("*.npy"):
        file.write_bytes(b"")


def _forge(folder: Path) -> None:
    (folder / "entries.json").write_text(json.dumps([{"id": "x"}]))


def _remove(folder: Path) -> None:
    shutil.rmtree(folder / "orders")


def _flip(folder: Path) -> None:
    for file in folder.rglob("*.npz"):
        file.write_bytes(b"no archive")


@pytest.mark.parametrize("spoil", [_cut, _empty, _forge, _remove, _flip])
def test_what_is_damaged_is_made_anew_once(
    prepared: Path, parsed: list[bool], expected: tuple[str, float], spoil: Callable[[Path], None]
) -> None:
    (folder,) = prepared.iterdir()
    spoil(folder)

    assert first(prepared) == expected
    parsed.clear()
    assert first(prepared) == expected
    assert parsed == [], "what was made anew is kept"


def test_another_cookbooks_is_forgotten(prepared: Path, parsed: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_FORMAT", "another")
    (before,) = prepared.iterdir()

    first(prepared)

    (after,) = prepared.iterdir()
    assert after.name != before.name and parsed


def test_a_changed_cookbook_is_read_again(prepared: Path, parsed: list[bool], tmp_path: Path) -> None:
    with (tmp_path / "cookbook" / "disks.toml").open("a") as file:
        file.write("# changed\n")

    first(prepared)

    assert parsed


def test_where_nothing_can_be_written_it_works_all_the_same(tmp_path: Path, expected: tuple[str, float]) -> None:
    (tmp_path / "occupied").write_text("a file where a directory should be")

    assert first(tmp_path / "occupied") == expected


def test_what_is_kept_is_the_users_alone(prepared: Path) -> None:
    (folder,) = prepared.iterdir()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_a_killed_run_left_is_removed_but_not_what_another_writes(prepared: Path) -> None:
    left, busy = prepared / "part-left", prepared / "part-busy"
    for folder in (left, busy):
        folder.mkdir()
        (folder / "entries.json").write_text("[")
    long_ago = left.stat().st_mtime - 86_400
    os.utime(left, (long_ago, long_ago))

    KnowledgeStore(prepared).open()

    assert not left.exists()
    assert busy.exists()
