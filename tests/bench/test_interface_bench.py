"""What the screen costs: the time to its first paint, and from a key press to its paint under a flood."""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.conftest import Figures

SIZE = (160, 48)
PAINTS = 7
KEYS = "αβγδεζηθικλμνξοπρστυφχψωабвгджзиклмнпрстуфхцчшщыэюя"
"""Characters that neither the screen nor the flood shows."""

BARE_APP = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("painted at last")

Bare().run()
"""


BARE_FIELD = """
from textual.app import App
from textual.widgets import Input

class Bare(App):
    def compose(self):
        yield Input(placeholder="painted at last")

Bare().run()
"""

FLOODED_APP = """
from fazai_tui.cli.screen import load_app

load_app()

from tests.bench.flooded_app import main

main()
"""
"""Textual reads its frame rate when it is imported first, which the product sees to."""


class Terminal:
    """A program on a pseudo terminal, as a person sees it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._descriptor, text.encode())

    def wait_for(self, text: str, seconds: float = 20) -> float:
        """Read until a text is painted, and return the moment it was."""
        wanted, seen = text.encode(), b""
        deadline = time.perf_counter() + seconds
        while wanted not in seen:
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, deadline - time.perf_counter()))
            assert ready, f"{text!r} was not painted; last was {seen[-300:]!r}"
            seen = seen[-4096:] + os.read(self._descriptor, 65536)
        return time.perf_counter()

    def drain(self, seconds: float) -> None:
        """Read what is painted for a while."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._descriptor], [], [], left)[0]:
                os.read(self._descriptor, 65536)


@contextmanager
def opened(arguments: Sequence[str], environment: Mapping[str, str]) -> Generator[Terminal]:
    """Run a program on a terminal of its own and kill it afterwards."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execve(arguments[0], list(arguments), dict(environment))
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    try:
        yield Terminal(descriptor)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(descriptor)


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a person with a terminal that has colours."""
    return os.environ | {
        "FAZAI_HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "en_US.UTF-8",
    }


def first_paint(arguments: Sequence[str], text: str, home: Path) -> float:
    """Return the milliseconds from the start of a program to a text on the screen."""
    started = time.perf_counter()
    with opened(arguments, environment(home)) as terminal:
        return (terminal.wait_for(text) - started) * 1000


def test_first_paint(figures: Figures, tmp_path: Path) -> None:
    bare: list[float] = []
    own: list[float] = []
    for _ in range(PAINTS):
        bare.append(first_paint([sys.executable, "-c", BARE_APP], "painted at last", tmp_path))
        own.append(first_paint([sys.executable, "-m", "fazai_tui"], "What shall we do", tmp_path))
    ratio = min(own) / min(bare)
    figures.add(
        "screen: first paint, p50 (best)",
        f"{statistics.median(own):.0f} ms ({min(own):.0f}), ratio of the best {ratio:.2f}",
        peer=f"a bare Textual app {statistics.median(bare):.0f} ms ({min(bare):.0f})",
        goal="≤ 2 times it",
        is_met=ratio <= 2,
    )
    # The goal is 2; a machine busy with other things may miss it by a little.
    assert ratio < 2.5


def key_times(terminal: Terminal) -> list[float]:
    """Return the milliseconds from each of some key presses to its paint, the shortest first."""
    times: list[float] = []
    for key in KEYS:
        pressed = time.perf_counter()
        terminal.type(key)
        times.append((terminal.wait_for(key) - pressed) * 1000)
        terminal.drain(0.05)
    return sorted(times)


def test_key_press_to_paint_under_a_flood(figures: Figures, tmp_path: Path) -> None:
    paths = environment(tmp_path) | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with opened([sys.executable, "-c", BARE_FIELD], paths) as terminal:
        terminal.wait_for("painted at last")
        terminal.drain(1.0)
        bare = key_times(terminal)
    with opened([sys.executable, "-c", FLOODED_APP], paths) as terminal:
        terminal.wait_for("word word")
        terminal.drain(3.0)
        own = key_times(terminal)
    high = int(0.95 * len(own))
    p95 = own[high]
    figures.add(
        "screen: key press to paint under a flood, p50, p95",
        f"{statistics.median(own):.1f} ms, {p95:.1f} ms",
        peer=f"a bare Textual app with nothing to do {statistics.median(bare):.1f} ms, {bare[high]:.1f} ms",
        goal="p95 ≤ 50 ms",
        is_met=p95 <= 50,
    )
    # The goal is 50; a machine busy with other things may miss it by a little.
    assert p95 < 100
