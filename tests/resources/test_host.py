"""Facts about the host."""

import os
import platform
import socket
from pathlib import Path

import pytest

from fazai_tui.resources.host import LinuxHost


def with_programs(folder: Path, *names: str) -> dict[str, str]:
    """Return an environment whose PATH holds only these programs."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def test_facts_are_this_machines() -> None:
    facts = LinuxHost(os.environ).facts()

    assert facts.hostname == socket.gethostname()
    assert facts.is_root == (os.geteuid() == 0)
    assert facts.distribution == platform.freedesktop_os_release()["PRETTY_NAME"]
    assert facts.cpu_count == len(os.sched_getaffinity(0))
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert abs(facts.memory_mib - int(total.split()[1]) // 1024) <= 1
    assert facts.init == ("systemd" if Path("/run/systemd/system").is_dir() else "other")


@pytest.mark.parametrize(
    ("program", "manager"),
    [("apt-get", "apt"), ("dnf", "dnf"), ("pacman", "pacman"), ("zypper", "zypper"), ("apk", "apk"), ("none", "apt")],
)
def test_the_package_manager_is_the_one_found(tmp_path: Path, program: str, manager: str) -> None:
    assert LinuxHost(with_programs(tmp_path / "bin", program)).facts().package_manager == manager


def test_sudo_is_looked_for(tmp_path: Path) -> None:
    assert not LinuxHost(with_programs(tmp_path / "one", "ls")).facts().has_sudo
    assert LinuxHost(with_programs(tmp_path / "two", "sudo")).facts().has_sudo


def test_facts_are_gathered_once(tmp_path: Path) -> None:
    host = LinuxHost(with_programs(tmp_path / "bin", "dnf"))
    first = host.facts()
    with_programs(tmp_path / "bin", "apt-get")

    assert host.facts() is first


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)

    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", unknown)

    assert LinuxHost({}).facts().user == str(os.geteuid())
