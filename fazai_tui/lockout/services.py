"""The services that people come in by: whether they run, and having them read their files again."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from fazai_tui.lockout.outcome import Outcome, done
from fazai_tui.lockout.programs import Programs

_ACTIVE = frozenset(("active", "activating", "reloading"))
_SSHD_PID = ("/run/sshd.pid", "/var/run/sshd.pid")


def unit_states(units: Sequence[str], programs: Programs) -> dict[str, str]:
    """Return `active enabled` and the like for each unit that systemd knows."""
    if not os.path.isdir("/run/systemd/system"):
        return {}
    found: dict[str, str] = {}
    for unit in units:
        told = programs.run(("systemctl", "show", "-p", "LoadState", "-p", "ActiveState", "-p", "UnitFileState", unit))
        facts: dict[str, str] = {}
        for line in told.output.splitlines():
            key, _, value = line.partition("=")
            facts[key] = value
        if facts.get("LoadState") in ("loaded", "masked"):
            found[unit] = f"{facts.get('ActiveState', '')} {facts.get('UnitFileState', '')}".strip()
    return found


def put_units_back(before: dict[str, str], programs: Programs) -> list[Outcome]:
    """Have units run, and begin with the machine, as they did."""
    outcomes: list[Outcome] = []
    now = unit_states(list(before), programs)
    for unit, state in before.items():
        commands = list(_commands(unit, state, now.get(unit, "")))
        problems = [programs.run(("systemctl", *words, unit)).problem for words in commands]
        if commands:
            outcomes.append(done("unit", unit, next((problem for problem in problems if problem), "")))
    return outcomes


def _commands(unit: str, state: str, current: str) -> list[tuple[str, ...]]:
    old_active, _, old_file = state.partition(" ")
    new_active, _, new_file = current.partition(" ")
    found: list[tuple[str, ...]] = []
    if old_file != new_file:
        if new_file.startswith("masked"):
            found.append(("unmask",))
        if old_file in ("enabled", "disabled"):
            found.append(("enable" if old_file == "enabled" else "disable",))
        elif old_file.startswith("masked"):
            found.append(("mask",))
    if (old_active in _ACTIVE) != (new_active in _ACTIVE):
        found.append(("start" if old_active in _ACTIVE else "stop",))
    return found


def take_up_files(subjects: Sequence[str], changed: Sequence[str], programs: Programs) -> list[Outcome]:
    """Have services read the files that were put back."""
    outcomes: list[Outcome] = []
    has_systemd = os.path.isdir("/run/systemd/system")
    if has_systemd and any(path.startswith("/etc/systemd/") for path in changed):
        programs.run(("systemctl", "daemon-reload"))
    if "ssh" in subjects and any(path.startswith(("/etc/ssh", "/etc/default/ssh")) for path in changed):
        outcomes += _reload_sshd(programs) if not has_systemd else _reload("ssh.service", "sshd.service", programs)
    if "network" in subjects and changed:
        if programs.has("nmcli") and any("/NetworkManager/" in path for path in changed):
            outcomes.append(done("unit", "NetworkManager", programs.run(("nmcli", "connection", "reload")).problem))
        if programs.has("netplan") and any("/netplan/" in path for path in changed):
            outcomes.append(done("unit", "netplan", programs.run(("netplan", "apply"), seconds=60).problem))
        elif has_systemd and any("/systemd/network/" in path for path in changed):
            outcomes.append(done("unit", "systemd-networkd", programs.run(("networkctl", "reload")).problem))
    if "firewall" in subjects and has_systemd and any("/firewalld" in path for path in changed):
        outcomes += _reload("firewalld.service", "", programs)
    return outcomes


def _reload(unit: str, other: str, programs: Programs) -> list[Outcome]:
    for name in (unit, other):
        if name and unit_states([name], programs).get(name, "").startswith("active"):
            return [done("unit", name, programs.run(("systemctl", "reload-or-restart", name)).problem)]
    return []


def _reload_sshd(programs: Programs) -> list[Outcome]:
    """Have a server that systemd does not look after read its files again."""
    for file in _SSHD_PID:
        try:
            pid = int(Path(file).read_text(encoding="ascii"))
            if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() != "sshd":
                continue
            os.kill(pid, signal.SIGHUP)
        except (OSError, ValueError):
            continue
        return [done("unit", "sshd")]
    return []
