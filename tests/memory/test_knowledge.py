"""The cookbook and imported documents in one list: what is found, in what order, and what never gets in the way."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import LANGUAGES, Entry, Language, Retrieved
from fazai_tui.core.errors import FazaiError
from fazai_tui.memory import shelf as shelf_module
from fazai_tui.memory.document_index import DocumentIndex
from fazai_tui.memory.documents import Document, Kind, answer_document, command_document
from fazai_tui.memory.knowledge import KnowledgeRetriever
from fazai_tui.memory.library import Library
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.memory.shelf import Shelf
from fazai_tui.memory.terms import TermMaker
from fazai_tui.memory.tldr import page_documents

NOUNS = "map stone paper lake kite lamp glove spoon tower wheel"
VERBS = "fold polish weigh paint count carry wrap spin mend hang"


def document(kind: Kind, page: str, purpose: str, command: str, language: Language = "en") -> Document:
    """Return a document."""
    made = command_document(kind, page, (purpose,), (command,), language)
    assert made is not None
    return made


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Return an empty library."""
    return Library(tmp_path / "library.db", Texts("en"))


@pytest.fixture
def problems() -> list[FazaiError]:
    """Return what a retriever complains of."""
    return []


@pytest.fixture
def retriever(
    cookbook: CookbookRetriever, library: Library, tmp_path: Path, problems: list[FazaiError]
) -> KnowledgeRetriever:
    """Return a retriever of the shipped cookbook and the library."""
    return KnowledgeRetriever(cookbook, library, Shelf(library, tmp_path / "index"), on_problem=problems.append)


def sources(found: Sequence[Retrieved]) -> list[str]:
    """Return where entries are from, cookbook entries as an empty text."""
    return [item.entry.source for item in found]


def test_without_a_library_the_cookbook_answers_alone(
    cookbook: CookbookRetriever, retriever: KnowledgeRetriever
) -> None:
    for order in ("reinicia o nginx", "", "list files"):
        assert retriever.search(order, limit=6) == cookbook.search(order, limit=6)


@pytest.mark.parametrize("order", ["publica o portal", "Publicar o portal", "publique o portal", "PUBLICA O PORTAL"])
def test_a_runbooks_task_comes_first_and_alone(retriever: KnowledgeRetriever, library: Library, order: str) -> None:
    library.replace("runbook", "a.md", "/a", [document("runbook", "a.md", "Publicar o portal", "make publish", "pt")])

    found = retriever.search(order, limit=6, language="pt")

    assert sources(found)[0] == "runbook a.md" and set(sources(found)[1:]) == {""}
    assert found[0].score - found[1].score > 0.2, "a prompt shows it without alternatives"


def test_a_change_by_another_process_is_seen(retriever: KnowledgeRetriever, library: Library) -> None:
    assert "" in sources(retriever.search("publica o portal", limit=1))
    library.replace("runbook", "a.md", "/a", [document("runbook", "a.md", "Publicar o portal", "make", "pt")])
    assert sources(retriever.search("publica o portal", limit=1)) == ["runbook a.md"]
    library.remove("a.md")
    assert sources(retriever.search("publica o portal", limit=1)) == [""]


def test_near_equal_documents_take_no_place_of_the_cookbook(
    retriever: KnowledgeRetriever, cookbook: CookbookRetriever, library: Library
) -> None:
    copies = [document("tldr", "x", "Restart a service", "x restart"), document("tldr", "y", "reinicia o nginx", "y")]
    library.replace("tldr", "tldr", "", copies * 10)

    for order in ("restart the service nginx", "reinicia o serviço nginx", "list the files here"):
        alone = cookbook.search(order, limit=3)
        assert retriever.search(order, limit=6)[:3] == alone


def test_what_the_cookbook_does_not_know_is_found_in_documents(retriever: KnowledgeRetriever, library: Library) -> None:
    page = "# grault\n> Fold.\n- Fold a paper glorp:\n`grault --fold {{path/to/glorp.pdf}}`\n- Burn it:\n`grault -b`\n"
    documents = [item for item in page_documents(page, "grault", "en") if item is not None]
    library.replace("tldr", "tldr", "", documents)

    best = retriever.search("fold the paper glorp a.pdf with grault", limit=6, language="en")[0]

    assert best.entry.source == "tldr grault" and best.phrasing == "Fold a paper glorp: <glorp_pdf>"
    assert [step.run for step in best.entry.steps] == ["grault --fold <glorp_pdf>"]


def test_a_page_that_only_says_something_is_found_as_an_answer(retriever: KnowledgeRetriever, library: Library) -> None:
    made = answer_document("man", "grault", "fold paper glorps", "grault: fold paper glorps. (man grault)", "en")
    assert made is not None
    library.replace("man", "man", "", [made])

    best = retriever.search("what is grault that folds paper glorps", limit=3, language="en")[0]

    assert best.entry.answer is not None and best.entry.source == "man grault"


