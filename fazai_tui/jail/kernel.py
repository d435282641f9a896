"""System calls that the standard library does not offer, each raising `OSError` with what it was about."""

import ctypes
import fcntl
import os
import platform
import struct

LIBC = ctypes.CDLL(None, use_errno=True)

# include/uapi/linux: sched.h, mount.h, prctl.h
NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_DETACH = 2
_HERE, _ALL_BELOW, _EMPTY_PATH = -100, 0x8000, 0x1000
_CLONE_TREE, _FROM_EMPTY_PATH, _ATTRIBUTE_READ_ONLY = 1, 4, 1
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_PR_DEATH_SIGNAL, _PR_DUMPABLE, _PR_DROP_BOUNDING, _PR_NO_NEW_PRIVILEGES = 1, 4, 24, 38
_KILL = 9
_CAPABILITY_VERSION = 0x20080522

INSTALLING = 0b11011011
"""CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID: what installing files takes, and no way out."""


def check(result: int, what: str) -> int:
    """Return the result of a system call.

    Raises:
        OSError: It failed; the file name is what it was about.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def reason(error: OSError) -> str:
    """Return what failed and why, on one line."""
    text = error.strerror or str(error)
    return f"{error.filename}: {text}" if error.filename else text


# ---- namespaces


def unshare(flags: int) -> None:
    """Leave namespaces for new ones."""
    check(LIBC.unshare(flags), "unshare")


def join_namespace(fd: int, kind: int) -> None:
    """Enter a namespace that is open."""
    check(LIBC.setns(fd, kind), "setns")


def be_oneself(user: int, group: int) -> None:
    """Have the new user namespace know this user alone."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def raise_loopback() -> None:
    """Have this machine reach itself in a new network namespace."""
    inet, datagram, set_flags, up_and_running = 2, 2, 0x8914, 0x41
    fd = check(LIBC.socket(inet, datagram, 0), "socket")
    try:
        fcntl.ioctl(fd, set_flags, struct.pack("16sh22x", b"lo", up_and_running))
    finally:
        os.close(fd)


# ---- mounts


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount."""
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    check(LIBC.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]), f"mount {target}")


def keep_mounts_to_oneself() -> None:
    """Let no mount from here on be seen outside of this namespace."""
    mount(None, "/", None, RECURSIVE | PRIVATE)


def clone_tree(path: str, *, is_recursive: bool = True) -> int:
    """Return a detached copy of what is mounted at a path, as an open file."""
    flags = _CLONE_TREE | (_ALL_BELOW if is_recursive else 0) | os.O_CLOEXEC
    return check(int(LIBC.syscall(_OPEN_TREE, _HERE, os.fsencode(path), flags)), path)


def attach_tree(tree: int, path: str) -> None:
    """Mount a detached tree at a path, and close it."""
    check(int(LIBC.syscall(_MOVE_MOUNT, tree, b"", _HERE, os.fsencode(path), _FROM_EMPTY_PATH)), path)
    os.close(tree)


def set_read_only(path: str, *, is_recursive: bool) -> None:
    """Make what is mounted at a path read-only."""
    attributes = struct.pack("QQQQ", _ATTRIBUTE_READ_ONLY, 0, 0, 0)
    size = ctypes.c_size_t(len(attributes))
    flags = _ALL_BELOW if is_recursive else 0
    check(LIBC.syscall(_MOUNT_SETATTR, _HERE, os.fsencode(path), flags, attributes, size), f"mount {path}")


def mask(path: str, nothing: str = "/dev/null") -> None:
    """Hide a file or directory, if it is there, behind one that is empty and closed."""
    try:
        if os.path.isdir(path):
            mount("tmpfs", path, "tmpfs", READ_ONLY | NO_SUID | NO_DEVICES, "mode=000,size=4k")
        elif os.path.lexists(path):
            mount(nothing, path, None, BIND)
    except FileNotFoundError:
        # It went away meanwhile.
        return


def become_root(path: str) -> None:
    """Make a mounted tree the root, and let go of the old one."""
    machine = platform.machine()
    if machine not in _PIVOT_ROOT:
        raise OSError(0, f"no system call numbers for {machine}")
    os.chdir(path)
    check(int(LIBC.syscall(_PIVOT_ROOT[machine], b".", b".")), "pivot_root")
    check(LIBC.umount2(b".", _DETACH), "umount")
    os.chdir("/")


# ---- processes


def die_with_parent() -> None:
    """Be killed when the process that started this one ends."""
    check(LIBC.prctl(_PR_DEATH_SIGNAL, _KILL, 0, 0, 0), "prctl")


def hide_memory() -> None:
    """Let no process of the same user look into this one."""
    check(LIBC.prctl(_PR_DUMPABLE, 0, 0, 0, 0), "prctl")


def gain_nothing() -> None:
    """Let no program that is started from here have more rights than this one."""
    check(LIBC.prctl(_PR_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")


def drop_capabilities(kept: int = 0) -> None:
    """Give up every capability for good, but for the kept ones.

    Raises:
        OSError: Some remain.
    """
    for capability in range(64):
        if not kept >> capability & 1 and LIBC.prctl(_PR_DROP_BOUNDING, capability, 0, 0, 0) < 0:
            break
    sets = struct.pack("III", kept, kept, 0) + bytes(12)
    check(LIBC.capset(struct.pack("Ii", _CAPABILITY_VERSION, 0), sets), "capset")
    with open("/proc/self/status") as status:
        held = [line for line in status if line.startswith(("CapPrm", "CapEff")) and int(line.split()[1], 16) & ~kept]
    if held:
        raise OSError(0, "capabilities remain")
