"""Give up rights for good, then become another program.

Run by path, never imported by the program: `python -IS confine.py SPECIFICATION ARGUMENT…`, where the specification is
the JSON of a `Confinement`. Landlock limits files, signals and abstract sockets. Where namespaces are to be had, a
private view of the file system and an empty network come on top; where not, seccomp refuses sockets.
Ends with status 126 and one line when anything asked for cannot be had: the program is never run with more rights.
"""

import ctypes
import fcntl
import json
import os
import platform
import stat
import struct
import sys
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)

# include/uapi/linux: sched.h, mount.h, fcntl.h
_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x20000, 0x8000000, 0x10000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
_AT_FDCWD, _AT_RECURSIVE, _AT_EMPTY_PATH = -100, 0x8000, 0x1000
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH, _MOUNT_ATTR_RDONLY = 1, 4, 1
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442

# include/uapi/linux/landlock.h
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_CHANGES = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_SCOPES = 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")

_SOCKET_CALL = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}
_IO_URING_SETUP = 425
_X32 = 0x40000000


def main(specification: str, argv: list[str]) -> int:
    """Confine this process and become the program; return a status only when that fails."""
    plan = json.loads(specification)
    try:
        if plan["namespaces"]:
            _enter_namespaces(plan)
        _restrict_files(plan)
        _drop_capabilities()
        if not plan["namespaces"]:
            _refuse_sockets(has_network=plan["network"])
        os.chdir(plan["cwd"])
        os.execvp(argv[0], argv)
    except OSError as error:
        subject = f" {error.filename}" if error.filename else ""
        sys.stderr.write(f"confine:{subject}: {error.strerror}\n")
    return 126


def landlock_abi() -> int:
    """Return the version of Landlock, 0 without it."""
    return max(0, int(_LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


# ---- namespaces


def _enter_namespaces(plan: dict[str, Any]) -> None:
    user, group = os.getuid(), os.getgid()
    flags = _CLONE_NEWNS | _CLONE_NEWIPC | (0 if plan["network"] else _CLONE_NEWNET)
    _check(_LIBC.unshare(flags | (_CLONE_NEWUSER if user else 0)), "unshare")
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    if not plan["network"]:
        _raise_loopback()
    _mount(None, "/", _MS_REC | _MS_PRIVATE)
    # What stays writable or visible is set aside before everything below it is closed.
    shown = [(path, _clone(path)) for path in plan["shown"]]
    writable = [(path, _clone(path)) for path in plan["writable"]]
    _set_read_only("/", _AT_RECURSIVE)
    hidden = [plan["shared_memory"], *plan["hidden"]]
    for path in hidden:
        _mount("tmpfs", path, _MS_NOSUID | _MS_NODEV, "tmpfs", "mode=1777")
    for path, tree in shown + writable:
        _make_mount_point(path, tree, hidden)
        _check(_LIBC.syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, path.encode(), _MOVE_MOUNT_F_EMPTY_PATH), path)
        os.close(tree)
    for path in plan["hidden"]:
        _set_read_only(path, 0)
    for path, _ in shown:
        _set_read_only(path, _AT_RECURSIVE)
    for path in plan["read_only"]:
        _mount(path, path, _MS_BIND | _MS_REC)
        _set_read_only(path, _AT_RECURSIVE)
    for path in plan["masked"]:
        if os.path.isdir(path):
            _mount("tmpfs", path, _MS_RDONLY | _MS_NOSUID | _MS_NODEV, "tmpfs", "mode=000,size=4k")
        elif os.path.lexists(path):
            _mount("/dev/null", path, _MS_BIND)


def _clone(path: str) -> int:
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | os.O_CLOEXEC
    return _check(int(_LIBC.syscall(_OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags)), path)


def _make_mount_point(path: str, tree: int, hidden: list[str]) -> None:
    if not any(path.startswith(f"{place}/") for place in hidden):
        return
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _mount(source: str | None, target: str, flags: int, kind: str | None = None, data: str | None = None) -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _check(_LIBC.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]), f"mount {target}")


def _set_read_only(path: str, flags: int) -> None:
    attributes = struct.pack("QQQQ", _MOUNT_ATTR_RDONLY, 0, 0, 0)
    size = ctypes.c_size_t(len(attributes))
    _check(_LIBC.syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), flags, attributes, size), f"mount {path}")


def _raise_loopback() -> None:
    inet, datagram, set_flags, up_and_running = 2, 2, 0x8914, 0x41
    fd = _check(_LIBC.socket(inet, datagram, 0), "socket")
    fcntl.ioctl(fd, set_flags, struct.pack("16sh22x", b"lo", up_and_running))
    os.close(fd)


