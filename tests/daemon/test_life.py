"""A worker's beginning and end: one a socket, nothing left behind."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import FAZAI, SECONDS, Client, RunningWorker


@pytest.fixture
def environment(new_environment: Callable[[], dict[str, str]]) -> dict[str, str]:
    return new_environment()


@pytest.fixture
def begin(environment: dict[str, str]) -> Iterator[Callable[[], RunningWorker]]:
    begun: list[RunningWorker] = []

    def make() -> RunningWorker:
        begun.append(RunningWorker(environment))
        return begun[-1]

    yield make
    for worker in begun:
        worker.end()


def fazai(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FAZAI, "worker", *arguments], capture_output=True, text=True, timeout=SECONDS, env=environment, check=False
    )


def test_one_worker_a_socket_and_a_clean_end(begin: Callable[[], RunningWorker], environment: dict[str, str]) -> None:
    worker = begin()

    second = fazai(environment, "run")
    assert second.returncode == 1
    assert str(worker.process.pid) in second.stderr
    assert len(second.stderr.splitlines()) == 1
    told = fazai(environment, "status")
    assert told.returncode == 0 and str(worker.process.pid) in told.stdout

    client = Client(worker.socket)
    session = client.session()
    client.send({"type": "exec", "session_id": session, "command": "sleep 1000"})
    client.until("shell")
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(SECONDS) == 0
    client.close()

    assert not worker.socket.exists()
    assert fazai(environment, "status").returncode == 1


def test_what_a_killed_worker_left_is_replaced(begin: Callable[[], RunningWorker], environment: dict[str, str]) -> None:
    killed = begin()
    killed.process.kill()
    killed.process.wait(SECONDS)
    assert killed.socket.is_socket()

    again = begin()

    assert str(again.process.pid) in again.greeting
    stopped = fazai(environment, "stop")
    assert stopped.returncode == 0 and str(again.process.pid) in stopped.stdout
    assert again.process.wait(SECONDS) == 0
    assert not again.socket.exists()


def test_what_is_no_socket_is_left_alone(environment: dict[str, str]) -> None:
    place = Path(environment["FAZAI_GEMMA_SOCKET"])
    place.parent.mkdir(mode=0o700)
    place.write_text("mine")

    ended = fazai(environment, "run")

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1 and str(place) in ended.stderr
    assert place.read_text() == "mine"


def test_a_directory_that_others_write_to_is_refused(environment: dict[str, str]) -> None:
    folder = Path(environment["FAZAI_GEMMA_SOCKET"]).parent
    folder.mkdir()
    folder.chmod(0o777)

    ended = fazai(environment, "run")

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1 and str(folder) in ended.stderr


def test_a_model_that_is_not_there_ends_the_worker(environment: dict[str, str]) -> None:
    ended = fazai({**environment, "FAZAI_GEMMA_MODEL": "/no/such.gguf"}, "run")

    assert ended.returncode == 54
    assert not Path(environment["FAZAI_GEMMA_SOCKET"]).exists()


def test_the_unit_is_one_that_systemd_takes(environment: dict[str, str], tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    printed = fazai({**environment, "FAZAI_GEMMA_MODEL": "/my models/100%.gguf"}, "unit")
    unit = tmp_path / "fazai-worker.service"
    unit.write_text(printed.stdout)

    verified = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        check=False,
    )

    assert verified.returncode == 0, verified.stderr
    assert unit.name not in verified.stderr
    assert 'Environment="FAZAI_GEMMA_MODEL=/my models/100%%.gguf"' in printed.stdout
