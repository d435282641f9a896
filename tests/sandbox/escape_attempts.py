"""Ways out that take system calls: `escape_attempts.py NAME[=ARGUMENT]…` prints a line each."""

import ctypes
import fcntl
import os
import platform
import socket
import struct
import sys
from collections.abc import Callable

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"bpf": 321, "perf": 298, "userfaultfd": 323, "add_key": 248, "kexec": 246, "init_module": 175},
    "aarch64": {"bpf": 280, "perf": 241, "userfaultfd": 282, "add_key": 217, "kexec": 104, "init_module": 105},
}[platform.machine()]
SHARED = {"open_tree": 428, "fsopen": 430, "clone3": 435, "io_uring_setup": 425}
NEW_USER, NEW_MOUNTS = 0x10000000, 0x20000
BUFFER = ctypes.create_string_buffer(4096)


def succeeds(*call: object) -> bool:
    """Whether a system call, by its number, succeeds."""
    return int(LIBC.syscall(*(ctypes.c_long(word) if isinstance(word, int) else word for word in call))) >= 0


def refused_for_rights(*call: object) -> bool:
    """Whether a call is refused as such, and not for what it was given."""
    return not succeeds(*call) and ctypes.get_errno() in (1, 38)


def connects(family: int, kind: int, address: object) -> bool:
    """Whether a socket can be made and connected."""
    with socket.socket(family, kind) as end:
        end.settimeout(3)
        end.connect(address)  # type: ignore[arg-type]
        return True


def typed() -> bool:
    """Whether text can be put where the terminal's user types."""
    fcntl.ioctl(0, 0x5412, b"#")
    return True


def opens_by_handle(path: str) -> bool:
    """Whether a file can be opened without going the way to it."""
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    where = os.open(os.path.dirname(path), os.O_RDONLY)
    if LIBC.name_to_handle_at(where, os.path.basename(path).encode(), handle, ctypes.byref(mount), 0) < 0:
        return False
    return int(LIBC.open_by_handle_at(where, handle, os.O_RDONLY)) >= 0


def reads_memory(pid: str) -> bool:
    """Whether another process's memory can be opened."""
    with open(f"/proc/{pid}/mem", "r+b", buffering=0):
        return True


def vm_read(pid: str) -> bool:
    """Whether memory can be read by the call made for it; an address that is not there is an answer, too."""
    vector = struct.pack("PP", ctypes.addressof(BUFFER), 8)
    LIBC.process_vm_readv(int(pid), vector, ctypes.c_ulong(1), vector, ctypes.c_ulong(1), ctypes.c_ulong(0))
    return ctypes.get_errno() in (0, 14)


def keeps_filter() -> bool:
    """Whether this process runs without a filter or may still gain rights."""
    with open("/proc/self/status") as status:
        facts = dict(line.split(":", 1) for line in status)
    return facts["Seccomp"].strip() != "2" or facts["NoNewPrivs"].strip() != "1"


def can_be_root() -> bool:
    """Whether a file that changes the user is of use."""
    os.setuid(0) if os.getuid() else os.setgroups([0, 42])
    return True


def umount(path: str) -> bool:
    """Whether a mask can be taken away."""
    return bool(LIBC.umount2(path.encode(), 2) == 0)


def setns(pid: str) -> bool:
    """Whether another process's view of the files can be had."""
    return bool(LIBC.setns(os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY), 0) == 0)


def ptrace(pid: str) -> bool:
    """Whether another process can be traced."""
    return bool(LIBC.ptrace(0x4206, int(pid), None, None) == 0)


def tcp(port: str) -> bool:
    """Whether a service of this machine can be reached."""
    return bool(connects(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(port))))


def abstract(name: str) -> bool:
    """Whether an abstract socket can be reached."""
    return bool(connects(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{name}"))


def path_socket(path: str) -> bool:
    """Whether a socket of the file system can be reached."""
    return bool(connects(socket.AF_UNIX, socket.SOCK_STREAM, path))


ATTEMPTS: dict[str, Callable[..., bool]] = {
    "mount": lambda: LIBC.mount(None, b"/", None, 4096 | 32, None) == 0,
    "umount": umount,
    "open_tree": lambda: succeeds(SHARED["open_tree"], -100, b"/", 1),
    "fsopen": lambda: succeeds(SHARED["fsopen"], b"tmpfs", 0),
    "unshare_user": lambda: LIBC.unshare(NEW_USER) == 0,
    "unshare_mounts": lambda: LIBC.unshare(NEW_MOUNTS) == 0,
    "clone3": lambda: not refused_for_rights(SHARED["clone3"], struct.pack("Q", NEW_USER) + bytes(56), 1),
    "setns": setns,
    "ptrace": ptrace,
    "ptrace_self": lambda: LIBC.ptrace(0, 0, None, None) == 0,
    "memory": reads_memory,
    "vm_read": vm_read,
    "handle": opens_by_handle,
    "tiocsti": typed,
    "bpf": lambda: not refused_for_rights(NUMBERS["bpf"], 0, BUFFER, 48),
    "perf": lambda: not refused_for_rights(NUMBERS["perf"], BUFFER, 0, -1, -1, 0),
    "userfaultfd": lambda: not refused_for_rights(NUMBERS["userfaultfd"], 1),
    "keyring": lambda: not refused_for_rights(NUMBERS["add_key"], b"user", b"fazai-test", b"x", 1, -1),
    "kexec": lambda: not refused_for_rights(NUMBERS["kexec"], 0, 0, BUFFER, -1),
    "module": lambda: not refused_for_rights(NUMBERS["init_module"], BUFFER, 0, b""),
    "io_uring": lambda: not refused_for_rights(SHARED["io_uring_setup"], 0, BUFFER),
    "tcp": tcp,
    "abstract": abstract,
    "path_socket": path_socket,
    "vsock": lambda: socket.socket(40, socket.SOCK_STREAM).fileno() >= 0,
    "packet": lambda: socket.socket(17, socket.SOCK_RAW).fileno() >= 0,
    "unfiltered": keeps_filter,
    "root": can_be_root,
}


def attempt(name: str, argument: str) -> str:
    """Try one way out; return what came of it."""
    try:
        is_open = ATTEMPTS[name](argument) if argument else ATTEMPTS[name]()
    except OSError as error:
        return f"refused: {error}"
    return "ESCAPED" if is_open else "refused"


if __name__ == "__main__":
    for word in sys.argv[1:]:
        print(f"{word}: {attempt(*word.partition('=')[::2])}", flush=True)
