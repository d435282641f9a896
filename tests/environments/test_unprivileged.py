"""A user without any rights has environments as well."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environments.conftest import fill, running, waited
from tests.overlays import overlay_refusal

ROOT = Path(__file__).parents[2]
NOBODY = 65534
SCRIPT = """
import json, os, signal, subprocess, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.environments.environments import Environments
from fazai_tui.environments.records import Owner
from fazai_tui.environments.wanted import Wanted
home, image, mark = sys.argv[2:]
made = Environments(Path(home) / "records", masked=[home + "/secret"], environment={"HOME": home}, texts=Texts("en"))
owner = subprocess.Popen(["sleep", "100"])
try:
    facts = made.make(Wanted(Owner.of(owner.pid), image=image, memory=200 * 1024**2, cpus=1))
except FazaiError as error:
    print(json.dumps({"refusal": str(error)}))
    owner.kill()
    sys.exit()
def run(command):
    entrance = made.entrance(facts, ("bash", "-c", command), cwd=home)
    done = subprocess.run(entrance.argv, env=dict(entrance.environment), capture_output=True, text=True)
    return [done.returncode, done.stdout]
facts_said = {
    "held": facts.held,
    "user": run("id -u"),
    "change": run("echo new > kept; cat kept"),
    "secret": run("cat secret"),
    "outside": run("ls /proc | grep -cx " + str(os.getpid())),
    "mount": run("mount -t tmpfs x /mnt"),
    "unshare": run("unshare -Ur true"),
    "memory": run("python3 -c 'bytearray(400 * 1024**2)'"),
    "background": run("setsid sleep " + mark + " >/dev/null 2>&1 &"),
}
owner.kill()
owner.wait()
facts_said["facts"] = [facts.keeper, facts.first]
print(json.dumps(facts_said))
"""


@pytest.fixture
def python() -> str:
    """Return an interpreter that any user may run."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        probe = [candidate, "-c", "import sys; sys.path.insert(0, sys.argv[1]); import tomllib, fazai_tui.jail.kernel"]
        if _as_nobody([*probe, str(ROOT)]).returncode == 0:
            return candidate
    pytest.skip("no interpreter of version 3.11 that another user may run on this checkout")


def _as_nobody(argv: list[str]) -> subprocess.CompletedProcess[str]:
    if os.geteuid():
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    try:
        return subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd="/",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except PermissionError as error:
        return subprocess.CompletedProcess(argv, 126, "", str(error))


@pytest.fixture
def home() -> Path:
    """Return a directory of that user's own, where any user may go."""
    place = Path("/tmp") / f"fazai-home-{os.urandom(6).hex()}"
    place.mkdir(mode=0o700)
    return place


@pytest.mark.parametrize("is_image", [False, True])
def test_a_user_has_all_of_it(python: str, home: Path, is_image: bool) -> None:
    mark = f"7{os.getpid()}.{int(is_image)}"
    (home / "kept").write_text("old")
    (home / "secret").write_text("canary")
    image = str(fill(home / "system", ("bash", "cat", "id", "ls", "grep", "sleep", "setsid"))) if is_image else ""
    try:
        if not os.geteuid():
            for path in (home, *home.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        ended = _as_nobody([python, "-c", SCRIPT, str(ROOT), str(home), image, mark])
        assert ended.returncode == 0, ended.stderr
        said = json.loads(ended.stdout)
        if "refusal" in said:
            why = overlay_refusal(os.geteuid() or NOBODY)
            assert why, f"users have namespaces here, and no environment: {said['refusal']}"
            pytest.skip(f"users have no namespaces here: {why}")
        assert said["user"] == [0, "0\n" if is_image else f"{os.geteuid() or NOBODY}\n"]
        assert said["change"] == [0, "new\n"] and (home / "kept").read_text() == "old"
        assert "canary" not in said["secret"][1]
        assert said["outside"][1] == "0\n"
        assert all(said[name][0] != 0 for name in ("mount", "unshare", "memory"))
        assert said["held"]["memory"] in ("group", "process") and said["held"]["cpus"] in ("group", "pinned")
        assert waited(lambda: not running(mark) and not list((home / "records").glob("*/")))
        assert waited(lambda: not [pid for pid in said["facts"] if os.path.exists(f"/proc/{pid}")])
    finally:
        shutil.rmtree(home)
