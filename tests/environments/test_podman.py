"""Containers of podman, in memory and gone with their owner."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fazai_tui.core.errors import BadInputError
from fazai_tui.environments.records import Owner
from fazai_tui.environments.wanted import Wanted
from tests.environments.conftest import Place, fill, running, waited

pytestmark = pytest.mark.skipif(shutil.which("podman") is None, reason="podman is not installed")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the name of a small image, made of this machine's programs."""
    system = fill(tmp_path_factory.mktemp("podman") / "system")
    name = f"localhost/fazai-test-{os.urandom(4).hex()}"
    packed = subprocess.Popen(["tar", "-C", str(system), "-c", "."], stdout=subprocess.PIPE)
    with packed:
        done = subprocess.run(
            ["podman", "import", "-", name], stdin=packed.stdout, capture_output=True, text=True, check=False
        )
    if done.returncode:
        pytest.skip(f"podman imports nothing here: {done.stderr.strip()}")
    yield name
    subprocess.run(["podman", "rmi", "--force", name], capture_output=True, check=False)


def test_a_container_is_made_entered_and_gone_with_its_owner(place: Place, image: str) -> None:
    facts = place.make(image=image, name="box", memory=200 * 1024**2, cpus=1)
    mark = f"6{os.getpid()}.5"

    done = place.run(facts, "bash", "-c", "echo new > /etc/made; cat /etc/made; hostname; ls /root; exit 5")
    assert (done.returncode, done.stdout) == (5, "new\nbox\n")
    assert place.run(facts, "no-such-program").returncode == 127
    assert facts.kind == "podman" and facts.store.startswith("/dev/shm/") and Path(facts.store).is_dir()
    assert facts.held == {"memory": "group", "cpus": "group"}
    place.run(facts, "bash", "-c", f"sleep {mark} >/dev/null 2>&1 &")
    assert waited(lambda: running(mark))

    place.end_owner()

    assert waited(lambda: not running(mark) and not place.remains(facts))
    assert facts.store not in Path("/proc/self/mountinfo").read_text()


def test_an_image_that_is_not_there_is_said(place: Place) -> None:
    with pytest.raises(BadInputError, match="podman has no image localhost/fazai-no-such"):
        place.environments.make(Wanted(Owner.of(place.owner.pid), image="localhost/fazai-no-such"))
