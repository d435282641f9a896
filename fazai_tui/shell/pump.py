"""Reads the PTY in a thread and hands what it printed to the event loop, coalesced and in order."""

import asyncio
import codecs
import os
import select
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fazai_tui.shell.capture import OutputCapture
from fazai_tui.shell.marks import Mark, MarkParser

READ_BYTES = 64 * 1024
BATCH_S = 1 / 30
"""Output is handed over at most this often; marks at once."""
PENDING_BYTES = 2 * 1024 * 1024
"""With more than this waiting for the event loop the PTY is not read, so that the program has to wait."""
_PREFACE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Printed:
    """Decoded output of a command, or of background jobs when the number is 0."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The shell's end of the PTY was closed."""


Item = Printed | Mark | HungUp


class OutputPump:
    """The reader of one PTY.

    Args:
        fd: The PTY; must be non-blocking.
        nonce: The nonce of the marks to believe.
        on_items: Gets what was read, on the event loop.
    """

    def __init__(self, fd: int, nonce: str, on_items: Callable[[Sequence[Item]], None]) -> None:
        self._fd = fd
        self._parser = MarkParser(nonce)
        self._on_items = on_items
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self._pending: list[Item] = []
        self._pending_size = 0
        self._is_scheduled = False
        self._is_stopped = False
        self._delivered_at = 0.0
        self._expected = (0, b"", OutputCapture())
        self._running = 0
        self._preface = bytearray()
        self._decoder = _decoder()
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._read_until_end, name="fazai-pty", daemon=True)
        self.last_output_at = time.monotonic()

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def expect(self, number: int, typed: bytes, capture: OutputCapture) -> None:
        """Announce a command, before its line is typed.

        Args:
            number: The number its marks bear.
            typed: The line; its echo is no output.
            capture: Gets the command's output.
        """
        with self._changed:
            self._expected = (number, typed.replace(b"\n", b"\r\n"), capture)

    def stop(self) -> None:
        """Stop reading; what is pending is dropped."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        os.write(self._wake_write, b"x")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _read_until_end(self) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while not self._is_stopped:
            poll.poll()
            try:
                data = os.read(self._fd, READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                self._take(self._parser.finish())
                self._flush_preface()
                self._put(HungUp(), 0)
                return
            self.last_output_at = time.monotonic()
            for part in self._parser.feed(data):
                if isinstance(part, Mark):
                    self._pass(part)
                else:
                    self._take(part)

    def _take(self, data: bytes) -> None:
        number, _, capture = self._expected
        if self._running:
            capture.add(data)
            self._put(Printed(self._running, self._decoder.decode(data)), len(data))
        elif number:
            self._preface += data
            if len(self._preface) > _PREFACE_BYTES:
                self._flush_preface()
        else:
            self._put(Printed(0, self._decoder.decode(data)), len(data))

    def _pass(self, mark: Mark) -> None:
        number = self._expected[0]
        if mark.kind == "C" and mark.number == number and not self._running:
            self._flush_preface()
            self._running = number
        elif mark.kind == "D" and mark.number == self._running:
            self._put(Printed(self._running, self._decoder.decode(b"", final=True)), 0)
            self._running = 0
            self._expected = (0, b"", OutputCapture())
        self._put(mark, 0)

    def _flush_preface(self) -> None:
        data = bytes(self._preface).replace(self._expected[1], b"")
        self._preface.clear()
        self._put(Printed(0, self._decoder.decode(data, final=True)), len(data))

    def _put(self, item: Item, size: int) -> None:
        if isinstance(item, Printed) and not item.text:
            return
        with self._changed:
            self._pending.append(item)
            self._pending_size += size
            is_urgent = isinstance(item, HungUp) or (isinstance(item, Mark) and item.kind != "C")
            if is_urgent or not self._is_scheduled:
                self._is_scheduled = True
                self._call(self._deliver if is_urgent else self._schedule)
            while self._pending_size > PENDING_BYTES and not self._is_stopped:
                self._changed.wait()

    def _call(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            # The loop was closed without closing the shell; nobody is left to read for.
            self._is_stopped = True

    def _schedule(self) -> None:
        self._loop.call_later(max(0.0, self._delivered_at + BATCH_S - time.monotonic()), self._deliver)

    def _deliver(self) -> None:
        with self._changed:
            items, self._pending, self._pending_size = self._pending, [], 0
            self._is_scheduled = False
            self._changed.notify_all()
            if self._is_stopped:
                return
        self._delivered_at = time.monotonic()
        if items:
            self._on_items(_joined(items))


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")


def _joined(items: Sequence[Item]) -> list[Item]:
    """Join neighbouring pieces of the same command's output."""
    joined: list[Item] = []
    texts: list[str] = []
    number = 0
    for item in items:
        if texts and not (isinstance(item, Printed) and item.number == number):
            joined.append(Printed(number, "".join(texts)))
            texts = []
        if isinstance(item, Printed):
            number = item.number
            texts.append(item.text)
        else:
            joined.append(item)
    if texts:
        joined.append(Printed(number, "".join(texts)))
    return joined
