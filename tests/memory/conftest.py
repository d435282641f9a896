"""The shipped cookbook, searched as the product searches it."""

from pathlib import Path

import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.retrieval import CookbookRetriever
from fazai_tui.memory.store import KnowledgeStore


@pytest.fixture(scope="session")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the prepared cookbook is kept."""
    return tmp_path_factory.mktemp("data") / "knowledge"


@pytest.fixture(scope="session")
def cookbook(knowledge: Path) -> CookbookRetriever:
    """Return the shipped cookbook, ready to search."""
    retriever = CookbookRetriever(KnowledgeStore(knowledge).open)
    retriever.search("x", limit=1)
    return retriever


@pytest.fixture(scope="session")
def entries() -> tuple[Entry, ...]:
    """Return every shipped entry."""
    return load_cookbook()
