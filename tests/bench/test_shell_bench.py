"""What the shell costs: a command's round trip, the PTY's throughput, memory under a flood. Prints its figures."""

import asyncio
import os
import pty
import statistics
import subprocess
import time
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.sandbox import PlainLauncher
from fazai_tui.shell import BashShell
from tests.bench.conftest import Figures

ROUNDS = 300
THROUGHPUT_COMMAND = "seq 4000000"
FLOOD_BYTES = 1_000_000_000


async def _started_shell() -> BashShell:
    shell = BashShell(cwd="/", sandbox=PlainLauncher(), texts=Texts("en"), env=dict(os.environ))
    await shell.start()
    return shell


def _ignore(text: str) -> None:
    """Take output and do nothing with it."""


async def test_start(figures: Figures) -> None:
    times: list[float] = []
    for _ in range(10):
        started = time.perf_counter()
        shell = await _started_shell()
        times.append(time.perf_counter() - started)
        await shell.close()
    started = time.perf_counter()
    subprocess.run(["bash", "--norc", "-ic", "true"], check=True, capture_output=True, start_new_session=True)
    bare_ms = (time.perf_counter() - started) * 1000
    own_ms = statistics.median(times) * 1000
    figures.add("shell: start, p50", f"{own_ms:.1f} ms", peer=f"`bash -i`, from its start to its end {bare_ms:.1f} ms")
    assert statistics.median(times) < 0.25


async def test_round_trip(figures: Figures) -> None:
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
    figures.add(
        "shell: round trip of `true`, p50",
        f"{shell_ms:.2f} ms",
        peer=f"subprocess.run {bare_ms:.2f} ms",
        goal="below it",
        is_met=shell_ms < bare_ms,
    )
    # The goal is to be below it; a machine busy with other things may miss it by a little.
    assert shell_ms < 1.5 * bare_ms


async def test_throughput(figures: Figures) -> None:
    raw, own = 0.0, 0.0
    for _ in range(4):
        # The best of several: other work on the machine disturbs one as it does the other.
        raw = max(raw, _raw_throughput())
        shell = await _started_shell()
        started = time.perf_counter()
        result = await shell.run(THROUGHPUT_COMMAND, _ignore)
        own = max(own, result.output_bytes / (time.perf_counter() - started))
        await shell.close()
    figures.add(
        "shell: throughput of the PTY, best of 4",
        f"{own / 1e6:.1f} MB/s, ratio {own / raw:.2f}",
        peer=f"raw os.read {raw / 1e6:.1f} MB/s",
        goal="≥ 0.90 of it",
        is_met=own / raw >= 0.9,
    )
    assert own / raw > 0.75


async def test_memory_under_a_flood(figures: Figures) -> None:
    shell = await _started_shell()
    await shell.run("seq 300000", _ignore)
    before = _resident()
    started = time.perf_counter()
    result = await shell.run(f"yes 'a line of a program that never stops talking' | head -c {FLOOD_BYTES}", _ignore)
    seconds, grown = time.perf_counter() - started, _resident() - before
    await shell.close()
    figures.add(
        f"shell: memory for {result.output_bytes / 1e9:.2f} GB of output, in {seconds:.0f} s",
        f"{grown / 1e6:.1f} MB",
        goal="< 100 MB",
        is_met=grown < 100e6,
    )
    assert result.output_bytes > FLOOD_BYTES
    assert grown < 50_000_000


async def test_loop_stays_responsive_under_a_flood(figures: Figures) -> None:
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
    figures.add(
        "shell: how late its event loop is under a flood, p95", f"{p95:.1f} ms", goal="≤ 50 ms", is_met=p95 <= 50
    )
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
