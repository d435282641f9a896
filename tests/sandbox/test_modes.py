"""What each mode claims, tried from inside by a real shell, for every way to confine that exists here."""

import asyncio
import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox import Method, create_launcher, probe
from fazai_tui.shell import BashShell

AVAILABLE = [report.method for report in probe().methods if report.is_available]
ISOLATED = [method for method in AVAILABLE if method is not Method.LANDLOCK]

Attempt = Callable[[str], Awaitable[tuple[int | None, str]]]


class Place:
    """A home with secrets, a workspace in it that is a repository, and this program's own data."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.workspace = self.home / "project"
        self.outside = root / "outside"
        self.data = root / "fazai-data"
        for folder in (self.workspace / ".git", self.home / ".ssh", self.outside, self.data):
            folder.mkdir(parents=True)
        for file in (self.home / ".ssh/id_ed25519", self.data / "ledger.db", self.home / ".netrc"):
            file.write_text("top secret\n")
        (self.outside / "file").write_text("as it was\n")
        (self.outside / "file").chmod(0o644)
        (self.workspace / ".git/config").write_text("as it was\n")
        self.env = {**os.environ, "HOME": str(self.home)}

    async def shell(self, mode: SandboxMode, method: Method, *, has_network: bool = False) -> BashShell:
        launcher = create_launcher(
            mode,
            workspace=str(self.workspace),
            env=self.env,
            texts=Texts("en"),
            private_paths=(str(self.data),),
            methods=(method,),
            has_network=has_network,
        )
        shell = BashShell(cwd=str(self.workspace), sandbox=launcher, texts=Texts("en"), env=self.env)
        await shell.start()
        return shell


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    # Not below /tmp, which every mode but one may write to.
    root = Path("/var/tmp") / f"fazai-test-{os.getpid()}-{time.monotonic_ns()}"
    root.mkdir(mode=0o755)
    yield Place(root)
    subprocess.run(["rm", "-rf", str(root)], check=True)


@pytest.fixture(params=AVAILABLE)
def method(request: pytest.FixtureRequest) -> Method:
    return Method(request.param)


@pytest.fixture
async def attempt(place: Place, method: Method) -> AsyncIterator[Attempt]:
    shell = await place.shell(SandboxMode.WORKSPACE_WRITE, method)
    yield _attempt(shell)
    await shell.close()


@pytest.fixture
async def read_only(place: Place, method: Method) -> AsyncIterator[Attempt]:
    shell = await place.shell(SandboxMode.READ_ONLY, method)
    yield _attempt(shell)
    await shell.close()


def _attempt(shell: BashShell) -> Attempt:
    async def run(command: str) -> tuple[int | None, str]:
        result = await asyncio.wait_for(shell.run(command, lambda text: None, timeout=10), 20)
        return result.exit_code, result.output

    return run


def test_landlock_is_available_here_and_so_tested() -> None:
    assert Method.LANDLOCK in AVAILABLE


async def test_work_in_the_workspace_goes_on_as_usual(attempt: Attempt, place: Place) -> None:
    make = "printf '#!/bin/bash\\nseq 3\\n' > count.sh && chmod +x count.sh && ./count.sh"
    move = "mkdir -p a/b && mv count.sh a/b && ln -s a link && cp a/b/count.sh c && rm c"
    code, output = await attempt(f"{make} && {move} && echo more >> a/b/count.sh && cat <(echo pipe) >&2")
    assert (code, output) == (0, "1\n2\n3\npipe\n")
    assert (place.workspace / "a/b/count.sh").read_text().endswith("more\n")


async def test_tmp_is_writable_and_the_real_one(attempt: Attempt, tmp_path: Path) -> None:
    code, _ = await attempt(f"echo kept > {tmp_path}/file && mktemp -p /tmp --suffix=.fazai | xargs rm")
    assert code == 0
    assert (tmp_path / "file").read_text() == "kept\n"


@pytest.mark.parametrize("method", ISOLATED)
@pytest.mark.parametrize("command", ["chmod 600 {0}", "chown 1:1 {0}", "touch -d 2001-01-01 {0}"])
async def test_metadata_outside_is_out_of_reach(place: Place, method: Method, command: str) -> None:
    before = (place.outside / "file").stat()
    shell = await place.shell(SandboxMode.WORKSPACE_WRITE, method)
    code, _ = await _attempt(shell)(command.format(place.outside / "file"))
    await shell.close()
    assert code != 0
    after = (place.outside / "file").stat()
    assert (after.st_mode, after.st_uid, after.st_mtime) == (before.st_mode, before.st_uid, before.st_mtime)


@pytest.mark.parametrize("method", ISOLATED)
@pytest.mark.parametrize("command", ["echo x > .git/config", "rm -rf .git", "mv .git away", "touch .git/hooks"])
async def test_repository_data_is_read_only(place: Place, method: Method, command: str) -> None:
    shell = await place.shell(SandboxMode.WORKSPACE_WRITE, method)
    code, _ = await _attempt(shell)(command)
    assert (await _attempt(shell)("cat .git/config"))[1] == "as it was\n"
    await shell.close()
    assert code != 0
    assert [path.name for path in (place.workspace / ".git").iterdir()] == ["config"]


@pytest.mark.parametrize("method", ISOLATED)
async def test_secrets_inside_the_workspace_are_neither_read_nor_changed(place: Place, method: Method) -> None:
    place.workspace = place.home
    shell = await place.shell(SandboxMode.WORKSPACE_WRITE, method)
    attempt = _attempt(shell)
    assert "secret" not in (await attempt("cat .netrc .ssh/*"))[1]
    await attempt("echo mine > .netrc; echo mine > .ssh/authorized_keys; echo mine > .ssh/id_ed25519")
    assert (await attempt("echo a > new; cat new"))[1] == "a\n"
    await shell.close()
    assert (place.home / ".netrc").read_text() == (place.home / ".ssh/id_ed25519").read_text() == "top secret\n"
    assert not (place.home / ".ssh/authorized_keys").exists()


async def test_secrets_inside_the_workspace_are_too_much_for_landlock_alone(place: Place) -> None:
    place.workspace = place.home
    with pytest.raises(ConfigurationError, match=r"cannot be protected inside"):
        await place.shell(SandboxMode.WORKSPACE_WRITE, Method.LANDLOCK)


async def test_own_data_made_later_is_not_read_either(place: Place, method: Method) -> None:
    place.data = place.home / "state" / "fazai"
    shell = await place.shell(SandboxMode.WORKSPACE_WRITE, method)
    (place.data / "ledger.db").write_text("top secret\n")
    assert "secret" not in (await _attempt(shell)(f"cat {place.data}/ledger.db"))[1]
    await shell.close()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Silent) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_port
        listening.shutdown()


CONNECT = "exec 3<>/dev/tcp/127.0.0.1/{port}"


async def test_network_is_on_when_asked(place: Place, method: Method, server: int) -> None:
    shell = await place.shell(SandboxMode.WORKSPACE_WRITE, method, has_network=True)
    code, output = await _attempt(shell)(
        f"{CONNECT.format(port=server)}; printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3"
    )
    await shell.close()
    assert code == 0 and output.startswith("HTTP/1.0 200")


async def test_read_only_writes_nowhere(read_only: Attempt, place: Place, tmp_path: Path) -> None:
    for target in ("new", "/tmp/fazai-new", f"{tmp_path}/new", f"{place.outside}/new"):
        code, _ = await read_only(f"echo x > {target}")
        assert code != 0
        assert not (place.workspace / target).exists()


async def test_read_only_reads_and_computes(read_only: Attempt) -> None:
    code, output = await read_only("head -1 /etc/passwd | cut -d: -f1; ls -d .git; echo x > /dev/null; cat <<< here")
    assert (code, output) == (0, "root\n.git\nhere\n")


async def test_jobs_terminal_and_interrupts_work_inside(place: Place, method: Method) -> None:
    shell = await place.shell(SandboxMode.WORKSPACE_WRITE, method)
    assert (await _attempt(shell)("stty size; sleep 0.1 & wait; jobs -l; echo $-"))[1].startswith("40 120\n")
    running = asyncio.create_task(shell.run("sleep 60", lambda text: None))
    await asyncio.sleep(0.3)
    shell.interrupt()
    assert (await asyncio.wait_for(running, 3)).status == "cancelled"
    result = await shell.run("cd /usr; export A=1; exit 5", lambda text: None)
    assert result.exit_code == 5
    assert (await _attempt(shell)("echo $A $PWD; touch /etc/fazai-new; touch ~/project/again"))[1].startswith(
        "1 /usr\n"
    )
    assert (place.workspace / "again").exists() and not Path("/etc/fazai-new").exists()
    await shell.close()


PROGRAM = """
import asyncio, os, sys
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import SandboxMode
from fazai_tui.sandbox import Method, create_launcher
from fazai_tui.shell import BashShell

