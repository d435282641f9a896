"""What programs read: names and order of the events, and that every one of them is of the schema."""

import json
from collections.abc import Sequence

import jsonschema
import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core import wire
from fazai_tui.core.errors import ModelError
from fazai_tui.core.events import AskingProgram, Event, FilesChanged, InputAwaited, OutputReceived
from fazai_tui.core.policy import ApprovalDecision, ApprovalPolicy, ApprovalReply
from fazai_tui.core.undo import FileChange
from fazai_tui.core.wire import WIRE_ADAPTER, WireEvent
from fazai_tui.session.wire import WireTranslator
from tests.session.conftest import RUN, Bench, Opener, answer, plan

DECLINE = ApprovalReply(decision=ApprovalDecision.DECLINE)
FIELDS = {
    "plan": {"id", "type", "goal", "steps"},
    "command_execution": {
        *("id", "type", "step_id", "command", "cwd", "risk", "aggregated_output", "exit_code", "duration_ms", "status")
    },
    "approval": {"id", "type", "step_id", "command", "risk", "reasons", "decision", "decided_by", "edited"},
    "agent_message": {"id", "type", "text"},
    "reasoning": {"id", "type", "text"},
}
STEP_FIELDS = {"id", "title", "command", "explain", "risk", "needs", "rollback", "check", "status", "provenance"}


def emitted(bench: Bench) -> list[WireEvent]:
    """Return what a program reads, after a journey through JSON that the schema allows."""
    translator = WireTranslator(Texts("en"))
    lines = [WIRE_ADAPTER.dump_json(item) for event in bench.events for item in translator.translate(event)]
    assert not any(b"\n" in line for line in lines)
    schema = WIRE_ADAPTER.json_schema()
    jsonschema.validate([json.loads(line) for line in lines], {"$defs": schema.pop("$defs"), "items": schema})
    return [WIRE_ADAPTER.validate_json(line) for line in lines]


def names(events: Sequence[WireEvent]) -> list[str]:
    """Return types, with the item's where there is one; live output left out."""
    return [
        f"{event.type}:{event.item.type}"
        if isinstance(event, wire.ItemStarted | wire.ItemUpdated | wire.ItemCompleted)
        else event.type
        for event in events
        if not isinstance(event, wire.OutputDelta)
    ]


async def test_a_fulfilled_order(open_session: Opener) -> None:
    bench = await open_session(plan("echo one"))
    await bench.order()

    events = emitted(bench)

    assert names(events) == [
        "thread.started",
        "turn.started",
        "item.started:plan",
        "item.completed:approval",
        "item.updated:plan",
        "item.started:command_execution",
        "item.completed:command_execution",
        "item.updated:plan",
        "item.completed:agent_message",
        "item.completed:plan",
        "turn.completed",
    ]
    assert isinstance(events[0], wire.ThreadStarted) and events[0].thread_id == bench.session.id
    last = events[-1]
    assert isinstance(last, wire.TurnCompleted) and last.status == "fulfilled"
    assert last.usage == wire.Usage(input_tokens=10, cached_input_tokens=4, output_tokens=5)


async def test_items_have_the_contracts_fields_and_keep_their_ids(open_session: Opener) -> None:
    bench = await open_session(plan("echo one", "cat missing"), plan("echo two"), repairs=1)
    await bench.order()

    began: dict[str, str] = {}
    ended: set[str] = set()
    for event in emitted(bench):
        if isinstance(event, wire.ItemStarted | wire.ItemUpdated | wire.ItemCompleted):
            item = event.item.model_dump()
            assert set(item) == FIELDS[item["type"]]
            assert item["id"] not in ended, "nothing follows a completed item"
            assert began.setdefault(item["id"], item["type"]) == item["type"]
            if item["type"] == "plan":
                assert all(set(step) == STEP_FIELDS for step in item["steps"])
            if isinstance(event, wire.ItemCompleted):
                ended.add(item["id"])
        elif isinstance(event, wire.OutputDelta):
            assert began[event.item_id] == "command_execution" and event.item_id not in ended
    assert set(began) == ended, "every item that began is completed"


