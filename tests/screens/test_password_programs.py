"""Real programs ask for a password on the real screen; afterwards it is searched for wherever anything is kept."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fazai_tui.app import FazaiApp, OpenedSession
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import AskingProgram, CommandFinished, Event
from fazai_tui.core.policy import ApprovalPolicy
from fazai_tui.engine.planning import PromptPlanner
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.memory.retrieval import CookbookRetriever, indexes_of
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.resources.host import LinuxHost
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.screens.ports import ScreenOptions, SessionWish
from fazai_tui.session.profile import SessionProfile
from fazai_tui.session.session import Session
from fazai_tui.shell import BashShell
from fazai_tui.themes.registry import load_themes
from fazai_tui.widgets.secret_card import SecretCard
from tests.screens.conftest import Clock, Scene
from tests.screens.scripted import QuietMachine, ScriptedSession
from tests.session.conftest import ScriptedEngine

CANARY = "c4n4ry.S3cret~ç"
GETPASS = f"{sys.executable} -c \"import getpass; print('got', len(getpass.getpass()))\""
USER = f"fazai-test-{os.getpid()}"


@dataclass(frozen=True)
class Account:
    """A user of this machine with the canary for a password, who may use sudo."""

    name: str


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """Make a user, who is gone when the tests are over."""
    if os.getuid() or not all(map(shutil.which, ("useradd", "chpasswd", "userdel"))):
        pytest.skip("needs root, to make a user with a password")
    rule = Path("/etc/sudoers.d") / USER
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", USER], check=True, capture_output=True)
    try:
        subprocess.run(["chpasswd"], input=f"{USER}:{CANARY}\n".encode(), check=True, capture_output=True)
        if rule.parent.is_dir():
            rule.write_text(f"{USER} ALL=(ALL) ALL\n", encoding="utf-8")
            rule.chmod(0o440)
        yield Account(USER)
    finally:
        rule.unlink(missing_ok=True)
        subprocess.run(["userdel", "--remove", USER], check=False, capture_output=True)


@pytest.fixture
def ssh_port(tmp_path: Path) -> Iterator[int]:
    """Run an SSH server on the loopback that takes passwords."""
    server = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if os.getuid() or server is None or shutil.which("ssh") is None:
        pytest.skip("needs root and an SSH server")
    Path("/run/sshd").mkdir(exist_ok=True)
    key = tmp_path / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["UsePAM=no", "PasswordAuthentication=yes", "PidFile=none", f"HostKey={key}", "ListenAddress=127.0.0.1"]
    arguments = [server, "-D", "-f", "/dev/null", "-p", str(port), *(f"-o{option}" for option in options)]
    with subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield port
        process.terminate()


class Watched:
    """A real session on the real screen, and all it has told."""

    def __init__(self, home: Path) -> None:
        texts = Texts("pt")
        self.events: list[Event] = []
        self.home = home
        engine = ScriptedEngine(())
        session: Session

        def ask(asker: AskingProgram, is_secret: bool) -> None:
            session.input_awaited(asker, is_secret=is_secret)

        self.session = session = Session(
            engine=engine,
            planner=PromptPlanner(engine, max_tokens=64),
            shell=BashShell(cwd=str(home), sandbox=PlainLauncher(), texts=texts, env=dict(os.environ), on_waiting=ask),
            policy=BashPolicy(home=str(home), user="root"),
            ledger=SqliteLedger(home / "ledger.db", texts),
            retriever=CookbookRetriever(lambda: indexes_of((), None)),
            host=LinuxHost(os.environ),
            profile=SessionProfile(approval=ApprovalPolicy.NEVER, language="pt", can_ask=True),
            texts=texts,
        )
        session.subscribe(self.events.append)

        async def open_session(_: SessionWish) -> OpenedSession:
            return OpenedSession(session, "", ())

        self.app = FazaiApp(
            open_session,
            texts=texts,
            themes=load_themes(None, texts),
            theme="fazai-dark",
            options=ScreenOptions(cwd=str(home)),
            surroundings=QuietMachine(),
            history=None,
            clock=Clock(),
        )

    def finished(self) -> list[CommandFinished]:
        return [event for event in self.events if isinstance(event, CommandFinished)]

    def assert_nowhere(self, pictures: list[str]) -> None:
        """Search everything that is kept, whole and by halves."""
        screen = self.app.main_screen
        kept = [event.model_dump_json() for event in self.events]
        kept += [picture.replace("&#160;", " ") for picture in pictures]
        kept += [*screen.parts.prompt.history.orders, screen.parts.prompt.editor.text, self.app.clipboard]
        kept += [screen.parts.shell.log_lines.plain_text]
        files = [path for path in self.home.rglob("*") if path.is_file()]
        assert any(path.suffix == ".db" for path in files)
        for part in (CANARY, CANARY[:8], CANARY[-7:]):
            assert not any(part in text for text in kept)
            assert not any(part.encode() in path.read_bytes() for path in files)


async def enter_password(home: Path, command: str) -> tuple[str, str, Watched]:
    """Run a command, type the canary for the program that asks, and return what the card and the program said."""
    watched = Watched(home)
    async with watched.app.run_test(size=(140, 44)) as pilot:
        scene = Scene(watched.app, ScriptedSession(), Clock(), pilot)
        await scene.until(lambda: watched.app.main_screen.parts.status.state != "loading", 15)
        scene.screen.send(f"!{command}")
        await scene.until(lambda: scene.screen.query(SecretCard), 15)
        await scene.settle()
        card = scene.screen.query_one(SecretCard).program
        pictures = [watched.app.export_screenshot()]
        for character in CANARY:
            await pilot.press(character)
        pictures.append(watched.app.export_screenshot())
        await pilot.press("enter")
        await scene.until(watched.finished, 20)
        await scene.settle()
        pictures.append(watched.app.export_screenshot())
        watched.assert_nowhere(pictures)
    return card, watched.finished()[0].output, watched


async def test_read(tmp_path: Path) -> None:
    card, output, _ = await enter_password(tmp_path, "read -s -p 'senha: ' p; echo; echo got ${#p}")
    assert card.startswith("bash (processo ") and output.endswith(f"got {len(CANARY)}\n")


async def test_getpass(tmp_path: Path) -> None:
    card, output, _ = await enter_password(tmp_path, GETPASS)
    assert card.startswith("python") and output.endswith(f"got {len(CANARY)}\n")


@pytest.mark.skipif(shutil.which("sudo") is None, reason="needs sudo")
async def test_sudo(tmp_path: Path, account: Account) -> None:
    card, output, _ = await enter_password(tmp_path, f"runuser -u {account.name} -- sudo -k id -un")
    assert card.startswith("sudo (processo ") and output.endswith("root\n")


async def test_ssh(tmp_path: Path, account: Account, ssh_port: int) -> None:
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no"
    command = f"ssh {options} -p {ssh_port} {account.name}@127.0.0.1 id -un"
    card, output, _ = await enter_password(tmp_path, command)
    assert card.startswith("ssh (processo ") and output.endswith(f"{account.name}\n")


@pytest.mark.skipif(shutil.which("sudo") is None, reason="needs sudo")
async def test_sudo_on_another_machine(tmp_path: Path, account: Account, ssh_port: int) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    folder = Path(f"~{account.name}").expanduser() / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(key.with_suffix(".pub"), folder / "authorized_keys")
    shutil.chown(folder, account.name)
    shutil.chown(folder / "authorized_keys", account.name)
    options = f"-i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    command = f"ssh -t {options} -p {ssh_port} {account.name}@127.0.0.1 sudo -k id -un"
    card, output, _ = await enter_password(tmp_path, command)
    assert card.startswith("ssh (processo ") and "root" in output
