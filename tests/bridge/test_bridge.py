"""Events become one message a frame."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from textual.message import Message

from fazai_tui.bridge import FLOOD_SECONDS, FRAME_EARLIER, FRAME_OUTPUT, FRAME_SECONDS, EventBridge, SessionEvents
from fazai_tui.core.events import EngineStateChanged, Event, OutputReceived, TokenGenerated


@dataclass
class Screen:
    """Collects what is posted to it."""

    batches: list[SessionEvents] = field(default_factory=list[SessionEvents])

    def post_message(self, message: Message) -> bool:
        assert isinstance(message, SessionEvents)
        self.batches.append(message)
        return True

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch.events]


async def frames(screen: Screen, enough: Callable[[], bool]) -> None:
    """Let frames pass, handling each batch, until there is enough."""
    handled = 0
    async with asyncio.timeout(2):
        while not enough():
            await asyncio.sleep(FRAME_SECONDS / 4)
            for batch in screen.batches[handled:]:
                batch.done()
                handled += 1


async def test_tokens_of_a_frame_are_joined_and_order_is_kept() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    for text in "abc":
        bridge.receive(TokenGenerated(text=text, purpose="answer"))
    bridge.receive(EngineStateChanged(state="ready"))
    bridge.receive(TokenGenerated(text="d", purpose="answer"))

    await frames(screen, lambda: bool(screen.batches))

    assert screen.events == [
        TokenGenerated(text="abc", purpose="answer"),
        EngineStateChanged(state="ready"),
        TokenGenerated(text="d", purpose="answer"),
    ]


async def test_what_is_for_different_purposes_or_commands_is_not_joined() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    events: list[Event] = [
        TokenGenerated(text="a", purpose="plan"),
        TokenGenerated(text="b", purpose="answer"),
        OutputReceived(command_id="1", text="c"),
        OutputReceived(command_id="2", text="d"),
    ]
    for event in events:
        bridge.receive(event)

    await frames(screen, lambda: bool(screen.batches))

    assert screen.events == events


async def test_a_flood_sets_all_but_the_newest_output_aside() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    lines = [f"line {number}\n" for number in range(20_000)]
    for start in range(0, len(lines), 100):
        bridge.receive(OutputReceived(command_id="c", text="".join(lines[start : start + 100])))

    await frames(screen, lambda: bool(screen.batches))

    (event,) = screen.events
    assert isinstance(event, OutputReceived)
    assert len(event.text) <= FRAME_OUTPUT
    flood = screen.batches[0].floods[0]
    assert all(piece.text.endswith("\n") for piece in flood.pieces)
    assert "".join(piece.text for piece in flood.pieces) + event.text == "".join(lines)
    assert flood.left_out == 0


async def test_what_is_more_than_can_be_set_aside_is_counted_and_left_out() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    line = "x" * 99 + "\n"
    count = 2 * FRAME_EARLIER // len(line)
    for _ in range(count // 500):
        bridge.receive(OutputReceived(command_id="c", text=line * 500))

    await frames(screen, lambda: bool(screen.batches))

    (event,) = screen.events
    assert isinstance(event, OutputReceived)
    flood = screen.batches[0].floods[0]
    shown = "".join(piece.text for piece in flood.pieces) + event.text
    assert len(shown) <= FRAME_EARLIER + FRAME_OUTPUT
    assert flood.left_out + shown.count("\n") == count // 500 * 500


async def test_the_next_batch_waits_until_the_screen_is_done() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    bridge.receive(TokenGenerated(text="a"))
    await asyncio.sleep(FRAME_SECONDS)
    bridge.receive(TokenGenerated(text="b"))
    await asyncio.sleep(3 * FRAME_SECONDS)

    assert len(screen.batches) == 1

    screen.batches[0].done()
    bridge.receive(TokenGenerated(text="c"))
    await frames(screen, lambda: len(screen.batches) == 2)

    assert screen.events[1:] == [TokenGenerated(text="bc")]


async def test_after_disconnecting_nothing_comes() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    bridge.receive(TokenGenerated(text="a"))
    bridge.disconnect()
    await asyncio.sleep(2 * FRAME_SECONDS)

    assert not screen.batches


async def test_an_answer_and_output_that_take_turns_are_each_joined() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    for text in "abc":
        bridge.receive(OutputReceived(command_id="c", text=text))
        bridge.receive(TokenGenerated(text=text, purpose="answer"))
    bridge.receive(EngineStateChanged(state="ready"))
    bridge.receive(OutputReceived(command_id="c", text="d"))

    await frames(screen, lambda: bool(screen.batches))

    assert screen.events == [
        OutputReceived(command_id="c", text="abc"),
        TokenGenerated(text="abc", purpose="answer"),
        EngineStateChanged(state="ready"),
        OutputReceived(command_id="c", text="d"),
    ]


async def test_a_flood_waits_for_keys_but_not_for_ever() -> None:
    screen = Screen()
    bridge = EventBridge(screen)
    loop = asyncio.get_running_loop()
    flood = OutputReceived(command_id="c", text="x" * 99_999 + "\n")
    bridge.receive(flood)
    await frames(screen, lambda: len(screen.batches) == 1)
    start = loop.time()
    bridge.receive(flood)

    while len(screen.batches) == 1 and loop.time() < start + 2:
        bridge.give_way()
        await asyncio.sleep(FRAME_SECONDS / 4)

    assert len(screen.batches) == 2
    assert loop.time() - start > FLOOD_SECONDS