async def main():
    texts = Texts("en")
    launcher = create_launcher(SandboxMode.WORKSPACE_WRITE, workspace=os.getcwd(), env=dict(os.environ), texts=texts,
                               methods=(Method(sys.argv[1]),))
    shell = BashShell(cwd=os.getcwd(), sandbox=launcher, texts=texts, env=dict(os.environ))
    await shell.start()
    await shell.run(f"(setsid {sys.argv[2]} &); nohup {sys.argv[2]} & echo ready; {sys.argv[2]}", print)

asyncio.run(main())
"""


def test_death_of_the_program_leaves_nothing(place: Place, method: Method) -> None:
    nap = f"sleep 7{os.getpid()}.{list(Method).index(method)}"
    argv = [sys.executable, "-c", PROGRAM, method, nap]
    with subprocess.Popen(argv, cwd=place.workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert _count(nap, 3)
        program.kill()
    assert _count(nap, 0)


def _count(command: str, expected: int) -> bool:
    """Wait until so many processes have a command line."""
    wanted = command.replace(" ", "\0").encode() + b"\0"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = 0
        for name in os.listdir("/proc"):
            try:
                found += name.isdecimal() and Path(f"/proc/{name}/cmdline").read_bytes() == wanted
            except OSError:
                continue
        if found == expected:
            return True
        time.sleep(0.05)
    return False
