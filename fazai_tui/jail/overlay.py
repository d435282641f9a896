"""A copy of the machine in which every change goes to a layer in memory, and what that layer holds."""

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from fazai_tui.jail import kernel

STAGE = "/sys"
"""Where the layers lie, in the mount namespace of whoever made them: it is everywhere, and no layer is made of it."""
ROOT = f"{STAGE}/root"

_REAL = frozenset("ext2 ext3 ext4 xfs btrfs zfs f2fs bcachefs tmpfs overlay vfat".split())
_SHOWN_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
APART = ("proc", "sys", "dev", "run")
"""Directories of the root that are made anew in the copy."""
_UNESCAPE = re.compile(rb"\\([0-7]{3})")
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")

Layer = tuple[str, str]
"""A directory of the machine, and where what is changed below it lies."""


def enter(*, is_user: bool, flags: int) -> None:
    """Enter namespaces of one's own: one of mounts, and others by their flags."""
    user, group = os.getuid(), os.getgid()
    kernel.unshare(kernel.NEW_MOUNTS | flags | (kernel.NEW_USER if is_user else 0))
    if is_user:
        kernel.be_oneself(user, group)
    kernel.keep_mounts_to_oneself()


def build(*, size: int, masked: Sequence[str], is_user: bool, own: Sequence[str] = ()) -> tuple[list[Layer], list[str]]:
    """Build the copy; return its layers, and the directories that could not be laid over and are read-only.

    Args:
        size: Bytes that all changes together may take.
        masked: Files and directories that cannot be read.
        is_user: Whether the mount namespace is a user's own.
        own: Directories that such a user works in: what others own cannot be copied to a layer of the user's.

    Raises:
        OSError: There is no overlay to be had.
    """
    places = _places_of_user(own) if is_user else _mounted_places()
    devices = kernel.clone_tree(STAGE)
    kernel.mount("tmpfs", STAGE, "tmpfs", kernel.NO_SUID | kernel.NO_DEVICES, f"mode=0711,size={size}")
    os.mkdir(ROOT)
    if is_user:
        # Of the layers none is the root itself, and only a mount can become the root.
        kernel.mount(ROOT, ROOT, None, kernel.BIND)
    layers: list[Layer] = []
    closed: list[str] = []
    for number, place in enumerate(places):
        try:
            layers.append((place, _lay_over(place, number, is_user=is_user)))
        except OSError:
            if place == "/":
                raise
            # What cannot be laid over is seen, and cannot be written.
            kernel.mount(place, ROOT + place, None, kernel.BIND | kernel.RECURSIVE)
            kernel.set_read_only(ROOT + place, is_recursive=True)
            closed.append(place)
    _furnish(masked, devices)
    return layers, closed


def _lay_over(place: str, number: int, *, is_user: bool) -> str:
    upper, work = f"{STAGE}/upper{number}", f"{STAGE}/work{number}"
    os.mkdir(upper)
    os.mkdir(work)
    facts = os.stat(place)
    if is_user:
        # A layer of the user's own must not give rights that the directory below does not.
        rights = sum(right for right in (os.R_OK, os.W_OK, os.X_OK) if os.access(place, right))
        os.chmod(upper, (stat.S_IMODE(facts.st_mode) & 0o7000) | rights * 0o111)
    else:
        os.chmod(upper, stat.S_IMODE(facts.st_mode))
        os.chown(upper, facts.st_uid, facts.st_gid)
    os.makedirs(ROOT + place, exist_ok=True)
    how = "userxattr" if is_user else "index=off,redirect_dir=off,metacopy=off"
    options = f"lowerdir={_escaped(place)},upperdir={upper},workdir={work},{how}"
    flags = kernel.NO_DEVICES | (kernel.NO_SUID if is_user else 0)
    kernel.mount("overlay", ROOT + place.rstrip("/"), "overlay", flags, options)
    return upper