def test_scores_fall_and_no_more_come_than_asked_for(retriever: KnowledgeRetriever, library: Library) -> None:
    library.replace("runbook", "a", "/a", [document("runbook", "a", f"Fold map {n}", "fold") for n in range(30)])

    for order in ("fold map 7", "restart nginx", "fold"):
        for limit in (1, 3, 6):
            scores = [item.score for item in retriever.search(order, limit=limit)]
            assert len(scores) <= limit and scores == sorted(scores, reverse=True), order


@pytest.mark.parametrize("order", ["", " ", "???", "<dir>", "🦫", "a" * 5000, "\x00\x1b[2J", "'\"`$(reboot)`"])
def test_any_text_can_be_searched_for(retriever: KnowledgeRetriever, library: Library, order: str) -> None:
    library.replace("runbook", "a", "/a", [document("runbook", "a", "Fold", "fold")])

    assert len(retriever.search(order, limit=5)) <= 5


def test_documents_are_found_without_a_cookbook_and_without_vectors(library: Library, tmp_path: Path) -> None:
    library.replace("runbook", "a", "/a", [document("runbook", "a", "Fold the map", "fold")])
    alone = KnowledgeRetriever(
        CookbookRetriever(lambda: indexes_of((), None)), library, Shelf(library, tmp_path / "i"), vectors=lambda: None
    )

    assert sources(alone.search("fold the map", limit=3)) == ["runbook a"]


def test_a_damaged_library_is_told_once_and_the_cookbook_answers(
    retriever: KnowledgeRetriever, cookbook: CookbookRetriever, library: Library, problems: list[FazaiError]
) -> None:
    library.file.write_bytes(b"garbage" * 1000)

    for _ in range(3):
        assert retriever.search("reinicia o nginx", limit=3) == cookbook.search("reinicia o nginx", limit=6)[:3]
    assert ["is damaged" in str(problem) for problem in problems] == [True]


def test_a_damaged_index_is_made_anew(retriever: KnowledgeRetriever, library: Library, tmp_path: Path) -> None:
    library.replace("runbook", "a", "/a", [document("runbook", "a", "Fold the map", "fold")])
    retriever.search("fold the map", limit=1)
    (kept,) = (tmp_path / "index").iterdir()
    (kept / "documents.npz").write_bytes(b"no archive")

    assert "runbook" in Shelf(library, tmp_path / "index").indexes(TermMaker(), None)


def test_after_an_update_searches_go_by_words_until_the_index_is_renewed(
    cookbook: CookbookRetriever, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who gives an order waits for the index of 40,000 documents to be built."""
    library.replace("runbook", "a", "/a", [document("runbook", "a", "Publicar o portal", "make", "pt")])
    KnowledgeRetriever(cookbook, library, Shelf(library, tmp_path / "index")).warm_up()
    (before,) = (tmp_path / "index").iterdir()
    monkeypatch.setattr(shelf_module, "_FORMAT", "another")
    built: list[bool] = []
    save = DocumentIndex.save

    def count(index: DocumentIndex, folder: Path) -> None:
        built.append(True)
        save(index, folder)

    monkeypatch.setattr(DocumentIndex, "save", count)
    updated = KnowledgeRetriever(cookbook, library, Shelf(library, tmp_path / "index"))

    assert sources(updated.search("publica o portal", limit=1)) == ["runbook a"] and not built
    updated.warm_up()
    updated.warm_up()

    assert built == [True]
    (after,) = (tmp_path / "index").iterdir()
    assert after != before
    assert sources(updated.search("publica o portal", limit=1)) == ["runbook a"]


def test_where_nothing_can_be_kept_it_works_all_the_same(library: Library, cookbook: CookbookRetriever) -> None:
    library.replace("runbook", "a", "/a", [document("runbook", "a", "Publicar o portal", "make", "pt")])
    occupied = KnowledgeRetriever(cookbook, library, Shelf(library, library.file))

    assert sources(occupied.search("publica o portal", limit=1)) == ["runbook a"]


def test_thousands_of_documents_push_no_entry_out(
    cookbook: CookbookRetriever, retriever: KnowledgeRetriever, library: Library, entries: tuple[Entry, ...]
) -> None:
    """Documents in the cookbook's own words are the hardest: they must cost less than one order in a hundred."""
    library.replace(
        "tldr",
        "tldr",
        "",
        [
            document("tldr", f"{verb}{noun}", f"{verb} the {noun} of {entry.title.en}", f"{verb}{noun} --all")
            for number, entry in enumerate(entries)
            if entry.kind == "command"
            for noun, verb in [(NOUNS.split()[number % 10], VERBS.split()[number // 10 % 10])]
        ],
    )
    asked: list[tuple[Entry, str, Language]] = [
        (entry, entry.phrasings(language)[-1], language)
        for entry in entries
        if entry.kind == "command"
        for language in LANGUAGES
    ]
    alone = together = 0
    for entry, phrasing, language in asked[::11]:
        found = cookbook.search_without(phrasing, phrasing, limit=6, language=language)
        merged = retriever.merged(phrasing, found, limit=6, language=language)
        alone += entry.id in [item.entry.id for item in found[:3]]
        together += entry.id in [item.entry.id for item in merged[:3]]

    assert len(asked) > 1500 and alone > 0
    assert alone - together <= len(asked) / 1100
