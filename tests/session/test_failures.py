"""What goes wrong outside: the model, the ledger, the shell. Nothing runs that should not, and it is told."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import LedgerError, ModelError
from fazai_tui.core.events import (
    CommandStarted,
    EngineStateChanged,
    ErrorOccurred,
    Event,
    PlanProposed,
    StepChanged,
    TurnFinished,
    TurnStarted,
)
from fazai_tui.engine.catalogue import Catalogue
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.engine.options import EngineOptions
from fazai_tui.ledger.recorder import SqliteLedger
from fazai_tui.memory.retrieval import CookbookRetriever
from tests.session.conftest import Opener, answer, plan, step

GARBAGE = [
    "",
    "rm -rf /",
    "{",
    '{"kind": "plan"}',
    plan(),
    plan(" ", "\n"),
    plan("touch made") + plan("touch made"),
    plan("touch made").replace('"plan"', '"command"'),
    plan(step("touch made", risk="none at all")),
    '[{"command": "touch made"}]',
    plan("touch made", extra := "touch more")[:-20] + extra,
]


@pytest.mark.parametrize("said", GARBAGE)
async def test_what_is_no_plan_is_not_run(open_session: Opener, said: str) -> None:
    bench = await open_session(said)

    assert await bench.order() == "failed"

    assert bench.of(PlanProposed) == [] and bench.commands == []
    assert "no usable plan" in bench.message
    assert bench.of(TurnFinished)[0].reason == bench.message
    assert bench.of(ErrorOccurred) == []


async def test_a_model_that_fails_is_told_and_the_session_lives_on(open_session: Opener) -> None:
    bench = await open_session(ModelError("Model", "out of memory", "choose a smaller one"), plan("touch made"))

    assert await bench.order() == "failed"
    assert [(e.code, e.message, e.hint) for e in bench.of(ErrorOccurred)] == [
        ("model", "Model: out of memory", "choose a smaller one")
    ]
    assert bench.commands == []
    # The status line must not go on thinking.
    assert bench.of(EngineStateChanged)[-1].state != "thinking"

    assert await bench.order() == "fulfilled"
    assert (bench.folder / "made").exists()


async def test_a_model_that_fails_while_mending_ends_the_turn(open_session: Opener) -> None:
    bench = await open_session(plan("cat missing", "touch after"), ModelError("Model", "gone"))

    assert await bench.order() == "failed"

    assert bench.commands == ["cat missing"] and os.listdir(bench.folder) == []
    assert bench.recorded("SELECT status, reason FROM turns") == [("failed", "Model: gone")]


@pytest.fixture
def no_engine(tmp_path: Path) -> LlamaEngine:
    """Return an engine whose model file is not there."""
    texts = Texts("en")
    file = tmp_path / "none.gguf"
    return LlamaEngine(str(file), catalogue=Catalogue(tmp_path, texts), options=EngineOptions(), texts=texts)


@pytest.mark.parametrize("order", ["list the files", "ls", "touch made", "mostre o espaço em disco", "what is bash?"])
async def test_without_a_model_there_is_no_plan(
    open_session: Opener, no_engine: LlamaEngine, cookbook: CookbookRetriever, order: str
) -> None:
    """Whatever the cookbook holds, no path leads from an order to a command but through the model."""
    bench = await open_session(engine=no_engine, retriever=cookbook)
    assert cookbook.search(order, limit=1)

    assert await bench.order(order) == "failed"

    assert bench.of(PlanProposed) == [] and bench.of(StepChanged) == [] and bench.commands == []
    assert bench.recorded("SELECT count(*) FROM commands") == [0]
    (error,) = bench.of(ErrorOccurred)
    assert error.code == "model" and "none.gguf does not exist" in error.message and error.hint


async def test_without_a_model_the_session_lives_on(open_session: Opener, no_engine: LlamaEngine) -> None:
    bench = await open_session(engine=no_engine)

    await bench.session.load_engine()

    assert [event.state for event in bench.of(EngineStateChanged)] == ["loading", "error"]
    assert "none.gguf" in bench.of(EngineStateChanged)[-1].detail
    assert await bench.order("what is bash?", kind="ask") == "failed"
    assert await bench.order("!touch by-hand") == "fulfilled"
    assert os.listdir(bench.folder) == ["by-hand"]


class FailingLedger:
    """A real ledger whose file cannot be written from an event on."""

    def __init__(self, ledger: SqliteLedger, kind: type[Event] | None = None) -> None:
        self._ledger = ledger
        self._kind = kind
        self.has_failed = False

    def record(self, session_id: str, event: Event) -> None:
        """Record an event, or fail."""
        if self.has_failed or (self._kind is not None and isinstance(event, self._kind)):
            self.has_failed = True
            raise LedgerError("History", "the disk is full", "free some space")
        self._ledger.record(session_id, event)

    def leave(self, session_id: str) -> None:
        self._ledger.leave(session_id)


@pytest.mark.parametrize("order", ["do it", "!touch made"])
@pytest.mark.parametrize("kind", [TurnStarted, CommandStarted])
async def test_what_cannot_be_recorded_is_not_run(
    open_session: Opener, tmp_path: Path, kind: type[Event], order: str
) -> None:
    ledger = FailingLedger(SqliteLedger(tmp_path / "ledger.db", Texts("en")), kind)
    bench = await open_session(plan("touch made", "touch after"), ledger=ledger)

    assert await bench.order(order) == "failed"

    assert os.listdir(bench.folder) == [] and bench.commands == []
    # Who watches hears of it, although nothing can be recorded any more.
    assert "the disk is full" in bench.of(ErrorOccurred)[0].message
    assert bench.of(TurnFinished)[0].status == "failed"
    assert not bench.session.is_busy


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a directory on a disk of 512 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "fazai-test", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting takes root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_on_a_full_disk_nothing_runs(open_session: Opener, small_disk: Path) -> None:
    ledger = SqliteLedger(small_disk / "ledger.db", Texts("en"))
    bench = await open_session(plan("touch made"), plan("touch later"), ledger=ledger)
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(b"x" * 2**20)

    assert await bench.order() == "failed"

    assert os.listdir(bench.folder) == []
    assert "disk is full" in bench.of(ErrorOccurred)[0].message

    filler.unlink()
    assert await bench.order() == "fulfilled"
    assert os.listdir(bench.folder) != []
    ledger.close()


async def test_a_ledger_that_cannot_be_made_ends_the_start(open_session: Opener, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file where a directory should be")

    with pytest.raises(LedgerError):
        await open_session(ledger=SqliteLedger(tmp_path / "occupied" / "ledger.db", Texts("en")))


async def test_a_command_that_ends_the_shell_is_survived(open_session: Opener) -> None:
    bench = await open_session(plan("export KEPT=1; exit 3"), answer("nothing to mend"), repairs=1)

    assert await bench.order() == "failed"
    assert "status 3" in bench.message
    assert await bench.order("!kill -9 $$") == "failed"
    assert await bench.order("!pwd") == "fulfilled"

    assert str(bench.folder) in bench.message


async def test_a_command_ended_by_a_signal_is_a_failure(open_session: Opener) -> None:
    bench = await open_session(plan("bash -c 'kill -SEGV $$'"), repairs=0)

    assert await bench.order() == "failed"

    assert f"status {128 + signal.SIGSEGV}" in bench.message