def _places_of_user(own: Sequence[str]) -> list[str]:
    """Return the directories of the root, and the outermost that the user may write to on the way to some others.

    For a user, the root with its mounts cannot be laid over as a whole, and a change below directories of others takes
    a layer that begins below them.
    """
    with os.scandir("/") as found:
        tops = {item.path for item in found if item.is_dir(follow_symlinks=False) and item.name not in APART}
    places = set(tops)
    for path in (os.path.realpath(path) for path in own):
        parts = path.split("/")
        ways = ["/".join(parts[:length]) for length in range(2, len(parts) + 1)]
        place = next((way for way in ways if os.access(way, os.W_OK)), None)
        if ways[0] in tops and place is not None:
            places.add(place)
    return sorted(places)


def _mounted_places() -> list[str]:
    """Return where real file systems are mounted, the outer before the inner."""
    found = {place for place, kind in mounts() if kind in _REAL and not is_apart(place) and os.path.isdir(place)}
    return sorted({"/", *found})


def is_apart(path: str) -> bool:
    """Whether a path lies in what is made anew in the copy."""
    return any(path == f"/{top}" or path.startswith(f"/{top}/") for top in APART)


def mounts() -> list[tuple[str, str]]:
    """Return where something is mounted, and the kind of its file system."""
    found: list[tuple[str, str]] = []
    with open("/proc/self/mountinfo", "rb") as table:
        for line in table:
            before, _, after = line.partition(b" - ")
            found.append((os.fsdecode(_UNESCAPE.sub(_character, before.split()[4])), os.fsdecode(after.split()[0])))
    return found


