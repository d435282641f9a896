"""How strange a sentence's words are to the cookbook."""

import math
from pathlib import Path

import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.vocabulary import Vocabulary

ENTRIES = tuple(
    Entry.model_validate({"title": {"pt": "x", "en": "x"}, **fields})
    for fields in (
        {
            "id": "a",
            "pt": ["mostre a memória do <host>"],
            "en": ["show the memory of the processes"],
            "steps": ["free"],
        },
        {
            "id": "answers.beyond-x",
            "kind": "answer",
            "pt": ["planeta"],
            "en": ["planet"],
            "answer": {"pt": "", "en": ""},
        },
        {"id": "r", "kind": "repair", "pt": ["recusada"], "en": ["refused"], "steps": ["true"]},
    )
)


@pytest.fixture
def vocabulary() -> Vocabulary:
    """Return the words of a small cookbook."""
    return Vocabulary(ENTRIES)


@pytest.mark.parametrize(
    ("text", "strangeness"),
    [
        ("mostre a MEMORIA", 0.0),
        ("what is it?", 0.0),
        ("", 0.0),
        ("photosynthesis", 1.0),
        ("show photosynthesis", 0.5),
        ("show the planet", 0.5),
        ("show what was refused", 0.5),
        ("show host", 0.5),
        ("show the processing", 0.1),
        ("show the memroy", 0.25),
        ("show report-2024.pdf 'some words' db_main 10.0.0.1", 0.0),
    ],
)
def test_words_nobody_uses_for_what_is_known_are_strange(vocabulary: Vocabulary, text: str, strangeness: float) -> None:
    assert math.isclose(vocabulary.strangeness(text), strangeness, abs_tol=1e-6)


def test_words_are_kept_and_what_is_damaged_is_built_anew(tmp_path: Path) -> None:
    file = tmp_path / "words.json"
    Vocabulary(ENTRIES, file).keep()

    assert Vocabulary((), file).strangeness("mostre") == 0.0
    file.write_text("{")
    assert Vocabulary(ENTRIES, file).strangeness("mostre") == 0.0
    assert Vocabulary((), file).strangeness("mostre") == 1.0
