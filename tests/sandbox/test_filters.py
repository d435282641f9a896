"""The filter of system calls: run by the kernel, and by an interpreter of its own for machines that are not here."""

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fazai_tui.jail import filters
from fazai_tui.jail.system_calls import AARCH64, EVERYWHERE, EXAMINED, UNKNOWN, X86_64

MACHINES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}
FAMILIES = frozenset((filters.UNIX, filters.INET))
ALLOW, NOT_PERMITTED, NO_SUCH_CALL, NO_ACCESS = 0x7FFF0000, 0x50001, 0x50026, 0x5000D
HEADERS = (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm-generic/unistd.h"))


def decide(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """Return what a filter says of a call."""
    words = [number, architecture or MACHINES[machine][0], 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32]
    program, at, held = filters.program(machine, FAMILIES), 0, 0
    while True:
        code, true, false, value = program[at]
        at += 1
        if code == 0x20:
            held = words[value // 4]
        elif code == 0x54:
            held &= value
        elif code == 0x06:
            return value
        else:
            holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            at += true if holds else false


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_lead_out_are_refused(machine: str) -> None:
    for name, number in {**MACHINES[machine][1], **EVERYWHERE}.items():
        if name not in EXAMINED:
            assert decide(machine, number) == (NO_SUCH_CALL if name in UNKNOWN else NOT_PERMITTED), name


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_are_refused_for_their_arguments(machine: str) -> None:
    numbers = MACHINES[machine][1]
    assert decide(machine, numbers["clone"], 0x01200011) == ALLOW
    assert decide(machine, numbers["clone"], 0x10000011) == NOT_PERMITTED
    assert decide(machine, numbers["unshare"], 0x400) == ALLOW
    assert decide(machine, numbers["unshare"], 0x20000) == decide(machine, numbers["unshare"], 0x80) == NOT_PERMITTED
    assert decide(machine, numbers["ioctl"], 0, 0x5413) == ALLOW
    assert decide(machine, numbers["ioctl"], 0, 0x5412) == NOT_PERMITTED
    assert decide(machine, numbers["ioctl"], 0, 0x5412 | 1 << 32) == NOT_PERMITTED
    assert decide(machine, numbers["mknodat"], 0, 0, 0o010644) == ALLOW
    assert decide(machine, numbers["mknodat"], 0, 0, 0o060644) == NOT_PERMITTED
    assert decide(machine, numbers["socket"], 2) == ALLOW
    assert decide(machine, numbers["socket"], 40) == NO_ACCESS


@pytest.mark.parametrize("machine", MACHINES)
def test_everything_else_passes_and_other_architectures_do_not(machine: str) -> None:
    refused = {*MACHINES[machine][1].values(), *EVERYWHERE.values()}
    assert all(decide(machine, number) == ALLOW for number in range(470) if number not in refused)
    assert decide(machine, 1, architecture=0x40000003) == NOT_PERMITTED
    assert decide(machine, 0x40000001) == NO_SUCH_CALL


def test_an_unknown_machine_has_no_filter() -> None:
    with pytest.raises(OSError, match="no system call numbers for riscv64"):
        filters.program("riscv64", FAMILIES)


@pytest.mark.parametrize(("header", "numbers"), zip(HEADERS, (X86_64, AARCH64), strict=True), ids=MACHINES)
def test_numbers_are_those_of_the_kernels_headers(header: Path, numbers: dict[str, int]) -> None:
    if not header.exists():
        pytest.skip(f"the kernel's headers are not installed ({header})")
    found = dict(re.findall(r"#define __NR3?2?6?4?_?(\w+) (\d+)", header.read_text()))
    known = {name: int(found[name]) for name in {**numbers, **EVERYWHERE} if name in found}
    assert len(known) > 40
    assert known == {name: {**numbers, **EVERYWHERE}[name] for name in known}


PROGRAM = """
import ctypes, json, os, sys
sys.path.append(sys.argv[1])
from fazai_tui.jail import filters
os.setsid()
filters.install(frozenset((filters.INET,)), pins_processors=True)
libc = ctypes.CDLL(None, use_errno=True)
found = {}
for name, number in json.loads(sys.argv[2]).items():
    libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
    found[name] = ctypes.get_errno()
os.fork() or os._exit(0)
print(json.dumps(found))
"""


@pytest.mark.skipif(
    platform.machine() not in MACHINES, reason="the numbers of this machine's system calls are not known"
)
def test_the_kernel_takes_the_filter_and_keeps_to_it() -> None:
    numbers = {**MACHINES[platform.machine()][1], **EVERYWHERE}
    root = str(Path(filters.__file__).parent.parent.parent)
    argv = [sys.executable, "-I", "-S", "-c", PROGRAM, root, json.dumps(numbers)]
    found = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    assert {name for name, number in found.items() if number == 38} == UNKNOWN
    assert found["socket"] == 13
    assert {name for name, number in found.items() if number not in (1, 38)} == {"socket", "ioctl", "mknod", "mknodat"}
