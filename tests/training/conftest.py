"""The training pipeline is no part of the installed program; it is imported from its folder, and nothing else is."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.cookbook import load_cookbook

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
