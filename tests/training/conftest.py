"""The training pipeline is no part of the installed program; it is imported from its folder, and nothing else is."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.cookbook import load_cookbook
from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge

if TYPE_CHECKING:
    from training.dataset import Example
    from training.evaluate import HeldOut

SEARCHES = 300
"""How many held-out phrasings are searched for, the same ones each time."""

_FOLDER = Path(__file__).parents[2] / "training"

if "training" not in sys.modules:
    _spec = spec_from_file_location("training", _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)])
    assert _spec is not None and _spec.loader is not None
    sys.modules["training"] = module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["training"])


@pytest.fixture(scope="session")
def entries() -> tuple[Entry, ...]:
    """Return every shipped entry."""
    return load_cookbook()


@pytest.fixture(scope="session")
def held_out(entries: tuple[Entry, ...]) -> "HeldOut":
    """Return the held-out phrasings of the shipped cookbook."""
    from training.evaluate import HeldOut

    return HeldOut(entries, TermVectors.shipped(), judge=Judge.shipped())


@pytest.fixture(scope="session")
def examples(held_out: "HeldOut") -> list["Example"]:
    """Return a fixed sample of orders, with what retrieval finds for them."""
    return held_out.examples(SEARCHES)
