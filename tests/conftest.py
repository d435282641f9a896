"""What every test may use: a home of its own."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("fazai", deadline=None)
settings.load_profile("fazai")

# Workers of a test run are told a size of their own, which programs would take for that of the terminal they get.
for variable in ("COLUMNS", "LINES"):
    os.environ.pop(variable, None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put all of FazAI's files under a fresh directory, without settings from the environment."""
    for variable in [name for name in os.environ if name.startswith("FAZAI_")]:
        monkeypatch.delenv(variable)
    place = tmp_path / "home"
    monkeypatch.setenv("FAZAI_HOME", str(place))
    return place
