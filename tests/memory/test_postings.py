"""Which documents and entries hold which terms, by weight."""

from pathlib import Path

import numpy as np
import pytest

from fazai_tui.memory.postings import Postings

DOCUMENTS = (["disk", "free", "disk"], ["space", "disk"], ["nginx", "restart"], ["nginx"])
OWNERS = np.array([0, 0, 1, 2])


@pytest.fixture
def postings() -> Postings:
    """Return two documents of one entry and one each of two others."""
    return Postings.build(DOCUMENTS, OWNERS)


def test_a_term_of_fewer_entries_says_more(postings: Postings) -> None:
    assert postings.weight("free") == postings.weight("disk") > postings.weight("nginx")
    assert postings.weight("never seen") > postings.weight("free")


def test_an_entry_holds_what_any_of_its_documents_does_and_counts_it_once(postings: Postings) -> None:
    documents, entries = postings.shared(["disk", "free", "unknown"])
    disk, free = postings.weight("disk"), postings.weight("free")

    assert np.allclose(documents, [disk + free, disk, 0, 0])
    assert np.allclose(entries, [disk + free, 0, 0])


def test_documents_can_be_left_out(postings: Postings) -> None:
    documents, entries = postings.shared(["disk", "free"], [0])

    assert np.allclose(documents, [0, postings.weight("disk"), 0, 0])
    assert np.allclose(entries, [postings.weight("disk"), 0, 0])


def test_a_document_weighs_as_much_as_its_terms(postings: Postings) -> None:
    assert np.isclose(postings.masses[0], postings.weight("disk") + postings.weight("free"))


def test_the_words_of_each_entry_are_listed_once(postings: Postings) -> None:
    rows = {"disk": 4, "nginx": 0, "space": 2, "elsewhere": 9}

    assert [own.tolist() for own in postings.rows_of_entries(rows)] == [[2, 4], [0], [0]]
    assert [own.tolist() for own in postings.rows_of_entries({})] == [[], [], []]


def test_what_was_saved_is_the_same(postings: Postings, tmp_path: Path) -> None:
    postings.save(tmp_path / "postings.npz")
    loaded = Postings.load(tmp_path / "postings.npz")

    assert [part.tolist() for part in loaded.shared(["disk"])] == [p.tolist() for p in postings.shared(["disk"])]
    assert loaded.masses.tolist() == postings.masses.tolist()


def test_there_may_be_no_documents() -> None:
    nothing = Postings.build([], np.zeros(0, dtype=np.intp))

    assert [part.tolist() for part in nothing.shared(["disk"])] == [[], []]
