"""Long-term memory: what it keeps, what it never keeps, what it finds and how that fades."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fazai_tui.core.errors import FazaiError
from fazai_tui.core.memory import MemoryDraft, MemoryEntry
from fazai_tui.memory.longterm.collection import Where
from fazai_tui.memory.longterm.embedder import EmbedderState
from fazai_tui.memory.longterm.memory import LongTermMemory
from fazai_tui.memory.longterm.payload import PointMaker, new_entry, signature
from fazai_tui.memory.longterm.recall import Query, Recaller, freshness
from fazai_tui.memory.longterm.resemblance import Resemblance
from tests.memory.longterm.conftest import OpenMemory, OpenStore

CANARY = "k4n4r1nh0-7f3b"
DAY = 86_400.0


class Letters:
    """Embeds a text as how often it has which letter: texts of the same letters mean the same."""

    name = "letters"
    state: EmbedderState = "ready"

    def embed(self, texts: Sequence[str], *, wait: float = 0.0) -> list[list[float]] | None:
        if self.state != "ready":
            return None
        rows = [[float(text.lower().count(chr(97 + place % 26))) for place in range(384)] for text in texts]
        return [[value / (sum(x * x for x in row) ** 0.5 or 1) for value in row] for row in rows]

    def close(self) -> None:
        pass


@pytest.fixture
def memory(open_memory: OpenMemory) -> Iterator[LongTermMemory]:
    opened = open_memory()
    yield opened
    opened.close()


def _plan(order: str, *commands: str, host: str = "web1") -> MemoryDraft:
    return MemoryDraft(kind="plan", text=order, commands=commands, host=host, source="turn")


def test_what_is_stated_is_found_again(memory: LongTermMemory) -> None:
    memory.remember(MemoryDraft(text="o banco postgres escuta na porta 5433"))
    memory.remember(MemoryDraft(text="o backup roda de madrugada"))
    found = memory.recall("qual a porta do banco postgres?", host="web1", kinds=("fact",), limit=3)
    assert found[0].entry.text == "o banco postgres escuta na porta 5433"
    assert found[0].match == "words"
    assert 0.3 <= found[0].score < 1


def test_the_same_order_comes_first(memory: LongTermMemory) -> None:
    memory.remember(_plan("mostre o espaço livre nos discos", "df -h --total"))
    memory.remember(_plan("mostre o espaço livre", "df -h"))
    found = memory.recall("Mostre o espaço livre!", host="web1", kinds=("plan",), limit=3)
    assert [(item.entry.commands, item.match) for item in found] == [
        (("df -h",), "same"),
        (("df -h --total",), "words"),
    ]


def test_plans_of_another_host_are_left_out(memory: LongTermMemory) -> None:
    memory.remember(_plan("mostre o espaço livre", "df -h", host="web2"))
    assert not memory.recall("mostre o espaço livre", host="web1", kinds=("plan",), limit=3)
    assert memory.search("mostre o espaço livre", limit=3)


def test_the_newer_of_two_same_entries_stays(memory: LongTermMemory) -> None:
    first = memory.remember(_plan("mostre o espaço livre", "df"))
    assert first is not None
    memory.settle([first.id], has_helped=False)
    second = memory.remember(_plan("  Mostre o espaço  livre.", "df -h"))
    assert second is not None
    assert [(entry.id, entry.commands, entry.failures) for entry in memory.entries()] == [(first.id, ("df -h",), 0)]


def test_statements_that_mean_the_same_are_one(open_memory: OpenMemory) -> None:
    memory = open_memory(Letters())
    memory.remember(MemoryDraft(text="the printer is bertha"))
    memory.remember(MemoryDraft(text="bertha is the printer"))
    memory.remember(MemoryDraft(text="port 80 is open"))
    memory.remember(MemoryDraft(text="port 81 is open"))
    texts = {entry.text for entry in memory.entries()}
    assert texts == {"bertha is the printer", "port 80 is open", "port 81 is open"}


@pytest.mark.parametrize(
    "text",
    [
        f"a senha do banco: senha={CANARY}",
        f"use https://ana:{CANARY}@example.org/",
        f"export API_TOKEN='{CANARY}'",
        f"Authorization: Bearer {CANARY}{CANARY}",
    ],
)
def test_no_secret_is_ever_stored(memory: LongTermMemory, tmp_path: Path, text: str) -> None:
    memory.remember(MemoryDraft(text=text))
    memory.remember(_plan(f"rode {text}", "true"))
    memory.remember(_plan("uma ordem", f"echo {text}"))
    memory.remember(MemoryDraft(kind="cure", text=f"error: {text} refused", commands=("true",)))
    line = new_entry(MemoryDraft(text=f"imported {text}")).model_dump_json()
    memory.take_in([line])
    for entry in memory.entries():
        memory.edit(entry.id, f"edited {entry.id} {text}")
    assert CANARY not in "\n".join(memory.export())
    memory.close()
    files = [place for place in tmp_path.rglob("*") if place.is_file()]
    assert files and not any(CANARY.encode() in place.read_bytes() for place in files)


def test_a_command_without_its_secret_is_not_stored(memory: LongTermMemory) -> None:
    assert memory.remember(_plan("liste os bancos", f"mysql -u root -p{CANARY} -e 'show databases'")) is None
    assert memory.entries() == ()


def test_an_error_is_recognised_whatever_its_numbers(memory: LongTermMemory) -> None:
    output = "E: Could not get lock /var/lib/dpkg/lock. It is held by process 4711 (apt)\n"
    memory.remember(MemoryDraft(kind="cure", text=output, commands=("sleep 5",), host="web1"))
    found = memory.cures("noise\n" + output.replace("4711", "99"), host="web1", limit=1)
    assert found and found[0].entry.commands == ("sleep 5",)
    assert signature(output) == signature(output.replace("4711", "99"))


def test_entries_fade_unless_pinned() -> None:
    entry = new_entry(MemoryDraft(text="x"), now=0.0)
    assert freshness(entry, 0.0) == 1.0
    assert abs(freshness(entry, 90 * DAY) - 0.5) < 1e-9
    assert freshness(entry, 9000 * DAY) == 0.25
    assert freshness(entry.model_copy(update={"pinned": True}), 9000 * DAY) == 1.0


def test_of_two_like_entries_the_fresh_one_comes_first(open_store: OpenStore, maker: PointMaker) -> None:
    now, asked = time.time(), "where does the printer stand"
    old = new_entry(MemoryDraft(text="the printer stands in room seven"), now=now - 400 * DAY)
    new = new_entry(MemoryDraft(text="the printer stands in room eight"), now=now)
    recaller = Recaller(maker.words, Resemblance())
    with open_store().use("fazai_memory") as collection:
        collection.put([maker.point(old), maker.point(new)])
        found = recaller.recall(collection, Query(asked, Where(), 5, now=now))
        assert [item.entry.id for item in found] == [new.id, old.id][: len(found)]
        pinned = old.model_copy(update={"pinned": True})
        collection.put([maker.point(pinned)])
        scores = {item.entry.id: item.score for item in recaller.recall(collection, Query(asked, Where(), 5))}
    assert min(scores.values()) > 0.4


def test_an_entry_can_be_edited_pinned_and_forgotten(memory: LongTermMemory) -> None:
    entry = memory.remember(MemoryDraft(text="the printer is bertha"))
    assert entry is not None
    memory.edit(entry.id[:4], "the printer is anton")
    memory.pin(entry.id, is_pinned=True)
    assert [(item.text, item.pinned) for item in memory.entries()] == [("the printer is anton", True)]
    assert memory.search("anton", limit=1) and not memory.search("bertha", limit=1)
    memory.forget([entry.id])
    assert memory.entries() == ()


@pytest.mark.parametrize("name", ["abc", "ffff", ""])
def test_an_unknown_entry_is_an_error(memory: LongTermMemory, name: str) -> None:
    memory.remember(MemoryDraft(text="x y"))
    with pytest.raises(FazaiError, match="no entry is called"):
        memory.entry(name)


def test_what_helped_and_what_failed_is_noted(memory: LongTermMemory) -> None:
    entry = memory.remember(_plan("mostre o espaço livre", "df -h"))
    assert entry is not None
    memory.settle([entry.id, "00000000-0000-0000-0000-000000000000"], has_helped=False)
    assert memory.entries()[0].failures == 1
    memory.settle([entry.id], has_helped=True)
    assert (memory.entries()[0].failures, memory.entries()[0].uses) == (0, 1)


def test_an_export_can_be_imported_elsewhere(open_memory: OpenMemory, tmp_path: Path) -> None:
    memory = open_memory()
    memory.remember(MemoryDraft(text="the printer is bertha"))
    memory.remember(_plan("mostre o espaço livre", "df -h"))
    lines = list(memory.export())
    other = open_memory(folder=tmp_path / "other")
    assert other.take_in(lines) == 2
    assert other.take_in(lines) == 2
    assert sorted(map(repr, other.entries())) == sorted(map(repr, memory.entries()))
    assert other.search("bertha", limit=1)


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "x"}', json.dumps({"kind": "spell", "text": "x"})])
def test_a_broken_import_changes_nothing(memory: LongTermMemory, line: str) -> None:
    good = new_entry(MemoryDraft(text="good")).model_dump_json()
    with pytest.raises(FazaiError, match="line 3 is no entry"):
        memory.take_in([good, "", line])
    assert memory.entries() == ()


def test_what_was_stored_without_vectors_gets_them_later(open_memory: OpenMemory) -> None:
    embedder = Letters()
    embedder.state = "loading"
    memory = open_memory(embedder)
    memory.remember(MemoryDraft(text="abc xyz"))
    assert memory.fill_in(wait=0) == 0
    embedder.state = "ready"
    assert memory.fill_in(wait=0) == 1
    assert memory.fill_in(wait=0) == 0
    found = memory.recall("zyx cba", host="", kinds=("fact",), limit=1)
    assert [(item.entry.text, item.match) for item in found] == [("abc xyz", "meaning")]


def test_an_entry_is_a_line_of_json(memory: LongTermMemory) -> None:
    entry = memory.remember(MemoryDraft(text="two\nlines"))
    lines = list(memory.export())
    assert len(lines) == 1 and MemoryEntry.model_validate_json(lines[0]) == entry


def test_entries_of_this_host_are_found_among_many_of_others(memory: LongTermMemory) -> None:
    lines = [
        new_entry(_plan(f"mostre o espaço livre {number}", "df", host="web2")).model_dump_json() for number in range(90)
    ]
    memory.take_in([*lines, new_entry(_plan("mostre o espaço livre agora", "df -h")).model_dump_json()])
    found = memory.recall("mostre o espaço livre 7", host="web1", kinds=("plan",), limit=3)
    assert [item.entry.commands for item in found] == [("df -h",)]
