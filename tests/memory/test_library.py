"""The library of imported documents: whole, private, and never in the way of an order."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, FazaiError
from fazai_tui.memory.documents import Document, command_document
from fazai_tui.memory.library import Library


def made(purpose: str, command: str = "make it") -> Document:
    """Return a document of a runbook."""
    document = command_document("runbook", "a.md", (purpose,), (command,), "en")
    assert document is not None
    return document


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Return an empty library."""
    return Library(tmp_path / "data" / "library.db", Texts("en"))


def purposes(library: Library) -> list[str]:
    """Return what the runbooks of a library are for."""
    return [document.entry.title.en for _, document in library.documents("runbook")]


def test_an_empty_library_makes_no_file(library: Library) -> None:
    assert library.sources() == () and library.revisions() == {} and library.documents("man") == ()
    assert library.stamp() is None and not library.file.exists()


def test_documents_come_back_as_they_were(library: Library) -> None:
    document = made("Fold {{it}}", "fold {{path/to/file}} 'a \"b\"\nc'")

    assert library.replace("runbook", "a.md", "/a.md", [document]) == ("a.md", 1)

    ((number, found),) = library.documents("runbook")
    assert found == document and library.pick([number, 99]) == {number: document}
    assert stat.S_IMODE(library.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(library.file.parent.stat().st_mode) == 0o700


def test_a_failed_import_leaves_what_was_there(library: Library) -> None:
    library.replace("runbook", "a.md", "/a.md", [made("old")])

    def failing() -> list[Document]:
        raise OSError(28, "No space left on device")

    with pytest.raises(FazaiError, match="No space left"):
        library.replace("runbook", "a.md", "/a.md", (failing()[0] for _ in range(1)))

    assert purposes(library) == ["old"]


def test_each_change_has_a_revision_of_its_kind(library: Library) -> None:
    library.replace("runbook", "a.md", "/a.md", [made("a")])
    before, stamp = library.revisions(), library.stamp()

    library.replace("man", "man", "", [made("b")])

    after = library.revisions()
    assert after["runbook"] == before["runbook"] and "man" in after and library.stamp() != stamp
    library.remove("a.md")
    assert list(library.revisions()) == ["man"] and purposes(library) == []


def test_what_is_not_there_cannot_be_removed(library: Library) -> None:
    with pytest.raises(BadInputError, match="nothing is called x"):
        library.remove("x")


def test_two_at_once_both_succeed(library: Library) -> None:
    def add(number: int) -> tuple[str, int]:
        return library.replace("runbook", "a.md", f"/{number}/a.md", [made(f"p{number}")])

    with ThreadPoolExecutor(4) as pool:
        names = {name for name, _ in pool.map(add, range(8))}

    assert len(names) == 8 and sorted(purposes(library)) == [f"p{n}" for n in range(8)]


def _garbage(file: Path) -> None:
    file.write_bytes(b"\x00garbage" * 500)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def _forge(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE documents SET entry = '{\"id\": 1}'")
    connection.close()


@pytest.mark.parametrize("spoil", [_garbage, _empty, _cut, _forge])
def test_a_damaged_library_says_so_on_one_line(library: Library, spoil: object) -> None:
    library.replace("runbook", "a.md", "/a.md", [made(f"p{n}") for n in range(50)])
    assert callable(spoil)
    spoil(library.file)

    with pytest.raises(FazaiError) as caught:
        library.documents("runbook")

    assert "is damaged" in caught.value.message and "\n" not in str(caught.value)
    assert "delete it" in caught.value.hint


def test_a_newer_library_is_left_alone(library: Library) -> None:
    library.replace("runbook", "a.md", "/a.md", [made("a")])
    with sqlite3.connect(library.file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    for use in (library.sources, lambda: library.replace("man", "man", "", [])):
        with pytest.raises(FazaiError, match="newer"):
            use()
