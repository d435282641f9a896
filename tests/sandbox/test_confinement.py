"""What the modes mean in paths."""

import os
import socket
from pathlib import Path

import pytest

from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox.confinement import Confinement, confinement


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "work/.git").mkdir(parents=True)
    (home / "longer").mkdir()
    return home


def _confine(home: Path, mode: SandboxMode = SandboxMode.WORKSPACE_WRITE, private: tuple[str, ...] = ()) -> Confinement:
    return confinement(
        mode,
        workspace=str(home / "work"),
        env={"HOME": str(home)},
        writable_roots=(str(home / "longer"), str(home / "missing")),
        private_paths=private,
        has_network=False,
    )


def test_workspace_roots_and_tmp_are_writable_the_outer_first(home: Path) -> None:
    limits = _confine(home)
    assert limits.writable == ("/tmp", str(home / "work"), str(home / "longer"))
    assert str(home / "work/.git") in limits.read_only


def test_read_only_has_nothing_writable(home: Path) -> None:
    assert _confine(home, SandboxMode.READ_ONLY).writable == ()


def test_secrets_that_exist_are_masked_where_they_really_are(home: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere"
    real.mkdir()
    (home / ".ssh").symlink_to(real)
    (home / ".netrc").write_text("")
    data = home / ".local/share/fazai"
    (data / "models").mkdir(parents=True)
    masked = _confine(home, private=(str(data), str(data / "models"), str(home / "absent"))).masked
    assert {str(real), str(home / ".netrc"), str(data)} <= set(masked)
    assert str(data / "models") not in masked
    assert all(os.path.exists(path) for path in masked)
    assert "/etc/shadow" in masked


def test_sockets_in_tmp_are_masked(home: Path) -> None:
    path = f"/tmp/fazai-confinement-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(path)
        masked = _confine(home).masked
    os.unlink(path)
    assert path in masked
