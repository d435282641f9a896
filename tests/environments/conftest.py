"""Real environments, each with an owner of its own that ends with the test."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.environments.environments import Environments
from fazai_tui.environments.records import Facts, Owner
from fazai_tui.environments.wanted import Wanted
from tests.overlays import overlay_refusal

Ended = subprocess.CompletedProcess[str]
_PROGRAMS = ("bash", "cat", "ls", "id", "sleep", "touch", "hostname", "true")
_WAIT_S = 20.0


@dataclass(frozen=True)
class Place:
    """Where environments are made, and an owner."""

    environments: Environments
    directory: Path
    owner: subprocess.Popen[bytes]

    def make(self, **wanted: object) -> Facts:
        """Make an environment; a machine that has no overlays, or on which podman fails, has nothing to test."""
        try:
            return self.environments.make(replace(Wanted(Owner.of(self.owner.pid)), **wanted))  # type: ignore[arg-type]
        except ConfigurationError as error:
            is_container = str(wanted.get("image", "")).startswith("localhost/")
            why = error.message if is_container else overlay_refusal()
            if not why:
                raise
            pytest.skip(f"no environment here: {why}")

    def run(self, facts: Facts, *argv: str, cwd: str = "") -> Ended:
        """Run a program in an environment."""
        entrance = self.environments.entrance(facts, argv, cwd=cwd)
        return subprocess.run(
            entrance.argv, env=dict(entrance.environment), capture_output=True, text=True, timeout=60, check=False
        )

    def start(self, facts: Facts, *argv: str) -> subprocess.Popen[bytes]:
        """Start a program in an environment and leave it there."""
        entrance = self.environments.entrance(facts, argv)
        return subprocess.Popen(entrance.argv, env=dict(entrance.environment), stdout=subprocess.PIPE)

    def end_owner(self) -> None:
        """Kill the owner as nothing can prevent."""
        self.owner.kill()
        self.owner.wait()

    def remains(self, facts: Facts) -> list[str]:
        """Return what is left of an environment: processes, directories, groups."""
        found = [str(path) for path in self.directory.iterdir() if path.is_dir()]
        found += [group for group in facts.group if os.path.exists(group)]
        found += [facts.store] if facts.store and os.path.exists(facts.store) else []
        found += [f"process {pid}" for pid in (facts.keeper, facts.first) if os.path.exists(f"/proc/{pid}")]
        return found


def waited(condition: Callable[[], object]) -> bool:
    """Wait for a condition; return whether it came."""
    end = time.monotonic() + _WAIT_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def running(mark: str) -> list[str]:
    """Return the processes of this machine that have a mark among their arguments."""
    found: list[str] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in words:
            found.append(place.name)
    return found


@pytest.fixture(scope="module")
def module_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a place for environments that a whole module looks at and none changes for the others."""
    yield from _place(tmp_path_factory.mktemp("environments"))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return a place for environments."""
    yield from _place(tmp_path)


def _place(folder: Path) -> Iterator[Place]:
    secret = folder / "secret"
    secret.write_text("canary\n")
    directory = folder / "records"
    directory.mkdir()
    environment = {**os.environ, "HOME": str(folder), "SECRET_TOKEN": "canary"}
    made = Environments(directory, masked=[str(secret), str(directory)], environment=environment, texts=Texts("en"))
    owner = subprocess.Popen(["sleep", "1000"])
    try:
        yield Place(made, directory, owner)
    finally:
        for facts in made.all():
            made.remove(facts)
        owner.kill()
        owner.wait()


def fill(root: Path, programs: Sequence[str] = _PROGRAMS) -> Path:
    """Make a small system of this machine's programs and their libraries."""
    for name in ("bin", "etc", "tmp", "root"):
        (root / name).mkdir(parents=True)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    for name in programs:
        program = shutil.which(name)
        assert program is not None
        shutil.copy(program, root / "bin" / name)
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for library in (word for word in listed.split() if word.startswith("/")):
            target = root / library.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(library, target)
    (root / "bin" / "sh").symlink_to("bash")
    return root