# ---- Landlock


def _restrict_files(plan: dict[str, Any]) -> None:
    abi = landlock_abi()
    if abi < (1 if plan["namespaces"] else 3):
        raise OSError(0, f"Landlock version {abi} is too old")
    handled = _READ | _WRITE_FILE | _CHANGES | (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0)
    attributes = struct.pack("QQQ", handled, 0, _SCOPES if abi >= 6 else 0)
    create = _LIBC.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    ruleset = _check(int(create), "landlock")
    # Mounts over these can be undone from outside by replacing the file; rules cannot.
    masked = [path for path in plan["masked"] if path.startswith("/etc/")]
    if not plan["namespaces"]:
        masked = [path for path in plan["masked"] if not stat.S_ISSOCK(os.stat(path).st_mode)]
        _check_separate(masked, plan["writable"])
    _allow(ruleset, "/", _READ_DIR & handled)
    _allow_except(ruleset, "/", _READ, {*masked, "/dev"})
    if plan["namespaces"]:
        _allow(ruleset, plan["shared_memory"], handled)
    for path in plan["writable"]:
        _allow(ruleset, path, handled)
    # Of the terminals only this one: from another it could read what its user types.
    for device in (*_DEVICES, *((os.ttyname(0),) if os.isatty(0) else ())):
        _allow(ruleset, device, _READ | _WRITE_FILE | (_TRUNCATE & handled))
    _no_new_privileges()
    _check(_LIBC.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint(0)), "landlock")
    os.close(ruleset)


def _check_separate(masked: list[str], writable: list[str]) -> None:
    """Refuse secrets in writable directories: rules can only add rights on the way down."""
    for path in masked:
        if place := next((place for place in writable if path.startswith(f"{place}/")), None):
            raise OSError(0, f"{path} cannot be masked inside {place}")


def _allow_except(ruleset: int, path: str, rights: int, excluded: set[str]) -> None:
    """Allow a tree but for some paths in it, which Landlock can only do by naming all others."""
    if path in excluded:
        return
    prefix = path.rstrip("/") + "/"
    if not any(other.startswith(prefix) for other in excluded):
        _allow(ruleset, path, rights)
        return
    for name in os.listdir(path):
        if not os.path.islink(prefix + name):
            _allow_except(ruleset, prefix + name, rights, excluded)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # What is not there or not for this user needs no permission.
        return
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        rights &= _FILE_RIGHTS
    beneath = struct.pack("=Qi", rights, fd)
    if rights:
        _check(_LIBC.syscall(_ADD_RULE, ruleset, ctypes.c_uint(1), beneath, ctypes.c_uint(0)), path)
    os.close(fd)


# ---- capabilities and system calls


def _no_new_privileges() -> None:
    set_no_new_privileges = 38
    _check(_LIBC.prctl(set_no_new_privileges, 1, 0, 0, 0), "prctl")


def _drop_capabilities() -> None:
    drop_from_bounding_set, version = 24, 0x20080522
    for capability in range(64):
        if _LIBC.prctl(drop_from_bounding_set, capability, 0, 0, 0) < 0:
            break
    _check(_LIBC.capset(struct.pack("Ii", version, 0), bytes(24)), "capset")
    with open("/proc/self/status") as status:
        held = [line for line in status if line.startswith(("CapPrm", "CapEff")) and int(line.split()[1], 16)]
    if held:
        raise OSError(0, "capabilities remain")


def _refuse_sockets(*, has_network: bool) -> None:
    """Install a filter that refuses new sockets; sockets in the file system lead out of any sandbox."""
    if platform.machine() not in _SOCKET_CALL:
        raise OSError(0, f"no system call numbers for {platform.machine()}")
    socket, architecture = _SOCKET_CALL[platform.machine()]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    allow, refuse, absent = 0x7FFF0000, 0x00050000 | 13, 0x00050000 | 38
    unix = 1
    program = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, refuse),
        (load, 0, 0, 0),
        (at_least, 4, 0, _X32),
        (equal, 4, 0, _IO_URING_SETUP),
        (equal, 0, 4, socket),
        (load, 0, 0, 16),
        (equal, 0, 2 if has_network else 0, unix),
        (give, 0, 0, refuse),
        (give, 0, 0, absent),
        (give, 0, 0, allow),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_mode, set_seccomp = 2, 22
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    _check(_LIBC.prctl(set_seccomp, filter_mode, head, 0, 0), "seccomp")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