def _character(escape: re.Match[bytes]) -> bytes:
    return bytes((int(escape[1], 8),))


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def _furnish(masked: Sequence[str], devices: int) -> None:
    """Give the copy its devices and hide what leads out: sockets of services, secrets."""
    quiet = kernel.NO_SUID | kernel.NO_DEVICES
    for name in APART:
        os.makedirs(f"{ROOT}/{name}", exist_ok=True)
    with os.scandir("/") as found:
        for item in found:
            if item.is_symlink() and not os.path.lexists(ROOT + item.path):
                os.symlink(os.readlink(item.path), ROOT + item.path)
    kernel.attach_tree(devices, f"{ROOT}/sys")
    kernel.set_read_only(f"{ROOT}/sys", is_recursive=True)
    kernel.mount("tmpfs", f"{ROOT}/dev", "tmpfs", kernel.NO_SUID, "mode=755,size=64k")
    for name in _SHOWN_DEVICES:
        os.close(os.open(f"{ROOT}/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        kernel.mount(f"/dev/{name}", f"{ROOT}/dev/{name}", None, kernel.BIND)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{ROOT}/dev/{name}")
    os.symlink("/proc/self/fd", f"{ROOT}/dev/fd")
    os.mkdir(f"{ROOT}/dev/shm", 0o1777)
    kernel.mount("tmpfs", f"{ROOT}/dev/shm", "tmpfs", quiet, "mode=1777,size=64m")
    os.mkdir(f"{ROOT}/dev/pts")
    options = "newinstance,ptmxmode=0666,mode=620"
    kernel.mount("devpts", f"{ROOT}/dev/pts", "devpts", kernel.NO_SUID, options)
    os.symlink("pts/ptmx", f"{ROOT}/dev/ptmx")
    resolver = _resolver()
    kernel.mount("tmpfs", f"{ROOT}/run", "tmpfs", quiet, "mode=755,size=16m")
    os.mkdir(f"{ROOT}/run/lock", 0o1777)
    if resolver is not None:
        os.makedirs(os.path.dirname(ROOT + resolver[0]), exist_ok=True)
        with open(ROOT + resolver[0], "wb") as file:
            file.write(resolver[1])
    for path in masked:
        kernel.mask(ROOT + path, f"{ROOT}/dev/null")


def _resolver() -> tuple[str, bytes] | None:
    """Return where the names of machines are looked up, if that is told below what is hidden."""
    path = os.path.realpath("/etc/resolv.conf")
    if not path.startswith("/run/"):
        return None
    try:
        with open(path, "rb") as file:
            return path, file.read()
    except OSError:
        return None


# ---- what a layer holds

Kind = Literal["add", "update", "delete"]
_AS_IT_WAS: Mapping[Kind, Kind] = {"add": "delete", "update": "update", "delete": "add"}
"""What became of a file that was added, changed or deleted in a layer that now holds nothing of it."""


class Held(NamedTuple):
    """A file in a layer. The mark is another one after every change."""

    kind: Kind
    size: int
    mark: tuple[int, ...]


def held(layers: Sequence[Layer], view: str = "") -> dict[str, Held]:
    """Return what layers hold, by the paths of the machine.

    Args:
        layers: The layers.
        view: The root from which their directories are seen.
    """
    return {path: found for place, upper in layers for path, found in _changes(place, view + upper)}


def news(before: Mapping[str, Held], now: Mapping[str, Held]) -> list[tuple[str, Kind, int]]:
    """Return what has changed between two looks at the same layers, as path, kind and size."""
    told: list[tuple[str, Kind, int]] = []
    for path in (*now, *(path for path in before if path not in now)):
        kind = _news(before.get(path), now.get(path))
        if kind is not None and not _is_known(path, before):
            told.append((path, kind, now[path].size if path in now else 0))
    return sorted(told)


def _news(before: Held | None, now: Held | None) -> Kind | None:
    """Return what became of a file between two looks at a layer; None for nothing."""
    if before is None:
        return None if now is None else now.kind
    if now is None:
        return _AS_IT_WAS[before.kind]
    if before == now:
        return None
    if now.kind == "delete":
        return None if before.kind == "delete" else "delete"
    return "add" if before.kind == "delete" else "update"


def _is_known(path: str, before: Mapping[str, Held]) -> bool:
    """Whether a line on all that a directory held, which was replaced, tells what was told before."""
    folder = path.removesuffix("/*")
    return folder != path and (path in before or (folder in before and before[folder].kind == "delete"))


def _changes(place: str, upper: str) -> Iterator[tuple[str, Held]]:
    for folder, folders, files in os.walk(upper):
        inside = os.path.relpath(folder, upper)
        folders.sort()
        for name in sorted((*folders, *files)):
            path = os.path.join(folder, name)
            real = os.path.normpath(os.path.join(place, inside, name))
            try:
                facts = os.lstat(path)
            except FileNotFoundError:
                # Still at work.
                continue
            if (kind := _kind(facts, path, real)) is not None:
                is_kept = kind != "delete" and stat.S_ISREG(facts.st_mode)
                mark: tuple[int, ...] = (facts.st_ino, facts.st_mode, facts.st_uid, facts.st_gid)
                if not stat.S_ISDIR(facts.st_mode):
                    # A directory's time and size change with what is in it, which is told by itself.
                    mark = (*mark, facts.st_size, facts.st_mtime_ns)
                yield real, Held(kind, facts.st_size if is_kept else 0, mark)
                if stat.S_ISDIR(facts.st_mode) and kind == "update" and _is_opaque(path):
                    yield f"{real}/*", Held("delete", 0, (facts.st_ino,))


def _kind(facts: os.stat_result, path: str, real: str) -> Kind | None:
    if stat.S_ISCHR(facts.st_mode) and facts.st_rdev == 0:
        return "delete"
    try:
        old = os.lstat(real)
    except OSError:
        return "add"
    same_rights = (facts.st_mode, facts.st_uid, facts.st_gid) == (old.st_mode, old.st_uid, old.st_gid)
    if stat.S_ISDIR(facts.st_mode) and stat.S_ISDIR(old.st_mode):
        return None if same_rights and not _is_opaque(path) else "update"
    if same_rights and (facts.st_size, facts.st_mtime_ns) == (old.st_size, old.st_mtime_ns):
        return None
    return "update"


def _is_opaque(path: str) -> bool:
    for name in _OPAQUE:
        try:
            if os.getxattr(path, name, follow_symlinks=False) == b"y":
                return True
        except OSError:
            pass
    return False