async def test_a_command_carries_how_it_ended(open_session: Opener) -> None:
    bench = await open_session(plan("echo seen; exit_code() { return 7; }; exit_code"), repairs=0)
    await bench.order()

    events = emitted(bench)
    commands = [
        event.item
        for event in events
        if isinstance(event, wire.ItemStarted | wire.ItemCompleted) and isinstance(event.item, wire.CommandItem)
    ]
    assert [(c.status, c.exit_code, c.aggregated_output) for c in commands] == [
        ("in_progress", None, ""),
        ("failed", 7, "seen\n"),
    ]
    assert commands[1].cwd == str(bench.folder)
    deltas = [event for event in events if isinstance(event, wire.OutputDelta)]
    assert "".join(delta.text for delta in deltas).replace("\r", "") == "seen\n"
    failed = events[-1]
    assert isinstance(failed, wire.WireTurnFailed)
    assert failed.error.code == "failed" and "status 7" in failed.error.message


async def test_a_plans_steps_change_before_the_eyes(open_session: Opener) -> None:
    bench = await open_session(plan("true", "touch b"), replies=[DECLINE], approval=ApprovalPolicy.UNTRUSTED)
    await bench.order()

    events = emitted(bench)
    plans = [
        event.item
        for event in events
        if isinstance(event, wire.ItemStarted | wire.ItemUpdated | wire.ItemCompleted)
        and isinstance(event.item, wire.PlanItem)
    ]
    assert [[step.status.value for step in item.steps] for item in plans] == [
        ["pending", "pending"],
        ["running", "pending"],
        ["done", "pending"],
        ["done", "awaiting_approval"],
        ["done", "declined"],
        ["done", "declined"],
    ]
    assert names(events)[-1] == "turn.failed"


async def test_an_approval_is_asked_and_answered_under_one_id(open_session: Opener) -> None:
    edit = ApprovalReply(decision=ApprovalDecision.RUN, command="touch two", decided_by="ana")
    bench = await open_session(plan("touch one", "touch more"), replies=[edit, RUN], approval=ApprovalPolicy.UNTRUSTED)
    await bench.order()

    approvals = [
        event.item
        for event in emitted(bench)
        if isinstance(event, wire.ItemStarted | wire.ItemCompleted) and isinstance(event.item, wire.ApprovalItem)
    ]
    assert [(a.decision, a.decided_by, a.edited, a.command) for a in approvals] == [
        ("", "", False, "touch one"),
        ("run", "ana", True, "touch two"),
        ("", "", False, "touch more"),
        ("run", "user", False, "touch more"),
    ]
    ids = [approval.id for approval in approvals]
    assert ids[0] == ids[1] and ids[2] == ids[3] and ids[0] != ids[2]
    assert all(approval.reasons and "policy." not in approval.reasons[0] for approval in approvals)


async def test_an_error_is_told_before_the_turn_fails(open_session: Opener) -> None:
    bench = await open_session(ModelError("Model", "gone", "get it again"))
    await bench.order()

    assert names(emitted(bench)) == ["thread.started", "turn.started", "error", "turn.failed"]
    error = next(event for event in emitted(bench) if isinstance(event, wire.WireErrorEvent))
    assert (error.code, error.message) == ("model", "Model: gone (get it again)")


async def test_an_answer_is_a_message(open_session: Opener) -> None:
    bench = await open_session(answer("A shell."))
    await bench.order()

    assert names(emitted(bench)) == [
        "thread.started",
        "turn.started",
        "item.completed:agent_message",
        "turn.completed",
    ]


async def test_turns_follow_each_other_in_one_stream(open_session: Opener) -> None:
    bench = await open_session()
    await bench.order("!true")
    await bench.order("!false")

    events = emitted(bench)
    assert [name for name in names(events) if name.startswith(("turn.", "thread."))] == [
        "thread.started",
        "turn.started",
        "turn.completed",
        "turn.started",
        "turn.failed",
    ]


ASKER = AskingProgram(pid=1, started=1, name="sudo")


@pytest.mark.parametrize(
    "event",
    [OutputReceived(command_id="unknown", text="late"), InputAwaited(command_id="c", is_secret=True, asker=ASKER)],
)
def test_what_concerns_nobody_is_not_emitted(event: Event) -> None:
    assert list(WireTranslator(Texts("en")).translate(event)) == []


def test_changes_in_a_layer_are_items_that_say_so() -> None:
    changes = (FileChange(path="/a\n", kind="add"), FileChange(path="/b", kind="delete"))
    event = FilesChanged(command_id="c", step_id="s", changes=changes, left_out=3)
    items = [item.model_dump()["item"] for item in WireTranslator(Texts("en")).translate(event)]
    assert [(item["type"], item.get("path"), item.get("discarded")) for item in items] == [
        ("file_change", "/a\n", True),
        ("file_change", "/b", True),
        ("reasoning", None, None),
    ]
    assert items[-1]["text"] == "… and 3 more files"
