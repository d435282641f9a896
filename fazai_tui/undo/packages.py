"""The packages of the machine before and after a step, and the commands that lead back."""

import shlex
from collections.abc import Iterator, Sequence

from fazai_tui.undo.asking import Asker

MANAGERS = frozenset(("apt", "apt-get", "aptitude", "dpkg"))
_VERBS = frozenset(
    """
    install remove purge autoremove autopurge upgrade dist-upgrade full-upgrade safe-upgrade reinstall
    """.split()
)
_DPKG = frozenset(("-i", "--install", "-r", "--remove", "-P", "--purge"))
_PURGING = frozenset(("purge", "autopurge", "--purge", "-P"))
_FORMAT = "${db:Status-Status} ${Package}:${Architecture} ${Version}\n"


def changes_packages(argv: Sequence[str]) -> bool:
    """Tell whether a command installs or removes packages, as far as this module can lead back."""
    name = argv[0].rpartition("/")[2]
    if name not in MANAGERS or "-s" in argv or "--simulate" in argv or "--dry-run" in argv:
        return False
    return bool((_DPKG if name == "dpkg" else _VERBS).intersection(argv[1:]))


def purged_files(argv: Sequence[str], asker: Asker) -> list[str]:
    """Return the configuration files that a command would delete with their packages."""
    if not _PURGING.intersection(argv):
        return []
    named = [word for word in argv[1:] if not word.startswith("-") and word not in _VERBS]
    if not named:
        return []
    told = asker.answer(("dpkg-query", "-W", "-f=${Conffiles}\n", "--", *named)) or ""
    return [line.split()[0] for line in told.splitlines() if line.strip().startswith("/")]


def installed(asker: Asker) -> dict[str, str] | None:
    """Return the version of each installed package; None where they cannot be told."""
    told = asker.answer(("dpkg-query", "-W", f"-f={_FORMAT}"))
    if told is None:
        return None
    rows = (line.split(" ") for line in told.splitlines())
    return {row[1]: row[2] for row in rows if len(row) == 3 and row[0] == "installed"}


def way_back(before: dict[str, str], after: dict[str, str], elevate: str) -> Iterator[str]:
    """Return the commands that bring the packages back to what they were."""
    new = sorted(set(after) - set(before))
    wanted = sorted(name for name, version in before.items() if after.get(name) != version)
    if new:
        yield f"{elevate}apt-get purge -y -- {shlex.join(new)}"
    if wanted:
        named = shlex.join(f"{name}={before[name]}" for name in wanted)
        yield f"{elevate}apt-get install -y --allow-downgrades -- {named}"
