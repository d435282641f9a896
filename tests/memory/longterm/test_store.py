"""The embedded store: what it keeps, who may open it, what it refuses."""

import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from fazai_tui.core.errors import FazaiError
from fazai_tui.core.memory import MemoryDraft
from fazai_tui.memory.longterm.collection import COLLECTIONS, StoredPoint, Where
from fazai_tui.memory.longterm.payload import PointMaker, entry_of, new_entry
from fazai_tui.memory.longterm.store import SCHEMA
from tests.memory.longterm.conftest import OpenStore

_OTHER_PROCESS = """
import sys, time
from pathlib import Path
from fazai_tui.config.texts import Texts
from fazai_tui.core.memory import MemoryDraft
from fazai_tui.memory.longterm.payload import PointMaker, new_entry
from fazai_tui.memory.longterm.store import EmbeddedStore
maker = PointMaker()
store = EmbeddedStore(Path(sys.argv[1]), Texts("en"), width=384, remake=maker.remake)
for number in range(int(sys.argv[2])):
    with store.use("fazai_memory") as collection:
        entry = new_entry(MemoryDraft(text=f"entry {number}"))
        collection.put([maker.point(entry)])
    print(entry.id, flush=True)
print("idle", flush=True)
sys.stdin.read()
"""


def _other_process(folder: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _OTHER_PROCESS, str(folder), str(count)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def _points(maker: PointMaker, texts: Sequence[str]) -> list[StoredPoint]:
    return [maker.point(new_entry(MemoryDraft(text=text))) for text in texts]


def test_entries_are_there_after_reopening(open_store: OpenStore, maker: PointMaker) -> None:
    store = open_store()
    for name in COLLECTIONS:
        with store.use(name) as collection:
            collection.put(_points(maker, [f"{name} one", f"{name} two"]))
    store.close()
    again = open_store()
    for name in COLLECTIONS:
        with again.use(name) as collection:
            texts = sorted(entry_of(payload).text for _, payload in collection.scan(Where()))
        assert texts == [f"{name} one", f"{name} two"]


def test_entries_are_found_by_words_and_by_fields(open_store: OpenStore, maker: PointMaker) -> None:
    with open_store().use("fazai_memory") as collection:
        collection.put(_points(maker, ["the printer is called bertha", "the router is called anton"]))
        found = collection.by_words(maker.words.of_query("what is bertha"), Where(), 5)
        assert entry_of(found[0].payload).text == "the printer is called bertha"
        assert not collection.by_words(maker.words.of_query("bertha"), Where({"kind": ("plan",)}), 5)
        assert not collection.by_words(maker.words.of_query("!"), Where(), 5)


def test_entries_are_found_by_meaning_where_they_have_one(open_store: OpenStore, maker: PointMaker) -> None:
    near, far = [1.0] + [0.0] * 383, [0.0, 1.0] + [0.0] * 382
    entries = [new_entry(MemoryDraft(text=text)) for text in ("near", "far", "none")]
    with open_store().use("fazai_memory") as collection:
        points = zip(entries, (near, far, None), strict=True)
        collection.put([maker.point(entry, "m", vector) for entry, vector in points])
        found = collection.by_meaning(near, Where(), 5)
    assert [entry_of(hit.payload).text for hit in found] == ["near", "far"]
    assert abs(found[0].score - 1) < 1e-3


def test_everything_stored_is_private(open_store: OpenStore, maker: PointMaker, tmp_path: Path) -> None:
    with open_store().use("fazai_memory") as collection:
        collection.put(_points(maker, ["x y z"]))
    assert (tmp_path / "qdrant").stat().st_mode & 0o077 == 0
    for place in (tmp_path / "qdrant").iterdir():
        assert place.stat().st_mode & 0o077 == 0, place


def test_a_killed_process_loses_nothing_it_acknowledged(open_store: OpenStore, tmp_path: Path) -> None:
    process = _other_process(tmp_path / "qdrant", 100_000)
    acknowledged = _lines(process, 300)
    os.kill(process.pid, signal.SIGKILL)
    rest, _ = process.communicate()
    acknowledged += [line for line in rest.splitlines() if len(line) == 36]
    with open_store().use("fazai_memory") as collection:
        stored = {entry_id for entry_id, _ in collection.scan(Where())}
    assert len(acknowledged) >= 300
    assert not set(acknowledged) - stored


def test_the_holder_gives_way_to_another_process(open_store: OpenStore, maker: PointMaker, tmp_path: Path) -> None:
    process = _other_process(tmp_path / "qdrant", 1)
    first, idle = _lines(process, 2)
    assert idle == "idle"
    try:
        with open_store().use("fazai_memory") as collection:
            assert [entry_id for entry_id, _ in collection.scan(Where())] == [first]
    finally:
        _end(process)


def test_a_holder_that_does_not_give_way_is_named(open_store: OpenStore, tmp_path: Path) -> None:
    process = _other_process(tmp_path / "qdrant", 1)
    _lines(process, 2)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(FazaiError, match=f"process {process.pid} "):
            with open_store(patience=0.1).use("fazai_memory"):
                pass
    finally:
        os.kill(process.pid, signal.SIGCONT)
        _end(process)


def test_two_stores_of_one_process_take_turns(open_store: OpenStore, maker: PointMaker) -> None:
    one, other = open_store(), open_store()
    for number in range(6):
        with (one if number % 2 else other).use("fazai_memory") as collection:
            collection.put(_points(maker, [f"entry {number}"]))
            assert collection.count() == number + 1


def test_another_width_makes_the_collections_anew(open_store: OpenStore, maker: PointMaker) -> None:
    entry = new_entry(MemoryDraft(text="the printer is called bertha"))
    store = open_store()
    with store.use("fazai_memory") as collection:
        collection.put([maker.point(entry, "small", [1.0] + [0.0] * 383)])
    store.close()
    with open_store(width=512).use("fazai_memory") as collection:
        assert collection.by_words(maker.words.of_query("bertha"), Where(), 1)
        assert not collection.by_meaning([1.0] + [0.0] * 511, Where(), 1)
        payload = collection.get([entry.id])[0]
        assert entry_of(payload) == entry
        assert payload["embedding"] == ""
        collection.put([maker.point(entry, "large", [1.0] + [0.0] * 511)])
        assert collection.by_meaning([1.0] + [0.0] * 511, Where(), 1)


def test_files_of_a_newer_fazai_are_left_alone(open_store: OpenStore, tmp_path: Path) -> None:
    folder = tmp_path / "qdrant"
    folder.mkdir()
    (folder / "schema.json").write_text(json.dumps({"version": SCHEMA + 1, "width": 384}))
    with pytest.raises(FazaiError, match="newer FazAI"):
        with open_store().use("fazai_memory"):
            pass


def test_damaged_files_are_named_with_a_remedy(open_store: OpenStore, maker: PointMaker, tmp_path: Path) -> None:
    store = open_store()
    with store.use("fazai_memory") as collection:
        collection.put(_points(maker, ["x y z"]))
    store.close()
    (tmp_path / "qdrant/fazai_memory/edge_config.json").write_text("{")
    with pytest.raises(FazaiError, match=r"is damaged.*fazai memory import"):
        with open_store().use("fazai_memory"):
            pass


def test_a_snapshot_can_be_put_back(open_store: OpenStore, maker: PointMaker, tmp_path: Path) -> None:
    store, file = open_store(), tmp_path / "memory.tar.gz"
    with store.use("fazai_memory") as collection:
        collection.put(_points(maker, ["kept"]))
    store.snapshot(file)
    assert file.stat().st_mode & 0o077 == 0
    with store.use("fazai_memory") as collection:
        collection.put(_points(maker, ["later"]))
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path / "back", filter="data")
    with open_store(tmp_path / "back").use("fazai_memory") as collection:
        assert [entry_of(payload).text for _, payload in collection.scan(Where())] == ["kept"]


def test_a_snapshot_that_cannot_be_written_is_an_error(open_store: OpenStore, tmp_path: Path) -> None:
    with pytest.raises(FazaiError, match="cannot be written"):
        open_store().snapshot(tmp_path / "nowhere" / "memory.tar.gz")
