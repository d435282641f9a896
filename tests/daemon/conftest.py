"""A real worker in a process of its own, with the shipped model, and clients of it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fazai_tui.memory.store import KnowledgeStore

FAZAI = (sys.executable, "-m", "fazai_tui")
SECONDS = 60.0

Message: TypeAlias = dict[str, Any]


class Client:
    """One connection to a worker."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rb")

    def send(self, message: Message) -> None:
        """Send a request."""
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> Message:
        """Return the next line."""
        line = self.stream.readline()
        assert line, "the worker has closed the connection"
        message: Message = json.loads(line)
        return message

    def ask(self, message: Message) -> Message:
        """Send a request and return the next line."""
        self.send(message)
        return self.receive()

    def session(self, **params: object) -> str:
        """Begin a session and return its id."""
        reply = self.ask({"type": "create_session", "params": params})
        assert reply["ok"], reply
        return str(reply["session_id"])

    def until(self, kind: str) -> list[Message]:
        """Return the lines up to the first of a type."""
        lines = [self.receive()]
        while lines[-1]["type"] != kind:
            lines.append(self.receive())
        return lines

    def close(self) -> None:
        """Go away."""
        self.stream.close()
        self.socket.close()


class RunningWorker:
    """A worker's process.

    Attributes:
        socket: Where it listens.
        process: The process.
    """

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.socket = Path(environment["FAZAI_GEMMA_SOCKET"])
        self.environment = environment
        self.process = subprocess.Popen(
            [*FAZAI, "worker", "run", *arguments], stderr=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stderr is not None
        self.greeting = self.process.stderr.readline()

    def end(self) -> int:
        """End it, if it still runs, and return its exit code."""
        self.process.terminate()
        code = self.process.wait(SECONDS)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code

    def log(self) -> list[Message]:
        """Return what it has logged."""
        file = Path(self.environment["FAZAI_HOME"]) / "state" / "log" / "fazai.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def worker_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cookbook made ready to search, once for all tests."""
    place = tmp_path_factory.mktemp("knowledge")
    KnowledgeStore(place).open()
    return place


@pytest.fixture(scope="session")
def new_environment(worker_knowledge: Path) -> Iterator[Callable[[], dict[str, str]]]:
    """Return what makes environments, each with a home of its own and a path short enough for a socket."""
    made: list[str] = []

    def make() -> dict[str, str]:
        top = tempfile.mkdtemp(prefix="fzw")
        made.append(top)
        home = Path(top) / "home"
        (home / "data").mkdir(parents=True)
        (home / "data" / "knowledge").symlink_to(worker_knowledge)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FAZAI_", "LC_", "LANG"))}
        place = str(Path(top) / "run" / "gemma.sock")
        return {**kept, "FAZAI_HOME": str(home), "FAZAI_GEMMA_SOCKET": place, "LANG": "en_US.UTF-8"}

    yield make
    for top in made:
        shutil.rmtree(top)


@pytest.fixture(scope="module")
def worker(new_environment: Callable[[], dict[str, str]]) -> Iterator[RunningWorker]:
    """Return a worker for the tests of a module."""
    running = RunningWorker(new_environment(), "--line", "3", "--slow", "1")
    yield running
    running.end()


@pytest.fixture
def connect(worker: RunningWorker) -> Iterator[Callable[[], Client]]:
    """Return what makes clients of the module's worker."""
    made: list[Client] = []

    def make() -> Client:
        made.append(Client(worker.socket))
        return made[-1]

    yield make
    for client in made:
        client.close()
