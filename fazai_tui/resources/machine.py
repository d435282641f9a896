"""How the machine is: memory, disks, network, services, each kept for as long as it is likely to hold."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Final

from fazai_tui.core.surroundings import Disk, MachineState
from fazai_tui.resources.kept import Kept

LIFETIMES: Final[Mapping[str, float]] = {"memory": 5.0, "disks": 60.0, "network": 60.0, "services": 60.0}
"""Seconds after which a fact is gathered anew. What `core.host` tells of the host holds for a whole session."""

_SECONDS: Final = 2.0
_MOST_DISKS: Final = 12
_MOST_SERVICES: Final = 60
_SERVICE = ".service"


class LinuxMachine:
    """Implements `core.surroundings.MachineProbe`; a file system of the network is never asked for its size.

    Args:
        environment: The environment of the user's commands.
        clock: Tells the time in seconds.
    """

    def __init__(self, environment: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._environment = {**environment, "LC_ALL": "C", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}
        self._memory = Kept(_memory, LIFETIMES["memory"], clock=clock)
        self._disks = Kept(_disks, LIFETIMES["disks"], clock=clock)
        self._network = Kept(_interfaces, LIFETIMES["network"], clock=clock)
        self._services = Kept(self._list_services, LIFETIMES["services"], clock=clock)

    def state(self) -> MachineState:
        """Return how the machine is, each fact as old as its lifetime at most."""
        total, available = self._memory.get()
        running, failed = self._services.get()
        return MachineState(
            memory_total=total,
            memory_available=available,
            disks=self._disks.get(),
            interfaces=self._network.get(),
            running=running,
            failed=failed,
        )

    def memory_share(self) -> float:
        """Return how much of the memory is taken, from 0 to 1."""
        total, available = self._memory.get()
        return 1 - available / total if total else 0.0

    def _list_services(self) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """Return the services that run and those that failed, where systemd tells."""
        if not os.path.isdir("/run/systemd/system"):
            return None, ()
        command = ("systemctl", "list-units", "--type=service", "--state=running,failed", "--no-legend", "--plain")
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                timeout=_SECONDS,
                env=self._environment,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            return None, ()
        rows = [line.split() for line in done.stdout.decode("utf-8", "replace").splitlines()]
        states = [(row[0].removesuffix(_SERVICE), row[3]) for row in rows if len(row) >= 4]
        running = tuple(name for name, state in states if state == "running")[:_MOST_SERVICES]
        return running, tuple(name for name, state in states if state == "failed")[:_MOST_SERVICES]


def _memory() -> tuple[int, int]:
    import psutil

    memory = psutil.virtual_memory()
    return memory.total, memory.available


def _disks() -> tuple[Disk, ...]:
    import psutil

    found: dict[str, Disk] = {}
    for part in psutil.disk_partitions(all=False):
        # A device has one size, however often it is mounted; files that are mounted over others are none.
        if part.device in found or not os.path.isdir(part.mountpoint):
            continue
        try:
            usage = psutil.disk_usage(part.mountpoint)
        except OSError:
            continue
        found[part.device] = Disk(mount=part.mountpoint, size=usage.total, free=usage.free)
    return tuple(found.values())[:_MOST_DISKS]


def _interfaces() -> tuple[tuple[str, str], ...]:
    import psutil

    return tuple(
        (name, address.address)
        for name, addresses in psutil.net_if_addrs().items()
        for address in addresses
        if address.family == socket.AF_INET and name != "lo"
    )
