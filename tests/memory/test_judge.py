"""The second look at what a search found."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fazai_tui.core.cookbook import Entry, Language
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.guess import Guess
from fazai_tui.memory.judge import Judge, Layers
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of

TYPED_COMMANDS: tuple[tuple[Language, str, str], ...] = (
    ("en", "setenforce 0", "security.selinux-permissive"),
    ("pt", "getenforce", "security.selinux"),
    ("en", "lsof +L1", "disks.deleted-open"),
    ("pt", "du -sh .", "disks.du-here"),
    ("en", "usermod -U carlos", "users.unlock"),
)


def save(file: Path, hidden: NDArray[np.float64]) -> None:
    """Write a judge of two numbers and two units."""
    two = np.zeros(2)
    np.savez(
        file,
        mean=two,
        scale=two,
        hidden=hidden,
        offset=two,
        output=two,
        terms=np.zeros((1, 2)),
        entries=np.zeros((1, 2)),
        sharpness=np.ones(()),
        ids=np.zeros(1, np.uint8),
    )


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Return the shipped judge."""
    shipped = Judge.shipped()
    assert shipped is not None
    return shipped


@pytest.fixture(scope="module")
def part(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return a part of the cookbook."""
    return tuple(entry for entry in entries if entry.id.startswith(("users.", "disks.d", "security.s")))


def test_the_shipped_judge_belongs_to_the_shipped_vectors_and_cookbook(
    judge: Judge, entries: tuple[Entry, ...]
) -> None:
    vectors = TermVectors.shipped()
    known = set(judge.guess.ids)
    asked = [entry.id for entry in entries if entry.kind != "repair"]

    assert vectors is not None and judge.guess.size == len(vectors.rows)
    assert sum(name in known for name in asked) / len(asked) > 0.9


@pytest.mark.parametrize(("language", "order", "wanted"), TYPED_COMMANDS)
def test_a_command_that_is_typed_finds_its_entry(
    cookbook: CookbookRetriever, language: Language, order: str, wanted: str
) -> None:
    assert wanted in [item.entry.id for item in cookbook.search(order, limit=3, language=language)]


def test_what_was_found_first_is_ordered_anew_and_nothing_is_lost(part: tuple[Entry, ...], judge: Judge) -> None:
    vectors = TermVectors.shipped()
    plain = CookbookRetriever(lambda: indexes_of(part, vectors))
    judged = CookbookRetriever(lambda: indexes_of(part, vectors, judge=judge))
    order = "usermod -U carlos"
    before = [item.entry.id for item in plain.search(order, limit=len(part), language="en")]
    after = judged.search(order, limit=len(part), language="en")
    scores = [item.score for item in after]

    assert before != [item.entry.id for item in after][: len(before)]
    assert set(before) <= {item.entry.id for item in after}
    assert scores == sorted(scores, reverse=True)


def test_a_judge_of_other_vectors_is_not_asked(part: tuple[Entry, ...], judge: Judge) -> None:
    other = TermVectors(["disk"], np.ones((1, 4), dtype=np.float32))
    order = "quero liberar o usuário maria"
    plain = CookbookRetriever(lambda: indexes_of(part, other)).search(order, limit=5)
    judged = CookbookRetriever(lambda: indexes_of(part, other, judge=judge)).search(order, limit=5)

    assert plain == judged


def test_an_entry_that_the_guess_does_not_know_can_still_be_found(part: tuple[Entry, ...], judge: Judge) -> None:
    renamed = [entry.model_copy(update={"id": "users.new"}) if entry.id == "users.unlock" else entry for entry in part]
    cookbook = CookbookRetriever(lambda: indexes_of(renamed, TermVectors.shipped(), judge=judge))

    found = cookbook.search("desbloqueia o usuário maria", limit=3, language="pt")

    assert "users.new" in [item.entry.id for item in found]


def test_evidence_is_scaled_and_weighed() -> None:
    layers = Layers(
        mean=np.array([1, 0], np.float32),
        scale=np.array([2, 1], np.float32),
        hidden=np.array([[1, 0], [0, -1]], np.float32),
        offset=np.array([0, 0.5], np.float32),
        output=np.array([1, 10], np.float32),
    )
    judge = Judge(layers, Guess([], np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), 1))

    assert judge.width == 2
    assert judge.weigh(np.array([[3, 0], [-9, 0.25], [1, 9]], np.float32)).tolist() == [6, 2.5, 0]


def test_a_judge_that_is_not_there_or_is_damaged_is_none(tmp_path: Path) -> None:
    file = tmp_path / "reranker.npz"
    assert Judge.read(file) is None
    file.write_bytes(b"PK\x03\x04 no archive")
    assert Judge.read(file) is None
    np.savez(file, mean=np.zeros(3))
    assert Judge.read(file) is None
    save(file, hidden=np.zeros((2, 3)))
    assert Judge.read(file) is None
    save(file, hidden=np.zeros((2, 2)))
    assert Judge.read(file) is not None
