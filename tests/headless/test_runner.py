"""One turn without a screen: how it ends, what is written for programs, and signals."""

import asyncio
import contextlib
import io
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ErrorKind
from fazai_tui.core.events import CommandStarted, Event, OutputReceived, SessionStarted, TurnFinished, TurnStarted
from fazai_tui.core.wire import WIRE_ADAPTER
from fazai_tui.headless.runner import HeadlessResult, HeadlessRunner, JsonLines
from fazai_tui.session.wire import WireTranslator
from tests.headless.conftest import MakeSession

Sink = Callable[[Event], None]


async def run(make_session: MakeSession, order: str, *sinks: Sink, dry_run: bool = False) -> HeadlessResult:
    """Run an order in a new session."""
    runner = HeadlessRunner(make_session(), list(sinks))
    return await asyncio.wait_for(runner.run(order, None, dry_run=dry_run, stdin=str), 30)


async def test_a_fulfilled_order(make_session: MakeSession) -> None:
    result = await run(make_session, "!echo done here")

    assert (result.status, result.error) == ("fulfilled", None)
    assert "done here" in result.message


async def test_a_failed_order(make_session: MakeSession) -> None:
    result = await run(make_session, "!ls nothing-here")

    assert (result.status, result.error) == ("failed", None)
    assert "status 2" in result.message


async def test_a_declined_order(make_session: MakeSession, tmp_path: Path) -> None:
    result = await run(make_session, "!wipefs -a /dev/sdzz")

    assert result.status == "declined" and "wipefs" in result.message


async def test_without_a_model_the_error_names_its_kind(make_session: MakeSession) -> None:
    result = await run(make_session, "list the files")

    assert (result.status, result.message, result.error) == ("failed", "", ErrorKind.MODEL)


async def test_a_dry_run(make_session: MakeSession, tmp_path: Path) -> None:
    result = await run(make_session, "!touch made", dry_run=True)

    assert result.status == "fulfilled" and "touch made" in result.message
    assert not (tmp_path / "made").exists()


async def test_an_empty_order_is_refused_and_the_session_closed(make_session: MakeSession) -> None:
    with pytest.raises(BadInputError):
        await run(make_session, " ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_interrupts(make_session: MakeSession, number: signal.Signals) -> None:
    def kill(event: Event) -> None:
        if isinstance(event, CommandStarted):
            asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), number)

    began = time.monotonic()
    result = await run(make_session, "!sleep 65", kill)

    assert result.status == "interrupted"
    assert time.monotonic() - began < 30


async def test_a_signal_before_the_order_is_not_lost(make_session: MakeSession, tmp_path: Path) -> None:
    # It comes while the shell is being started.
    asyncio.get_running_loop().call_later(0.005, os.kill, os.getpid(), signal.SIGTERM)
    result = await run(make_session, "!touch made")

    assert result.status == "interrupted"
    assert not (tmp_path / "made").exists()


async def test_json_lines_are_the_contracts(make_session: MakeSession) -> None:
    stream = io.StringIO()
    await run(
        make_session, "!printf 'one\\ntwo\\n'; echo '\x1b[31mred'", JsonLines(stream, WireTranslator(Texts("en"))).tell
    )

    text = stream.getvalue()
    events = [WIRE_ADAPTER.validate_json(line) for line in text.splitlines()]
    assert events[0].type == "thread.started" and events[-1].type == "turn.completed"
    # Whatever a command prints, nothing reaches a terminal raw.
    assert "\x1b" not in text
    deltas = "".join(json.loads(line)["text"] for line in text.splitlines() if '"item.output_delta"' in line)
    assert deltas.replace("\r", "") == "one\ntwo\n\x1b[31mred\n"


class TimedStream(io.StringIO):
    """Notes when each line of live output was written."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def write(self, text: str, /) -> int:
        if '"item.output_delta"' in text:
            self.times.append(time.monotonic())
        return super().write(text)


async def test_live_output_comes_at_most_every_50_ms_and_whole(make_session: MakeSession) -> None:
    stream = TimedStream()
    order = "!for i in $(seq 1 60); do echo $i; sleep 0.01; done; echo asks; sleep 0.4"
    await run(make_session, order, JsonLines(stream, WireTranslator(Texts("en"))).tell)

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    text = "".join(line["text"] for line in lines if line["type"] == "item.output_delta")
    assert text.split() == [*(str(number) for number in range(1, 61)), "asks"]
    gaps = [later - sooner for sooner, later in zip(stream.times, stream.times[1:], strict=False)]
    assert gaps and min(gaps) >= 0.045
    kinds = [line["type"] for line in lines]
    assert kinds.index("item.output_delta") > 0
    last = len(kinds) - 1 - kinds[::-1].index("item.output_delta")
    assert next(line["item"]["type"] for line in lines[last + 1 :] if "item" in line) == "command_execution"


async def test_held_output_is_written_while_the_command_waits(make_session: MakeSession) -> None:
    stream = TimedStream()
    lines = JsonLines(stream, WireTranslator(Texts("en")))
    seen: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, OutputReceived):
            seen.append(time.monotonic())

    await run(make_session, "!for i in 1 2 3 4; do echo $i; sleep 0.036; done; sleep 0.5", lines.tell, note)

    assert seen and stream.times[-1] - seen[-1] < 0.3


@pytest.mark.parametrize("kind", [SessionStarted, TurnStarted, CommandStarted, OutputReceived, TurnFinished])
async def test_a_reader_that_goes_away_ends_the_turn(
    make_session: MakeSession, tmp_path: Path, kind: type[Event]
) -> None:
    """Whenever it goes: what is written next finds out, and nothing more is run."""
    read, write = os.pipe()
    stream = os.fdopen(write, "w")
    has_gone: list[bool] = []
    lines = JsonLines(stream, WireTranslator(Texts("en")))

    def go(event: Event) -> None:
        if isinstance(event, kind) and not has_gone:
            has_gone.append(True)
            os.close(read)

    began = time.monotonic()
    last = "sleep 0.1" if kind is TurnFinished else "sleep 66; touch late"
    with pytest.raises(BrokenPipeError):
        await run(make_session, f"!for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.06; done; {last}", go, lines.tell)
    with contextlib.suppress(BrokenPipeError):
        stream.close()

    assert time.monotonic() - began < 30
    assert not (tmp_path / "late").exists()
