"""A filter of system calls (seccomp) that closes the ways out which namespaces and Landlock leave ajar.

Classic BPF, put together here: the library for it, libseccomp, is not on every machine, and what starts a sandbox may
need nothing but the standard library. The kernel works out once which calls pass whatever their arguments are, so that
its length costs those nothing.
"""

import ctypes
import platform
import struct

from fazai_tui.jail.kernel import LIBC, check, gain_nothing
from fazai_tui.jail.system_calls import AARCH64, EVERYWHERE, EXAMINED, UNKNOWN, X86_64

_MACHINES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}

# include/uapi/linux: filter.h, bpf_common.h, seccomp.h
_LOAD, _EQUAL, _AT_LEAST, _AND, _ANY_BIT, _GIVE = 0x20, 0x15, 0x35, 0x54, 0x45, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_FILTER_MODE, _PR_SET_SECCOMP = 2, 22
_NOT_PERMITTED, _NO_SUCH_CALL, _NO_ACCESS = 1, 38, 13
_X32 = 0x40000000

_NAMESPACES = 0x7E020000
_NAMESPACES_OF_UNSHARE = _NAMESPACES | 0x80
_KIND_OF_FILE, _BLOCK_DEVICE, _CHARACTER_DEVICE = 0o170000, 0o060000, 0o020000
_TYPING_ON_TERMINALS = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: to put text where a terminal's user types."""

UNIX, INET, INET6, NETLINK = 1, 2, 10, 16

Instruction = tuple[int, int, int, int]


def install(families: frozenset[int], *, pins_processors: bool = False) -> None:
    """Filter the calls of this process and of all that it starts, for good.

    Args:
        families: The kinds of sockets that may be made.
        pins_processors: Whether the processors that it may use are a limit that it may not lift.

    Raises:
        OSError: There is no filter to be had; none is installed.
    """
    steps = program(platform.machine(), families, pins_processors=pins_processors)
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer))
    gain_nothing()
    check(LIBC.prctl(_PR_SET_SECCOMP, _FILTER_MODE, head, 0, 0), "seccomp")


def program(machine: str, families: frozenset[int], *, pins_processors: bool = False) -> tuple[Instruction, ...]:
    """Return the filter as instructions.

    Raises:
        OSError: The machine's system calls are not known.
    """
    if machine not in _MACHINES:
        raise OSError(0, f"no system call numbers for {machine}")
    architecture, own = _MACHINES[machine]
    numbers = {**own, **EVERYWHERE}
    # Programs of another architecture, 32-bit ones for example, number their calls otherwise.
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), _fail(_NOT_PERMITTED)]
    steps += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), _fail(_NO_SUCH_CALL)]
    for name, number in numbers.items():
        if name not in EXAMINED:
            steps += [(_EQUAL, 0, 1, number), _fail(_NO_SUCH_CALL if name in UNKNOWN else _NOT_PERMITTED)]
    if pins_processors:
        steps += [(_EQUAL, 0, 1, numbers["sched_setaffinity"]), _fail(_NOT_PERMITTED)]
    for name, argument in (("mknod", 1), ("mknodat", 2)):
        if name in numbers:
            steps += _examined(numbers[name], argument, _refuses_devices())
    steps += _examined(numbers["clone"], 0, _refuses_bits(_NAMESPACES))
    steps += _examined(numbers["unshare"], 0, _refuses_bits(_NAMESPACES_OF_UNSHARE))
    steps += _examined(numbers["ioctl"], 1, _refuses_values(_TYPING_ON_TERMINALS))
    steps += _examined(numbers["socket"], 0, _accepts_values(sorted(families)))
    return (*steps, (_GIVE, 0, 0, _ALLOW))


def _fail(number: int) -> Instruction:
    return (_GIVE, 0, 0, _FAIL | number)


def _examined(number: int, argument: int, checks: list[Instruction]) -> list[Instruction]:
    """Return the checks of one call: its argument is loaded, and every way through the checks ends the filter."""
    # The low half of the argument, of which alone the kernel makes use here; both machines are little-endian.
    load = (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
    return [(_EQUAL, 0, 1 + len(checks), number), load, *checks]


def _refuses_bits(bits: int) -> list[Instruction]:
    return [(_ANY_BIT, 0, 1, bits), _fail(_NOT_PERMITTED), (_GIVE, 0, 0, _ALLOW)]


def _refuses_values(values: tuple[int, ...]) -> list[Instruction]:
    checks = [step for value in values for step in ((_EQUAL, 0, 1, value), _fail(_NOT_PERMITTED))]
    return [*checks, (_GIVE, 0, 0, _ALLOW)]


def _accepts_values(values: list[int]) -> list[Instruction]:
    checks = [step for value in values for step in ((_EQUAL, 0, 1, value), (_GIVE, 0, 0, _ALLOW))]
    return [*checks, _fail(_NO_ACCESS)]


def _refuses_devices() -> list[Instruction]:
    return [(_AND, 0, 0, _KIND_OF_FILE), *_refuses_values((_BLOCK_DEVICE, _CHARACTER_DEVICE))]
