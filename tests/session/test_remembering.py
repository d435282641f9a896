"""What turns leave in long-term memory, and what they take from it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.events import ContextBuilt, ErrorOccurred, MemoryTouched, PlanProposed
from fazai_tui.core.memory import MemoryDraft
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply
from fazai_tui.engine.llama import LlamaEngine
from fazai_tui.memory.longterm.embedder import NoEmbedder
from fazai_tui.memory.longterm.memory import LongTermMemory
from fazai_tui.memory.longterm.payload import PointMaker
from fazai_tui.memory.longterm.store import EmbeddedStore
from fazai_tui.memory.retrieval import CookbookRetriever
from fazai_tui.resources.host import LinuxHost
from tests.session.conftest import RUN, Opener, Shared, plan

ORDER = "conte quantos arquivos há aqui"
HOST = LinuxHost(os.environ).facts().hostname


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[LongTermMemory]:
    maker = PointMaker()
    store = EmbeddedStore(tmp_path / "qdrant", Texts("en"), width=384, remake=maker.remake)
    opened = LongTermMemory(store, NoEmbedder("off"), maker, Texts("en"))
    yield opened
    opened.close()


def _plan(order: str, *commands: str) -> MemoryDraft:
    return MemoryDraft(kind="plan", text=order, commands=commands, host=HOST, source="turn")


async def test_what_fulfilled_an_order_is_remembered(open_session: Opener, memory: LongTermMemory) -> None:
    bench = await open_session(plan("echo one", "echo two"), memory=memory)
    assert await bench.order(ORDER) == "fulfilled"
    entries = memory.entries()
    assert [(entry.text, entry.commands, entry.host) for entry in entries] == [(ORDER, ("echo one", "echo two"), HOST)]
    touched = bench.of(MemoryTouched)
    assert [(event.action, event.recalled[0].entry.id) for event in touched] == [("remembered", entries[0].id)]


async def test_what_failed_was_tried_only_or_piped_is_not(open_session: Opener, memory: LongTermMemory) -> None:
    bench = await open_session(plan("false"), plan("echo x"), plan("echo y"), memory=memory, repairs=0)
    assert await bench.order(ORDER) == "failed"
    assert await bench.order(ORDER, dry_run=True) == "fulfilled"
    assert await bench.order(ORDER, stdin="1\n2\n") == "fulfilled"
    assert await bench.order("!echo z") == "fulfilled"
    assert memory.entries() == ()


async def test_the_commands_of_an_order_that_worked_are_in_the_next_prompt(
    open_session: Opener, memory: LongTermMemory
) -> None:
    memory.remember(_plan(ORDER, "ls -1 | wc -l"))
    memory.remember(MemoryDraft(text="aqui há arquivos de clientes"))
    bench = await open_session(plan("ls -1 | wc -l"), memory=memory)
    assert await bench.order("Conte quantos arquivos há aqui!") == "fulfilled"
    assert f'- {ORDER}: "ls -1 | wc -l"' in bench.prompts[0]
    parts = {part.name: part.text for part in bench.of(ContextBuilt)[0].parts}
    assert parts["memory"] == "Known: aqui há arquivos de clientes"
    recalled = bench.of(MemoryTouched)[0]
    assert recalled.action == "recalled" and "words alone" in recalled.detail
    assert [(item.entry.kind, item.match) for item in recalled.recalled] == [("plan", "same"), ("fact", "words")]


async def test_the_shipped_model_plans_from_memory_and_still_asks(
    open_session: Opener, memory: LongTermMemory, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    entry = memory.remember(_plan("arrume a casa do seu jeito", "touch arrumada"))
    assert entry is not None
    bench = await open_session(
        engine=Shared(shipped_engine),
        retriever=cookbook,
        memory=memory,
        approval=ApprovalPolicy.UNTRUSTED,
        replies=[RUN],
        language="pt",
    )
    assert await bench.order("Arrume a casa do seu jeito.") == "fulfilled"
    assert len(bench.replies) == 0, "nobody was asked"
    assert bench.commands == ["touch arrumada"]
    assert bench.of(PlanProposed)[0].plan.steps[0].provenance == f"memory:{entry.id}"
    assert [item.uses for item in memory.entries() if item.id == entry.id] == [1]


async def test_a_plan_of_other_values_is_not_taken(
    open_session: Opener, memory: LongTermMemory, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    memory.remember(_plan("apague o arquivo velho.txt", "rm velho.txt"))
    bench = await open_session(engine=Shared(shipped_engine), retriever=cookbook, memory=memory, language="pt")
    await bench.order("apague o arquivo novo.txt", dry_run=True)
    commands = [step.command for event in bench.of(PlanProposed) for step in event.plan.steps]
    assert not any("velho.txt" in command for command in commands)


async def test_a_declined_plan_from_memory_is_not_shown_again(
    open_session: Opener, memory: LongTermMemory, shipped_engine: LlamaEngine, cookbook: CookbookRetriever
) -> None:
    memory.remember(_plan("arrume a casa do seu jeito", "touch arrumada"))
    no = ApprovalReply(decision=ApprovalDecision.DECLINE)
    bench = await open_session(
        engine=Shared(shipped_engine),
        retriever=cookbook,
        memory=memory,
        approval=ApprovalPolicy.UNTRUSTED,
        replies=[no],
        language="pt",
    )
    assert await bench.order("arrume a casa do seu jeito") == "declined"
    assert memory.entries()[0].failures == 1
    await bench.order("arrume a casa do seu jeito", dry_run=True)
    commands = [step.command for event in bench.of(PlanProposed)[1:] for step in event.plan.steps]
    assert "touch arrumada" not in commands


async def test_a_correction_is_learned_and_told(open_session: Opener, memory: LongTermMemory) -> None:
    edited = ApprovalReply(decision=ApprovalDecision.RUN, command="touch better")
    bench = await open_session(plan("touch worse"), memory=memory, approval=ApprovalPolicy.UNTRUSTED, replies=[edited])
    assert await bench.order(ORDER) == "fulfilled"
    entry = memory.entries()[0]
    assert (entry.commands, entry.source) == (("touch better",), "correction")
    said = "\n".join(event.text for event in bench.events if event.type == "message_produced")
    assert f"/forget {entry.id[:8]}" in said


async def test_what_mended_an_error_is_remembered(open_session: Opener, memory: LongTermMemory) -> None:
    broken, cure = "test -e ready || { echo 'E: lock 4711 is held' >&2; exit 9; }", "touch ready"
    bench = await open_session(plan(broken), plan(cure), plan("echo done"), memory=memory)
    assert await bench.order(ORDER) == "fulfilled"
    kinds = {entry.kind: entry for entry in memory.entries()}
    assert kinds["cure"].commands == (cure,)
    assert memory.cures("E: lock 12 is held", host=HOST, limit=1)[0].entry.commands == (cure,)


async def test_a_memory_that_cannot_be_used_stops_nothing(open_session: Opener, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file, and no directory")
    maker = PointMaker()
    store = EmbeddedStore(tmp_path / "blocked" / "qdrant", Texts("en"), width=384, remake=maker.remake)
    memory = LongTermMemory(store, NoEmbedder("off"), maker, Texts("en"))
    bench = await open_session(plan("echo x"), plan("echo y"), memory=memory)
    assert await bench.order(ORDER) == "fulfilled"
    assert await bench.order(ORDER) == "fulfilled"
    assert [event.message.partition(":")[0] for event in bench.of(ErrorOccurred)] == ["Memory"]


async def test_the_user_states_edits_pins_and_forgets(open_session: Opener, memory: LongTermMemory) -> None:
    bench = await open_session(memory=memory)
    desk = bench.session.memory
    await desk.remember("prefiro ls -lah", "pt")
    (found,) = await desk.find("")
    assert (found.entry.kind, found.entry.text) == ("preference", "prefiro ls -lah")
    await desk.edit(found.entry.id, "prefiro ls -l")
    await desk.pin(found.entry.id, is_pinned=True)
    assert [item.entry.text for item in await desk.find("ls -l")] == ["prefiro ls -l"]
    await desk.forget(found.entry.id[:6])
    assert await desk.find("") == ()
    actions = [event.action for event in bench.of(MemoryTouched)]
    assert actions == ["remembered", "edited", "pinned", "forgotten"]
    with pytest.raises(FazaiError, match="empty text"):
        await desk.remember("  ", "pt")


async def test_without_memory_the_user_is_told(open_session: Opener) -> None:
    bench = await open_session(plan("echo x"))
    with pytest.raises(FazaiError, match="switched off"):
        await bench.session.memory.remember("x", "pt")
    assert await bench.order(ORDER) == "fulfilled"
