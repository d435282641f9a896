"""Events and errors: one line, one union, nothing lost on the way through JSON."""

import json
from typing import get_args

import jsonschema
import pytest

from fazai_tui.core import errors, wire
from fazai_tui.core.errors import ErrorKind, FazaiError
from fazai_tui.core.events import EVENT_ADAPTER, ContextPart, Event, PlanProposed, StepChanged, TurnFinished
from fazai_tui.core.plan import Plan, Step, StepStatus
from fazai_tui.core.wire import WIRE_ADAPTER

CODEX_EVENTS = {"thread.started", "turn.started", "turn.completed", "turn.failed"} | {
    f"item.{what}" for what in ("started", "updated", "completed")
}


@pytest.mark.parametrize(
    "event",
    [
        StepChanged(step_id="s1", status=StepStatus.ROLLED_BACK),
        PlanProposed(plan=Plan(goal="ação", steps=(Step(id="s1", title="\x1b", command="a\nb\x00"),)), attempt=2),
        TurnFinished(turn_id="t", status="limit", reason="é"),
    ],
)
def test_an_event_survives_json(event: Event) -> None:
    text = EVENT_ADAPTER.dump_json(event)

    assert b"\n" not in text
    assert EVENT_ADAPTER.validate_json(text) == event
    jsonschema.validate(json.loads(text), EVENT_ADAPTER.json_schema())


def test_every_event_is_told_apart_by_its_type() -> None:
    kinds = get_args(get_args(Event)[0])
    names = [kind.model_fields["type"].default for kind in kinds]

    assert len(set(names)) == len(names)
    assert all(kind.model_config.get("frozen") for kind in (*kinds, ContextPart))
    assert all(kind.__doc__ for kind in kinds)


def test_the_emitted_events_bear_the_names_of_codex() -> None:
    names = {kind.model_fields["type"].default for kind in get_args(get_args(wire.WireEvent)[0])}

    assert names == CODEX_EVENTS | {"item.output_delta", "error"}


def test_the_emitted_items_bear_the_contracts_names() -> None:
    names = {kind.model_fields["type"].default for kind in get_args(get_args(wire.Item)[0])}

    items = "plan command_execution approval agent_message reasoning file_change guard memory error"
    assert names == set(items.split())
    jsonschema.Draft202012Validator.check_schema(WIRE_ADAPTER.json_schema())


def test_an_unknown_emitted_event_is_refused() -> None:
    with pytest.raises(ValueError, match="type"):
        WIRE_ADAPTER.validate_json('{"type": "turn.paused"}')


def test_an_error_is_one_line() -> None:
    assert str(FazaiError("Title", "what, where", "do this")) == "Title: what, where (do this)"
    assert str(FazaiError("Title", "what, where")) == "Title: what, where"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (errors.ConfigurationError, ErrorKind.CONFIGURATION),
        (errors.ModelError, ErrorKind.MODEL),
        (errors.BadInputError, ErrorKind.BAD_INPUT),
        (errors.LimitError, ErrorKind.LIMIT),
        (errors.ShellError, ErrorKind.ORDER_FAILED),
        (errors.LedgerError, ErrorKind.ORDER_FAILED),
    ],
)
def test_errors_have_the_kind_of_their_exit_code(kind: type[FazaiError], expected: ErrorKind) -> None:
    assert kind("a", "b").kind is expected
    assert kind("a", "b", kind=ErrorKind.USAGE).kind is ErrorKind.USAGE
