"""Importing knowledge into the library: manual pages, tldr pages, Markdown runbooks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Language
from fazai_tui.core.errors import FazaiError
from fazai_tui.memory import tldr
from fazai_tui.memory.archives import MarkdownSource
from fazai_tui.memory.documents import Document, Kind
from fazai_tui.memory.library import Library
from fazai_tui.memory.man_pages import manual_documents, manual_places
from fazai_tui.memory.runbooks import runbook_documents


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to.

    Attributes:
        name: What the library calls it.
        kind: What it is.
        documents: How many documents there are.
        left_out: How many pieces could not be used.
    """

    name: str
    kind: Kind
    documents: int
    left_out: int


class Importer:
    """Reads sources and puts them into the library, each whole or not at all."""

    def __init__(self, library: Library, texts: Texts) -> None:
        """Prepare to import, describing what has no language of its own in that of the texts."""
        self._library = library
        self._texts = texts

    @property
    def _language(self) -> Language:
        return self._texts.language

    def add_manual(self, environment: Mapping[str, str]) -> Imported:
        """Import the manual pages of this machine.

        Raises:
            FazaiError: There are none, or the library cannot be written.
        """
        places = manual_places(environment)
        documents = _Counted(manual_documents(places, self._language))
        found = list(documents)
        if not found:
            raise FazaiError(
                self._texts.get("knowledge.title"),
                self._texts.get("knowledge.no_manual.message"),
                self._texts.get("knowledge.no_manual.hint"),
            )
        return self._added("man", "man", "", found, documents.left_out)

    def add_path(self, path: Path, *, is_tldr: bool = False) -> Imported:
        """Import a runbook, a directory of them, or a tldr archive, packed or not.

        Args:
            path: Where it is.
            is_tldr: Whether it has to be a tldr archive.

        Raises:
            FazaiError: It cannot be read, breaks a limit, or holds nothing to import, or the library cannot be written.
        """
        source = MarkdownSource(path, self._texts)
        if is_tldr or source.is_archive or (not source.is_file and any(map(self._tldr_page, source.names()))):
            return self._add_tldr(source)
        documents = _Counted(
            document for name, text in source.texts() for document in runbook_documents(text, name, self._language)
        )
        found = list(documents)
        if not found:
            raise source.error("empty")
        place = path.absolute()
        return self._added("runbook", place.name, str(place), found, documents.left_out + source.left_out)

    def _add_tldr(self, source: MarkdownSource) -> Imported:
        documents = _Counted(
            document
            for name, text in source.texts()
            if (page := self._tldr_page(name)) is not None
            for document in tldr.page_documents(text, *page)
        )
        found = list(documents)
        if not found:
            raise source.error("no_tldr")
        return self._added("tldr", "tldr", "", found, documents.left_out)

    def _tldr_page(self, name: str) -> tuple[str, Language] | None:
        return tldr.page_of(name, self._language)

    def _added(self, kind: Kind, name: str, origin: str, documents: list[Document], left_out: int) -> Imported:
        name, count = self._library.replace(kind, name, origin, documents)
        return Imported(name, kind, count, left_out)


class _Counted(Iterable[Document]):
    """Passes documents on and counts what is none."""

    def __init__(self, documents: Iterable[Document | None]) -> None:
        self._documents = documents
        self.left_out = 0

    def __iter__(self) -> Iterator[Document]:
        for document in self._documents:
            if document is None:
                self.left_out += 1
            else:
                yield document
