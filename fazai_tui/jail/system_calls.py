"""Numbers of the system calls that a confined program has no business with, by machine.

From the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl). A call that a machine does not
have is left out. From number 424 on every machine counts alike.
"""

from collections.abc import Mapping

X86_64: Mapping[str, int] = {
    "mknod": 133,
    "mknodat": 259,
    "clone": 56,
    "socket": 41,
    "ioctl": 16,
    "unshare": 272,
    "sched_setaffinity": 203,
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "chroot": 161,
    "setns": 308,
    "ptrace": 101,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "kexec_load": 246,
    "kexec_file_load": 320,
    "init_module": 175,
    "finit_module": 313,
    "delete_module": 176,
    "bpf": 321,
    "perf_event_open": 298,
    "userfaultfd": 323,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "open_by_handle_at": 304,
    "reboot": 169,
    "swapon": 167,
    "swapoff": 168,
    "acct": 163,
    "quotactl": 179,
    "settimeofday": 164,
    "clock_settime": 227,
    "clock_adjtime": 305,
    "sethostname": 170,
    "setdomainname": 171,
    "iopl": 172,
    "ioperm": 173,
    "lookup_dcookie": 212,
    "vhangup": 153,
    "uselib": 134,
    "_sysctl": 156,
}
"""Of 64-bit PCs."""

AARCH64: Mapping[str, int] = {
    "mknodat": 33,
    "clone": 220,
    "socket": 198,
    "ioctl": 29,
    "unshare": 97,
    "sched_setaffinity": 122,
    "mount": 40,
    "umount2": 39,
    "pivot_root": 41,
    "chroot": 51,
    "setns": 268,
    "ptrace": 117,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "kcmp": 272,
    "kexec_load": 104,
    "kexec_file_load": 294,
    "init_module": 105,
    "finit_module": 273,
    "delete_module": 106,
    "bpf": 280,
    "perf_event_open": 241,
    "userfaultfd": 282,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "open_by_handle_at": 265,
    "reboot": 142,
    "swapon": 224,
    "swapoff": 225,
    "acct": 89,
    "quotactl": 60,
    "settimeofday": 170,
    "clock_settime": 112,
    "clock_adjtime": 266,
    "sethostname": 161,
    "setdomainname": 162,
    "lookup_dcookie": 18,
    "vhangup": 58,
}
"""Of 64-bit ARM."""

EVERYWHERE: Mapping[str, int] = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "open_tree_attr": 467,
}
"""The same on every machine."""

EXAMINED = frozenset(("mknod", "mknodat", "clone", "socket", "ioctl", "unshare", "sched_setaffinity"))
"""Calls that are refused for some arguments alone, or only at times."""

UNKNOWN = frozenset(("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"))
"""Calls whose arguments lie in memory, where no filter sees them: the kernel then says that it has no such call."""
