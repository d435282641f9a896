"""Going on with a session from the command line, also after a kill, with a real engine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fazai_tui.cli.composition import SessionRequest, build_session
from fazai_tui.cli.invocation import Invocation
from fazai_tui.cli.optional_values import with_resume_value
from fazai_tui.cli.resuming import resume
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.events import ContextBuilt, Event, SessionStarted
from fazai_tui.core.generation import GenerationRequest, GenerationResult
from fazai_tui.core.policy import ApprovalPolicy, SandboxMode
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.ledger.history import History
from fazai_tui.ledger.sessions import SessionBook
from fazai_tui.ledger.verification import verify
from tests.cli.conftest import FAZAI, Ended, RunHere
from tests.engine.test_larger_models import Writer

FREE = ("-s", "danger-full-access")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--resume"], ["--resume="]),
        (["--resume", "--last", "x"], ["--resume=--last", "x"]),
        (["--resume", "ab12", "x"], ["--resume=ab12", "x"]),
        (["--resume", "--cwd", "/"], ["--resume=", "--cwd", "/"]),
        (["--resume=ab12"], ["--resume=ab12"]),
        (["--", "--resume"], ["--", "--resume"]),
    ],
)
def test_the_value_of_resume_is_found(given: list[str], expected: list[str]) -> None:
    assert with_resume_value(given) == expected


def test_a_session_goes_on_where_it_was_left(run_here: RunHere, folder: Path, data: Path) -> None:
    (folder / "sub").mkdir()
    assert run_here("exec", *FREE, "!cd sub").returncode == 0

    ended = run_here("exec", *FREE, "--resume", "--last", "!pwd")

    assert str(folder / "sub") in ended.stdout
    (entry,) = SessionBook(data / "ledger.db", Texts("en")).sessions()
    assert entry.turns == 2
    assert verify(data / "ledger.db", Texts("en")).is_whole


def test_a_directory_that_is_gone_is_said(run_here: RunHere, folder: Path) -> None:
    (folder / "sub").mkdir()
    run_here("exec", *FREE, "!cd sub")
    (folder / "sub").rmdir()

    ended = run_here("exec", *FREE, "--resume", "--last", "!pwd")

    assert str(folder) in ended.stdout
    assert f"{folder / 'sub'}, cannot be entered" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--resume", "x1", "!true"), 42, "there is no session x1"),
        (("--resume", "--last", "!true"), 42, "no session to resume yet"),
        (("!true", "--resume"), 2, "--resume needs a value"),
        (("--fork", "!true"), 2, "--fork needs --resume"),
    ],
)
def test_what_cannot_be_resumed_is_refused(run_here: RunHere, arguments: tuple[str, ...], code: int, said: str) -> None:
    ended: Ended = run_here("exec", *arguments)

    assert ended.returncode == code
    assert said in ended.stderr


def test_an_ephemeral_order_reads_a_session_and_stores_nothing(run_here: RunHere, data: Path) -> None:
    run_here("exec", *FREE, "!cd /tmp")
    before = verify(data / "ledger.db", Texts("en")).head

    ended = run_here("exec", *FREE, "--ephemeral", "--resume", "--last", "!pwd")

    assert "/tmp" in ended.stdout
    assert verify(data / "ledger.db", Texts("en")).head == before


async def test_after_a_kill_the_context_reaches_the_models_prompt(
    clean_environment: dict[str, str], folder: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(data / "ledger.db", Texts("en"))
    nap = f"61.{os.getpid()}"
    order = f"!echo marca-azul; sleep {nap}"
    with subprocess.Popen([*FAZAI, "exec", *FREE, order], cwd=folder, env=clean_environment) as process:
        until = time.monotonic() + 30
        while not any(detail.commands for detail in map(lambda t: history.turn(t.id), history.list_turns())):
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert verify(data / "ledger.db", Texts("en")).is_whole
    model = tmp_path / "small.gguf"
    Writer(model, "gemma3").write()
    invocation = Invocation(Texts("en"), Paths.from_environment(clean_environment), clean_environment)
    resumed = resume(invocation, "--last", forks=False)
    request = SessionRequest(
        cwd=resumed.cwd or str(folder),
        approval=ApprovalPolicy.NEVER,
        sandbox=SandboxMode.DANGER_FULL_ACCESS,
        is_interactive=False,
        resumed=resumed.session,
    )
    session = build_session(invocation, invocation.settings({"engine.model": str(model)}), request)
    told: list[Event] = []
    session.subscribe(told.append)
    prompts: list[str] = []
    generate = LlamaEngine.generate

    async def noted(
        engine: LlamaEngine, request: GenerationRequest, on_text: Callable[[str], None]
    ) -> GenerationResult:
        prompts.append(request.prompt)
        return await generate(engine, request, on_text)

    monkeypatch.setattr(LlamaEngine, "generate", noted)

    await session.start()
    await session.submit("and now the same again", "ask")
    await session.close()

    (started,) = [event for event in told if isinstance(event, SessionStarted)]
    assert (started.session_id, started.resumed) == (resumed.entry.id, True)
    built = next(event for event in told if isinstance(event, ContextBuilt))
    (transcript,) = [part.text for part in built.parts if part.name == "transcript"]
    assert transcript == f"Earlier: {order} -> abandoned"
    assert transcript in prompts[0]
    assert SessionBook(data / "ledger.db", Texts("en")).find("--last").holder is None


def test_resuming_imports_no_screen() -> None:
    program = "import sys, fazai_tui.cli.resuming, fazai_tui.ledger.verification; print('textual' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "False\n"
