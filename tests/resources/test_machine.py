"""How this machine is."""

import os
from pathlib import Path

import psutil

from fazai_tui.resources.kept import Kept
from fazai_tui.resources.machine import LIFETIMES, LinuxMachine


def test_it_is_this_machine() -> None:
    machine = LinuxMachine(os.environ)
    state = machine.state()

    assert state.memory_total == psutil.virtual_memory().total
    assert 0 < state.memory_available <= state.memory_total
    assert 0 <= machine.memory_share() < 1
    assert all(os.path.isdir(disk.mount) and 0 <= disk.free <= disk.size for disk in state.disks)
    assert all(name in psutil.net_if_addrs() for name, _ in state.interfaces)
    assert (state.running is None) == (not Path("/run/systemd/system").is_dir())


def test_a_fact_is_gathered_anew_when_it_is_too_old() -> None:
    now, numbers = [0.0], iter((1, 2))
    fact = Kept(lambda: next(numbers), LIFETIMES["disks"], clock=lambda: now[0])
    assert (fact.get(), fact.get()) == (1, 1)
    now[0] = LIFETIMES["disks"]
    assert fact.get() == 2
