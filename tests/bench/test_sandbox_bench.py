"""What confining costs: the start of a program in each way, beside bubblewrap by itself. Prints its figures."""

import asyncio
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.core.policy import SandboxMode
from fazai_tui.core.ports import SandboxLauncher
from fazai_tui.sandbox import Method, PlainLauncher, create_launcher, probe
from fazai_tui.shell import BashShell
from tests.bench.conftest import Figures

ROUNDS = 15
BARE = (
    "bwrap",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
    "--unshare-all",
    "--die-with-parent",
    "true",
)
AVAILABLE = [report.method for report in probe().methods if report.is_available]


def milliseconds(argv: Sequence[str]) -> float:
    """Return how long a program takes from its launch to its end: the median of some rounds."""
    times: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def launcher_for(mode: SandboxMode, place: Path, methods: Sequence[Method] = tuple(Method)) -> SandboxLauncher:
    """Return what confines in a mode."""
    env = dict(os.environ)
    return create_launcher(mode, workspace=str(place), env=env, texts=Texts("en"), methods=methods)


def test_start_of_a_program(report: Callable[[str], None], figures: Figures, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    bare = milliseconds(BARE) if shutil.which("bwrap") else float("nan")
    peers = f"bwrap by itself {bare:.1f} ms; unconfined {milliseconds(['true']):.1f} ms"
    found: dict[str, float] = {}
    for method in AVAILABLE:
        launcher = launcher_for(SandboxMode.WORKSPACE_WRITE, tmp_path, (method,))
        found[method] = milliseconds(launcher.wrap(("true",), cwd=str(tmp_path), scratch=str(scratch)))
    if not probe().overlay_refusal:
        started = time.perf_counter()
        launcher = launcher_for(SandboxMode.EPHEMERAL, tmp_path)
        report(f"ephemeral: the layer, made and tried out: {(time.perf_counter() - started) * 1000:.1f} ms")
        found["ephemeral"] = milliseconds(launcher.wrap(("true",), cwd=str(tmp_path), scratch=str(scratch)))
        assert launcher.layer is not None
        launcher.layer.close()
    for name, value in found.items():
        figures.add(f"sandbox: start of `true`, {name}, p50", f"{value:.1f} ms", peer=peers)
    assert max(found.values()) < 500


async def test_start_and_round_trip_of_a_shell(report: Callable[[str], None], figures: Figures, tmp_path: Path) -> None:
    modes = {"plain": PlainLauncher(), "workspace-write": launcher_for(SandboxMode.WORKSPACE_WRITE, tmp_path)}
    if not probe().overlay_refusal:
        modes["ephemeral"] = launcher_for(SandboxMode.EPHEMERAL, tmp_path)
    for name, launcher in modes.items():
        starts: list[float] = []
        trips: list[float] = []
        for _ in range(5):
            shell = BashShell(cwd=str(tmp_path), sandbox=launcher, texts=Texts("en"), env=dict(os.environ))
            started = time.perf_counter()
            await shell.start()
            starts.append(time.perf_counter() - started)
            for _ in range(40):
                started = time.perf_counter()
                await shell.run("true", lambda text: None)
                trips.append(time.perf_counter() - started)
            await shell.close()
        start, trip = statistics.median(starts) * 1000, statistics.median(trips) * 1000
        figures.add(f"sandbox: a shell's start and round trip, {name}, p50", f"{start:.1f} ms, {trip:.2f} ms")
        if launcher.layer is not None:
            changes = time.perf_counter()
            await asyncio.to_thread(launcher.layer.news)
            report(f"shell, {name}: a look at the layer {(time.perf_counter() - changes) * 1000:.2f} ms")
            launcher.layer.close()
        assert trip < 50
