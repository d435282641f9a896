"""Gathering facts about the host, from files and environment only: nothing is run."""

import getpass
import os
import platform
import shutil
import socket
from collections.abc import Mapping
from functools import cached_property

from fazai_tui.core.host import HostFacts

_MANAGERS = ("apt-get", "dnf", "pacman", "zypper", "apk")


class LinuxHost:
    """The host's facts, gathered at the first question."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def facts(self) -> HostFacts:
        """Return the facts."""
        return self._facts

    @cached_property
    def _facts(self) -> HostFacts:
        path = self._environment.get("PATH")
        manager = next((name for name in _MANAGERS if shutil.which(name, path=path)), "apt-get")
        return HostFacts(
            distribution=_distribution(),
            package_manager=manager.removesuffix("-get"),
            init="systemd" if os.path.isdir("/run/systemd/system") else "other",
            hostname=socket.gethostname(),
            user=_user(),
            is_root=os.geteuid() == 0,
            has_sudo=shutil.which("sudo", path=path) is not None,
            shell="bash",
            cpu_count=len(os.sched_getaffinity(0)),
            memory_mib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        )


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.geteuid())
