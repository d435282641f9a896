"""Personas in the embedded store: written, followed, shared."""

from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.persona import Persona
from fazai_tui.memory.longterm.collection import Where
from fazai_tui.memory.longterm.persona_shelf import PersonaShelf
from tests.memory.longterm.conftest import OpenMemory, OpenStore

ANA = Persona(name="ana", words=("backup",), text="You are Ana.", origin="/x/ana.md")


def test_the_collection_follows_the_machine(open_memory: OpenMemory, open_store: OpenStore, tmp_path: Path) -> None:
    memory = open_memory()
    rui = Persona(name="rui", text="You are Rui.")
    assert memory.personality.sync([ANA, rui], "one") == ()
    memory.personality.sync([ANA.model_copy(update={"text": "You are Ana still."})], "one")
    memory.close()

    with open_store(tmp_path / "qdrant").use("fazai_personality") as collection:
        stored = {payload["key"]: payload for _, payload in collection.scan(Where())}
    assert set(stored) == {"ana"}
    assert stored["ana"]["persona"]["text"] == "You are Ana still."


def test_what_another_machine_stored_is_there_with_its_origin(open_memory: OpenMemory) -> None:
    memory = open_memory()
    memory.personality.sync([ANA], "one")

    (other,) = memory.personality.sync([Persona(name="rui", text="x")], "two")
    assert (other.name, other.text, other.origin) == ("ana", ANA.text, "host:one")
    assert memory.personality.sync([ANA], "one")[0].name == "rui"


def test_the_shelf_holds_shipped_own_and_shared(open_memory: OpenMemory, tmp_path: Path) -> None:
    memory = open_memory()
    memory.personality.sync([ANA], "elsewhere")
    shelf = PersonaShelf(tmp_path / "personas", memory.personality, "here", Texts("en"))

    assert set(shelf.load().personas) == {"claudio", "yui", "heathcliff", "hybrid", "ana"}
    shelf.require("ana")
    with pytest.raises(ConfigurationError, match=r"there is no persona yuki.*did you mean yui"):
        shelf.require("yuki")


def test_a_store_that_cannot_be_used_leaves_the_files(open_memory: OpenMemory, tmp_path: Path) -> None:
    (tmp_path / "qdrant").write_text("no directory")
    shelf = PersonaShelf(tmp_path / "personas", open_memory().personality, "here", Texts("en"))

    found = shelf.load()
    assert set(found.personas) == {"claudio", "yui", "heathcliff", "hybrid"}
    assert len(found.problems) == 1
