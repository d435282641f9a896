"""The real program, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest

from fazai_tui.cli.program import Program
from fazai_tui.config.paths import Paths
from fazai_tui.memory.store import KnowledgeStore

FAZAI = (sys.executable, "-m", "fazai_tui")

Ended: TypeAlias = subprocess.CompletedProcess[str]


class Fazai(Protocol):
    """Runs the program to its end."""

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Ended: ...


class RunHere(Protocol):
    """Runs the program in this process."""

    def __call__(self, *arguments: str) -> Ended: ...


class Begin(Protocol):
    """Starts the program; all its streams are pipes."""

    def __call__(self, *arguments: str) -> subprocess.Popen[str]: ...


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the directory that orders are given in."""
    place = tmp_path / "folder"
    place.mkdir()
    return place


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the program's own data directory."""
    return tmp_path / "home" / "data"


@pytest.fixture(scope="session")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cookbook made ready to search, which takes seconds, once for all tests."""
    place = tmp_path_factory.mktemp("knowledge")
    KnowledgeStore(place).open()
    return place


@pytest.fixture
def clean_environment(tmp_path: Path, data: Path, knowledge: Path) -> dict[str, str]:
    """Return an environment in English, with a home of its own and no settings."""
    data.mkdir(parents=True)
    (data / "knowledge").symlink_to(knowledge)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FAZAI_", "LC_", "LANG"))}
    return {**kept, "FAZAI_HOME": str(tmp_path / "home"), "LANG": "en_US.UTF-8"}


@pytest.fixture
def run_here(
    folder: Path, clean_environment: dict[str, str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> RunHere:
    """Return what runs the program in this process: ten times as fast, for what does not need a process."""
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> Ended:
        capfd.readouterr()
        code = Program(Paths.from_environment(clean_environment), clean_environment).run(arguments)
        output, errors = capfd.readouterr()
        return Ended(arguments, code, output, errors)

    return run


@pytest.fixture
def fazai(folder: Path, clean_environment: dict[str, str]) -> Fazai:
    """Return what runs the program."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> Ended:
        return subprocess.run(
            _command(arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=folder,
            env={**clean_environment, **environment},
            check=False,
        )

    return run


@pytest.fixture
def begin(folder: Path, clean_environment: dict[str, str]) -> Begin:
    """Return what starts the program."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = _command(arguments)
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=folder, env=clean_environment
        )

    return start


def _command(arguments: Sequence[str]) -> list[str]:
    return [*FAZAI, *arguments]
