"""Rules on files, signals and abstract sockets that a program gives itself for good (Landlock)."""

import ctypes
import os
import stat
import struct
from collections.abc import Sequence

from fazai_tui.jail.kernel import LIBC, check, gain_nothing

# include/uapi/linux/landlock.h
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_CHANGES = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_SIGNALS_AND_SOCKETS = 3
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")

SCOPES = 6
"""The first version that knows signals and abstract sockets."""


def abi() -> int:
    """Return the version of Landlock, 0 without it."""
    return max(0, int(LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))))


def keep_apart() -> None:
    """Keep signals and abstract sockets within what is started from here, where the kernel can."""
    if abi() >= SCOPES:
        _restrict(_ruleset(0, abi()))


def restrict(*, masked: Sequence[str], writable: Sequence[str], needed: int) -> None:
    """Let this process read everything but what is masked, and write only where it may.

    Args:
        masked: Files and directories that it may not read.
        writable: Files and directories that it may change.
        needed: The version that it takes.

    Raises:
        OSError: Landlock is missing or too old.
    """
    version = abi()
    if version < needed:
        raise OSError(0, f"Landlock version {version} is too old")
    handled = _READ | _WRITE_FILE | _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    ruleset = _ruleset(handled, version)
    _allow(ruleset, "/", _READ_DIR & handled)
    _allow_except(ruleset, "/", _READ, {*masked, "/dev"})
    for path in writable:
        _allow(ruleset, path, handled)
    # Of the terminals only this one: from another it could read what its user types.
    for device in (*_DEVICES, *((os.ttyname(0),) if os.isatty(0) else ())):
        _allow(ruleset, device, _READ | _WRITE_FILE | (_TRUNCATE & handled))
    _restrict(ruleset)


def _ruleset(handled: int, version: int) -> int:
    attributes = struct.pack("QQQ", handled, 0, _SIGNALS_AND_SOCKETS if version >= SCOPES else 0)
    create = LIBC.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    return check(int(create), "landlock")


def _restrict(ruleset: int) -> None:
    gain_nothing()
    check(int(LIBC.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint(0))), "landlock")
    os.close(ruleset)


def check_separate(protected: Sequence[str], writable: Sequence[str]) -> None:
    """Refuse what must be protected in writable directories: rules can only add rights on the way down.

    Raises:
        OSError: There is one.
    """
    for path in protected:
        if place := next((place for place in writable if path.startswith(f"{place}/")), None):
            raise OSError(0, f"{path} cannot be protected inside {place}")


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
        check(int(LIBC.syscall(_ADD_RULE, ruleset, ctypes.c_uint(1), beneath, ctypes.c_uint(0))), path)
    os.close(fd)
