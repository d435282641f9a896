"""What the shell costs: a command's round trip, the PTY's throughput, memory under a flood. Prints its figures."""

import asyncio
import os
import pty
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.shell import BashShell

ROUNDS = 300
THROUGHPUT_COMMAND = "seq 4000000"
FLOOD_BYTES = 1_000_000_000


async def _started_shell() -> BashShell:
    shell = BashShell(cwd="/", sandbox=PlainLauncher(), texts=Texts("en"), env=dict(os.environ))
    await shell.start()
    return shell


def _ignore(text: str) -> None:
    """Take output and do nothing with it."""


async def test_start(report: Callable[[str], None]) -> None:
    times: list[float] = []
    for _ in range(10):
        started = time.perf_counter()
        shell = await _started_shell()
        times.append(time.perf_counter() - started)
        await shell.close()
    report(f"shell start: p50 {statistics.median(times) * 1000:.1f} ms")
    assert statistics.median(times) < 0.25


async def test_round_trip(report: Callable[[str], None]) -> None:
    shell = await _started_shell()
    own: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await shell.run("true", _ignore)
        own.append(time.perf_counter() - started)
        started = time.perf_counter()
        subprocess.run(["true"], check=True)
        bare.append(time.perf_counter() - started)
    await shell.close()
    shell_ms, bare_ms = statistics.median(own) * 1000, statistics.median(bare) * 1000
    report(f"round trip of `true`: p50 {shell_ms:.2f} ms; subprocess.run {bare_ms:.2f} ms")
    assert shell_ms < bare_ms


async def test_throughput(report: Callable[[str], None]) -> None:
    raw, own = 0.0, 0.0
    for _ in range(4):
        # The best of several: other work on the machine disturbs one as it does the other.
        raw = max(raw, _raw_throughput())
        shell = await _started_shell()
        started = time.perf_counter()
        result = await shell.run(THROUGHPUT_COMMAND, _ignore)
        own = max(own, result.output_bytes / (time.perf_counter() - started))
        await shell.close()
    report(f"PTY throughput: {own / 1e6:.1f} MB/s; raw os.read {raw / 1e6:.1f} MB/s; ratio {own / raw:.2f}")
    assert own / raw > 0.75


async def test_memory_under_a_flood(report: Callable[[str], None]) -> None:
    shell = await _started_shell()
    await shell.run("seq 300000", _ignore)
    before = _resident()
    started = time.perf_counter()
    result = await shell.run(f"yes 'a line of a program that never stops talking' | head -c {FLOOD_BYTES}", _ignore)
    seconds, grown = time.perf_counter() - started, _resident() - before
    await shell.close()
    report(f"flood of {result.output_bytes / 1e9:.2f} GB in {seconds:.0f} s: memory grew by {grown / 1e6:.1f} MB")
    assert result.output_bytes > FLOOD_BYTES
    assert grown < 50_000_000


async def test_loop_stays_responsive_under_a_flood(report: Callable[[str], None]) -> None:
    shell = await _started_shell()
    running = asyncio.create_task(shell.run("yes 'a line of a program that never stops talking'", _ignore, timeout=3))
    late: list[float] = []
    while not running.done():
        started = time.perf_counter()
        await asyncio.sleep(0.005)
        late.append(time.perf_counter() - started - 0.005)
    await running
    await shell.close()
    p95 = statistics.quantiles(late, n=20)[-1] * 1000
    report(f"event loop under a flood: p95 {p95:.1f} ms late, at most {max(late) * 1000:.1f} ms")
    assert p95 < 50


def _raw_throughput() -> float:
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("bash", ["bash", "-c", THROUGHPUT_COMMAND])
    size, started = 0, time.perf_counter()
    try:
        while data := os.read(fd, 65536):
            size += len(data)
    except OSError:
        pass
    seconds = time.perf_counter() - started
    os.close(fd)
    os.waitpid(pid, 0)
    return size / seconds


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def show(line: str) -> None:
        with capsys.disabled():
            print(f"\n  {line}", end="")

    return show
