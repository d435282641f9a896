"""What a confined program may reach, as paths of this machine."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fazai_tui.core.policy import SandboxMode

_SECRETS_OF_HOME = (
    ".ssh",
    ".gnupg",
    ".password-store",
    ".local/share/keyrings",
    ".aws",
    ".azure",
    ".config/gcloud",
    ".config/doctl",
    ".config/gh",
    ".config/hub",
    ".config/op",
    ".config/rclone",
    ".oci",
    ".kube",
    ".docker/config.json",
    ".terraform.d/credentials.tfrc.json",
    ".vault-token",
    ".netrc",
    ".git-credentials",
    ".config/git/credentials",
    ".npmrc",
    ".pypirc",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".pgpass",
    ".my.cnf",
    ".mozilla",
    ".config/chromium",
    ".config/google-chrome",
)

_SECRETS_OF_SYSTEM = (
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/security/opasswd",
    "/etc/krb5.keytab",
    "/etc/ssl/private",
    "/etc/wireguard",
    "/etc/NetworkManager/system-connections",
)

HIDDEN = "/run"
"""Holds the sockets of services, which would do outside what is refused inside."""

_SHOWN_OF_RUN = ("utmp", "mount", "udev/data")


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a confined program may reach; it reads everything that is not masked.

    Attributes:
        writable: Directories it may change, the outer before the inner.
        read_only: Paths in these that it may not change.
        masked: Files and directories it may not read.
        hidden: Directories it sees empty, but for what is shown.
        shown: Paths in the hidden directories.
        has_network: Whether the network stays on.
    """

    writable: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    has_network: bool = False


def confinement(
    mode: SandboxMode,
    *,
    workspace: str,
    env: Mapping[str, str],
    writable_roots: Sequence[str],
    private_paths: Sequence[str],
    has_network: bool,
) -> Confinement:
    """Return what a mode means on this machine.

    Args:
        mode: `read-only` or `workspace-write`.
        workspace: The directory that `workspace-write` may change.
        env: Names the home directory.
        writable_roots: More such directories.
        private_paths: More secrets: this program's own data.
        has_network: Whether the network stays on.
    """
    writable: list[str] = []
    if mode is SandboxMode.WORKSPACE_WRITE:
        asked = ("/tmp", *(os.path.expanduser(root) for root in writable_roots), workspace)
        writable = sorted({os.path.realpath(path) for path in asked if os.path.isdir(path)}, key=len)
    shown = (*(f"{HIDDEN}/{name}" for name in _SHOWN_OF_RUN), os.path.realpath("/etc/resolv.conf"))
    repositories = (f"{path}/.git" for path in writable)
    return Confinement(
        writable=tuple(writable),
        read_only=tuple(path for path in repositories if os.path.exists(path)),
        masked=tuple(_existing((*_secrets(env), *private_paths, *_sockets("/tmp")))),
        hidden=(HIDDEN,) if os.path.isdir(HIDDEN) else (),
        shown=tuple(path for path in shown if path.startswith(f"{HIDDEN}/") and os.path.exists(path)),
        has_network=has_network,
    )


def _secrets(env: Mapping[str, str]) -> Iterator[str]:
    yield from _SECRETS_OF_SYSTEM
    yield from map(str, Path("/etc/ssh").glob("ssh_host_*_key"))
    homes = {Path(env.get("HOME", "/")), Path("/root")}
    try:
        homes.update(Path("/home").iterdir())
    except OSError:
        pass
    for home in homes:
        yield from (str(home / name) for name in _SECRETS_OF_HOME)


def _existing(paths: Iterable[str]) -> list[str]:
    found: set[str] = set()
    for path in paths:
        try:
            os.lstat(path)
        except OSError:
            # What this user cannot see, a confined program cannot see either.
            continue
        found.add(os.path.realpath(path))
    outermost: list[str] = []
    for path in sorted(found):
        if not outermost or not path.startswith(f"{outermost[-1]}/"):
            outermost.append(path)
    return outermost


def _sockets(directory: str, depth: int = 2) -> Iterator[str]:
    """Find the sockets in a shared directory: of a terminal multiplexer, an agent or a display."""
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    for entry in entries:
        try:
            mode = entry.stat(follow_symlinks=False).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode):
            yield entry.path
        elif stat.S_ISDIR(mode) and depth > 1:
            yield from _sockets(entry.path, depth - 1)
