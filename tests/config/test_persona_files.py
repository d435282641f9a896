"""Personas as files: what ships, what users add, and what is wrong with a broken one."""

from pathlib import Path

import pytest

from fazai_tui.config.persona_files import VOICES, load_personas, read_persona
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError

GOOD = """---
# a remark
description: "mine: all mine"
voice: yui
concise: sim
words: [backup, 'restore']
workspaces: Python, Go
---
You are Ana.

Be kind.
"""


def test_four_personas_ship(tmp_path: Path) -> None:
    found = load_personas(tmp_path / "nowhere", Texts("en"))

    assert tuple(found.personas) == VOICES == ("claudio", "yui", "heathcliff", "hybrid")
    assert not found.problems
    assert [name for name, persona in found.personas.items() if persona.is_concise] == ["heathcliff"]


def test_a_users_file_says_everything_of_a_persona(tmp_path: Path) -> None:
    (tmp_path / "ana.md").write_text(GOOD)
    ana = load_personas(tmp_path, Texts("en")).personas["ana"]

    assert (ana.description, ana.voice, ana.is_concise) == ("mine: all mine", "yui", True)
    assert (ana.words, ana.workspaces) == (("backup", "restore"), ("Python", "Go"))
    assert ana.text == "You are Ana.\n\nBe kind."
    assert ana.origin == str(tmp_path / "ana.md")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"You are Ana.", "the first line"),
        (b"", "the first line"),
        (b"---\nvoice: yui\nYou are Ana.", "---"),
        (b"---\nvoice: yui\n---\n  \n", "no text"),
        (b"---\nvoice yui\n---\nx", "line 2"),
        (b"---\n\nvioce: yui\n---\nx", "line 3: there is no field vioce"),
        (b"---\nconcise: perhaps\n---\nx", "concise is yes or no"),
        (b"---\nvoice: ana\n---\nx", "voice is one of claudio"),
        (b"---\n---\nol\xe1", "UTF-8 (byte 10)"),
        (b"---\n---\n" + b"x" * 20_000, "16 KiB"),
    ],
)
def test_a_broken_file_is_one_line_that_names_it_and_the_rest_works(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "ana.md").write_text(GOOD)
    (tmp_path / "rui.md").write_bytes(content)
    found = load_personas(tmp_path, Texts("en"))

    assert "ana" in found.personas and "rui" not in found.personas
    (problem,) = found.problems
    assert said in str(problem) and str(tmp_path / "rui.md") in str(problem)
    assert "\n" not in str(problem)


@pytest.mark.parametrize("name", ["auto", "Ana Maria", "-x", "a" * 33])
def test_a_file_must_be_called_like_a_persona(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.md"
    file.write_text(GOOD)

    with pytest.raises(ConfigurationError, match="cannot be a name"):
        read_persona(file, Texts("en"))


def test_a_file_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "claudio.md").write_text(GOOD)

    assert load_personas(tmp_path, Texts("en")).personas["claudio"].text.startswith("You are Ana")
