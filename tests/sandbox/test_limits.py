"""Limits on memory, processors, processes and time: held for real, or refused."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.core.policy import SandboxMode
from fazai_tui.jail import cgroups
from fazai_tui.sandbox import Method, create_launcher
from fazai_tui.sandbox.limits import ResourceLimits, plan_limits
from fazai_tui.shell import BashShell

MODES = (SandboxMode.WORKSPACE_WRITE, SandboxMode.EPHEMERAL)
HUNGRY = "python3 -c 'x = bytearray(400_000_000); print(len(x))' 2>&1; echo ended $?"
CROWD = "for i in $(seq 60); do sleep 5 & done 2>/dev/null; jobs -r | wc -l"


@pytest.fixture
def no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no control group to be had, as for most users."""

    def nowhere(controller: str) -> Iterator[cgroups.Place]:
        return iter(())

    monkeypatch.setattr(cgroups, "places", nowhere)


async def printed(mode: SandboxMode, place: Path, limits: ResourceLimits, command: str, *methods: Method) -> str:
    """Return what a command prints under limits."""
    launcher = create_launcher(
        mode,
        workspace=str(place),
        env=dict(os.environ),
        texts=Texts("en"),
        resources=limits,
        methods=methods or tuple(Method),
    )
    shell = BashShell(cwd=str(place), sandbox=launcher, texts=Texts("en"), env=dict(os.environ))
    result = await shell.run(command, lambda text: None, timeout=20)
    await shell.close()
    if launcher.layer is not None:
        launcher.layer.close()
    return result.output


@pytest.mark.parametrize("mode", MODES)
async def test_memory_is_held(mode: SandboxMode, tmp_path: Path) -> None:
    output = await printed(mode, tmp_path, ResourceLimits(memory=150_000_000), HUNGRY)
    assert "400000000" not in output and "ended 0" not in output
    assert "400000000" in await printed(mode, tmp_path, ResourceLimits(memory=900_000_000), HUNGRY)


@pytest.mark.usefixtures("no_groups")
@pytest.mark.parametrize("method", Method)
async def test_memory_is_held_without_a_group(method: Method, tmp_path: Path) -> None:
    limits = ResourceLimits(memory=200_000_000)
    assert plan_limits(limits).means == {"memory": "process"}
    output = await printed(SandboxMode.WORKSPACE_WRITE, tmp_path, limits, HUNGRY, method)
    assert "MemoryError" in output


async def test_time_on_a_processor_is_held(tmp_path: Path) -> None:
    command = "(while :; do :; done); echo ended $?"
    output = await printed(MODES[0], tmp_path, ResourceLimits(cpu_time_s=1), command)
    assert output.endswith("ended 152\n")


@pytest.mark.usefixtures("no_groups")
async def test_processors_are_held_and_cannot_be_had_back(tmp_path: Path) -> None:
    command = "nproc; taskset -pc 0-63 $$ >/dev/null 2>&1; nproc"
    assert await printed(MODES[0], tmp_path, ResourceLimits(cpus=1), command) == "1\n1\n"


async def test_processes_are_held_and_no_group_stays(tmp_path: Path) -> None:
    limits = ResourceLimits(pids_limit=25)
    held = plan_limits(limits)
    if held.missing:
        pytest.skip("no control group can be had here, and the kernel does not count the processes of root")
    output = await printed(MODES[0], tmp_path, limits, "(for i in $(seq 60); do sleep 3 & done) 2>&1 | head -1")
    assert "Resource temporarily unavailable" in output
    for place, _ in held.groups:
        own = [name for name in os.listdir(place) if name.startswith("fazai-")]
        assert [name for name in own if not Path(place, name, "cgroup.procs").read_text()] == []


@pytest.mark.usefixtures("no_groups")
@pytest.mark.parametrize(
    ("limits", "name"), [(ResourceLimits(cpus=0.5), "cpus"), (ResourceLimits(pids_limit=9), "pids")]
)
def test_a_limit_that_cannot_be_held_is_refused(limits: ResourceLimits, name: str, tmp_path: Path) -> None:
    if name == "pids" and os.geteuid():
        pytest.skip("the kernel counts the processes of a user")
    with pytest.raises(ConfigurationError, match=rf"cannot hold sandbox\.{name}") as caught:
        create_launcher(
            SandboxMode.READ_ONLY, workspace=str(tmp_path), env=dict(os.environ), texts=Texts("en"), resources=limits
        )
    assert "control group" in caught.value.hint


def test_without_limits_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "places", None)
    assert plan_limits(ResourceLimits()).of_processes(shares_user=False) == {}
